"""What is known of each printer model: widths, code-page numbers, abilities.

Sources: vendors' command manuals as collected in python-escpos' capabilities file. No printer was at hand: the dots and
abilities of clones are what their manuals say, or what is usual where they say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from slips.encoding import CodePage
from slips.errors import UnknownProfile, UnknownSlot

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOT_MAX = 255


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """One printer model, as renderings and the print session need to know it.

    Units: `columns` in letters of font A, `dots` across the printable width.
    `slots` is the number that `ESC t` takes for each code page; it differs by model.
    `process_id` is `GS ( H` function 48, `gs_r` is `GS r`, `dle_eot` is `DLE EOT`: how far a print can be proved.
    Raises `UnknownSlot` where the code page in use has no number.
    """

    id: str
    model: str
    columns: int
    dots: int
    slots: Mapping[CodePage, int]
    code_page: CodePage = CodePage.CP866
    native_qr: bool = True
    cut: bool = True
    process_id: bool = False
    gs_r: bool = True
    dle_eot: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.slots.get(self.code_page, -1) <= SLOT_MAX:
            raise UnknownSlot(self.id, self.code_page)

    @property
    def slot(self) -> int:
        """The number of the code page in use."""
        return self.slots[self.code_page]

    def using(self, page: CodePage, slot: int | None = None) -> PrinterProfile:
        """The same printer on another code page, or with the number that a person picked from a calibration page.

        Raises `UnknownSlot`.
        """
        slots = self.slots if slot is None else MappingProxyType({**self.slots, page: slot})
        return replace(self, code_page=page, slots=slots)


def _slots(cp866: int, cp1251: int) -> Mapping[CodePage, int]:
    return MappingProxyType({CodePage.CP866: cp866, CodePage.CP1251: cp1251})


_EPSON = _slots(17, 46)
_POS_5890 = _slots(59, 73)

_ALL = (
    # Cheap clones without a cutter answer nothing that could be believed: their prints stay unproved.
    PrinterProfile("generic-58", "58 mm, any", 32, 384, _EPSON, native_qr=False, cut=False, gs_r=False, dle_eot=False),
    PrinterProfile("generic-80", "80 mm, any", 48, 576, _EPSON, native_qr=False, gs_r=False),
    PrinterProfile("epson-tm-t88", "Epson TM-T88V and later", 42, 512, _EPSON, process_id=True),
    PrinterProfile("epson-tm-t20", "Epson TM-T20II and later", 48, 576, _EPSON, process_id=True),
    PrinterProfile(
        "pos-5890", "POS-5890, NT-5890K", 32, 384, _POS_5890, native_qr=False, cut=False, gs_r=False, dle_eot=False
    ),
    PrinterProfile("nt-80", "NT-80-V-UL, P822D", 48, 576, _POS_5890, gs_r=False),
    PrinterProfile("rp326", "Rongta RP326", 42, 512, _slots(7, 6)),
    PrinterProfile("sp2000", "Star TSP600, SP2000", 42, 512, _slots(10, 34)),
)

PROFILES: Mapping[str, PrinterProfile] = MappingProxyType({profile.id: profile for profile in _ALL})


def profile_named(profile_id: str) -> PrinterProfile:
    """The profile of that id. Raises `UnknownProfile`."""
    try:
        return PROFILES[profile_id]
    except KeyError:
        raise UnknownProfile(profile_id, tuple(PROFILES)) from None
