"""The paper under the print head, and what the head is set to."""

import unicodedata
from dataclasses import dataclass, field, replace

from drivers.virtual.printer.model import PrinterModel
from drivers.virtual.printer.strip import Area, Feed, Item, PaperStrip, Raster, Run, Style, TextLine

LINE_DOTS_DEFAULT = 30
TAB_COLUMNS = 8
STRIP_ITEMS_MAX = 5000
KANJI_PAGE = "gb18030"
REPLACEMENT = "\ufffd"


@dataclass(slots=True)
class Settings:
    """What commands set and ESC @ sets back."""

    style: Style = field(default_factory=Style)
    align: int = 0
    left: int = 0
    area_width: int | None = None
    line_dots: int = LINE_DOTS_DEFAULT
    upside_down: bool = False
    slot: int = 0
    kanji: bool = False
    bar_height: int = 162
    bar_module: int = 3
    bar_text_at: int = 0
    bar_font: int = 0
    qr_module: int = 3
    qr_level: int = 48
    qr_data: bytes = b""
    tabs: tuple[int, ...] = tuple(range(TAB_COLUMNS, 96, TAB_COLUMNS))


class Paper:
    """Where the next character goes, and all that was printed since the last cut.

    `settings` is for the commands in `orders` to change; `stored` is the image that GS ( L keeps until printed.
    """

    def __init__(self, model: PrinterModel) -> None:
        self.model = model
        self.settings = Settings(kanji=model.kanji_boot)
        self.stored: Raster | None = None
        self._items: list[Item] = []
        self._runs: list[Run] = []
        self._x = 0

    @property
    def at_line_start(self) -> bool:
        """Whether nothing stands in the line yet: some settings count only there."""
        return not self._runs

    @property
    def overlong(self) -> bool:
        """Whether the strip has become longer than any slip."""
        return len(self._items) >= STRIP_ITEMS_MAX

    @property
    def x(self) -> int:
        """Dots from the left of the printing area to the next character."""
        return self._x

    def area(self) -> Area:
        """The printing area as set."""
        settings = self.settings
        room = max(0, self.model.width_dots - settings.left)
        width = room if settings.area_width is None else min(settings.area_width, room)
        return Area(left=settings.left, width=width, align=settings.align)

    def initialise(self) -> None:
        """What ESC @ does: settings as at power-on, the unfinished line gone."""
        self.settings = Settings(kanji=self.model.kanji_boot)
        self.stored = None
        self._runs.clear()
        self._x = 0

    def restyle(self, **changes: object) -> None:
        """Changes the style of the characters to come."""
        self.settings.style = replace(self.settings.style, **changes)  # type: ignore[arg-type]

    def type(self, data: bytes) -> str:
        """Prints characters of the current code page; returns what was wrong with them, or nothing."""
        text, fault = self._decode(data)
        for character in text:
            if not unicodedata.combining(character):
                self._put(character)
        return fault

    def move_to(self, x: int) -> None:
        """Moves the next character's place within the line."""
        self._x = max(0, x)

    def end_line(self, dots: int | None = None) -> None:
        """Prints the line, empty or not, and moves the paper: by `dots`, else by the set line height."""
        tallest = max((run.style.cell[1] for run in self._runs), default=0)
        self._items.append(
            TextLine(
                area=self.area(),
                runs=tuple(self._runs),
                height=max(tallest, self.settings.line_dots if dots is None else dots),
                upside_down=self.settings.upside_down,
            )
        )
        self._runs.clear()
        self._x = 0

    def feed(self, dots: int) -> None:
        """Prints what stands in the line and moves the paper."""
        if self._runs:
            self.end_line(dots)
        elif dots:
            self._items.append(Feed(dots))

    def add(self, item: Item) -> None:
        """Puts a code or a picture below what was printed."""
        if self._runs:
            self.end_line()
        self._items.append(item)

    def cut(self) -> PaperStrip | None:
        """The strip that hangs out, or None if there is no paper to cut off."""
        if self._runs:
            self.end_line()
        items = tuple(self._items)
        self._items.clear()
        return PaperStrip(width_dots=self.model.width_dots, items=items) if items else None

    def _decode(self, data: bytes) -> tuple[str, str]:
        if self.settings.kanji and not data.isascii():
            fault = "bytes above 7F in Kanji mode print as Chinese: send FS . first, and again after ESC @"
            return data.decode(KANJI_PAGE, errors="replace"), fault
        page = self.model.code_pages[self.settings.slot]
        text = data.decode(page, errors="replace")
        return text, f"bytes that {page} does not have" if REPLACEMENT in text else ""

    def _put(self, character: str) -> None:
        style = self.settings.style
        width, _ = style.cell
        if self._runs and self._x + width > self.area().width:
            self.end_line()
        last = self._runs[-1] if self._runs else None
        if last is not None and last.style == style and last.right == self._x:
            self._runs[-1] = replace(last, text=last.text + character)
        else:
            self._runs.append(Run(x=self._x, text=character, style=style))
        self._x += width
