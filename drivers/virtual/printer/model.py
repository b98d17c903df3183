"""What a virtual printer is built like: paper width, code-page slots, abilities, start-up habits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DOTS_58_MM = 384
DOTS_80_MM = 576
DOTS_42_COLUMNS = 512

EPSON_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 46: "cp1251"}


@dataclass(frozen=True, slots=True)
class PrinterModel:
    """One model. `code_pages` maps the slot of ESC t to a code page: the slots differ from maker to maker.

    `kanji_boot`: starts in Kanji mode, and returns to it at every ESC @, as many clones do.
    """

    name: str = "Virtual 80"
    width_dots: int = DOTS_80_MM
    code_pages: Mapping[int, str] = field(default_factory=lambda: dict(EPSON_PAGES))
    kanji_boot: bool = False
    answers_dle_eot: bool = True
    answers_gs_r: bool = True
    answers_process_id: bool = True
    reports_by_itself: bool = True


EPSON_80 = PrinterModel()
EPSON_88 = PrinterModel(name="Virtual 88", width_dots=DOTS_42_COLUMNS)
EPSON_58 = PrinterModel(name="Virtual 58", width_dots=DOTS_58_MM)
POS_5890 = PrinterModel(
    name="POS-5890",
    width_dots=DOTS_58_MM,
    code_pages={0: "cp437", 59: "cp866", 73: "cp1251"},
    kanji_boot=True,
    answers_gs_r=False,
    answers_process_id=False,
    reports_by_itself=False,
)
RP_326 = PrinterModel(
    name="RP326",
    width_dots=DOTS_42_COLUMNS,
    code_pages={0: "cp437", 7: "cp866", 6: "cp1251"},
    kanji_boot=True,
    answers_process_id=False,
)
SP_2000 = PrinterModel(
    name="SP2000",
    width_dots=DOTS_42_COLUMNS,
    code_pages={0: "cp437", 10: "cp866", 34: "cp1251"},
    answers_process_id=False,
)
