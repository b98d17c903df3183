"""Printed paper as values: lines, codes and pictures, in dots of the print head (8 to the millimetre)."""

from dataclasses import dataclass

from drivers.virtual.printer.codes import Bars

FONT_CELLS = {0: (12, 24), 1: (9, 17)}


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look at a point of the text."""

    font: int = 0
    width: int = 1
    height: int = 1
    bold: bool = False
    underline: int = 0
    inverse: bool = False
    spacing: int = 0

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of one character."""
        width, height = FONT_CELLS[self.font]
        return (width + self.spacing) * self.width, height * self.height


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style beginning at `x` within the printing area."""

    x: int
    text: str
    style: Style

    @property
    def right(self) -> int:
        """Where the run ends."""
        return self.x + len(self.text) * self.style.cell[0]


@dataclass(frozen=True, slots=True)
class Area:
    """Where on the paper a line stands."""

    left: int
    width: int
    align: int

    def offset(self, content_width: int) -> int:
        """The place of the content's left edge, counted from the paper's print area."""
        free = max(0, self.width - content_width)
        return self.left + (0, free // 2, free)[self.align]


@dataclass(frozen=True, slots=True)
class TextLine:
    """One printed line of characters."""

    area: Area
    runs: tuple[Run, ...]
    height: int
    upside_down: bool = False

    @property
    def width(self) -> int:
        """Dots from the first character to the end of the last."""
        return max((run.right for run in self.runs), default=0)


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture of dots; `rows` as sent, eight dots to a byte, the highest bit left."""

    area: Area
    width_bytes: int
    rows: bytes
    scale_x: int
    scale_y: int

    @property
    def width(self) -> int:
        """Dots on paper."""
        return self.width_bytes * 8 * self.scale_x

    @property
    def height(self) -> int:
        """Dots on paper."""
        return len(self.rows) // self.width_bytes * self.scale_y


@dataclass(frozen=True, slots=True)
class Barcode:
    """A barcode; `text_at` 0 none, 1 above, 2 below, 3 both."""

    area: Area
    code: Bars
    module: int
    bar_height: int
    text_at: int
    font: int


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code that the printer drew itself."""

    area: Area
    payload: bytes
    modules: tuple[tuple[bool, ...], ...]
    module: int


@dataclass(frozen=True, slots=True)
class Feed:
    """Blank paper."""

    height: int


Item = TextLine | Raster | Barcode | QrCode | Feed


@dataclass(frozen=True, slots=True)
class PaperStrip:
    """A piece of paper from one cut to the next, and the bytes that made it."""

    width_dots: int
    items: tuple[Item, ...]
    data: bytes = b""

    def text(self) -> str:
        """The strip as lines of text, columns kept; codes and pictures in brackets."""
        return "\n".join(_as_text(item) for item in self.items)


def _as_text(item: Item) -> str:
    match item:
        case TextLine():
            return _line_text(item)
        case Raster():
            return f"[image {item.width}×{item.height}]"
        case Barcode(code=code):
            return f"[{code.symbology} {code.text}]"
        case QrCode(payload=payload):
            return f"[QR {payload.decode(errors='replace')}]"
        case Feed():
            return ""


def _line_text(line: TextLine) -> str:
    column_dots = FONT_CELLS[0][0]
    text = " " * (line.area.offset(line.width) // column_dots)
    start = len(text)
    for run in line.runs:
        text = text.ljust(start + run.x // column_dots) + run.text
    return text.rstrip()
