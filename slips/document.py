"""A slip as a document: blocks in order, without widths, bytes or fonts.

The same document becomes printer bytes (`escpos`), a picture (`picture`) and text for a terminal (`text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from slips.errors import BadBlock

BLOCKS_MAX = 500
TEXT_LENGTH_MAX = 2_000
COLUMNS_MIN = 2
COLUMNS_MAX = 6
ROWS_MAX = 200
FEED_LINES_MAX = 20
EAN13_LENGTH = 13
CODE128_LENGTH_MAX = 40
QR_BYTES_MAX = 300
QR_MODULE_DOTS_MAX = 16
IMAGE_WIDTH_DOTS_MAX = 640
IMAGE_HEIGHT_DOTS_MAX = 1_200


class Align(StrEnum):
    """Where a text stands within its width."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Size(StrEnum):
    """How large the letters are: `tall` is twice as high, `double` twice as high and twice as wide."""

    NORMAL = "normal"
    TALL = "tall"
    DOUBLE = "double"


class RuleKind(StrEnum):
    """A thin or a double line across the paper."""

    SINGLE = "single"
    DOUBLE = "double"


class Symbology(StrEnum):
    """Which kind of bars a barcode has."""

    EAN13 = "ean13"
    CODE128 = "code128"


@dataclass(frozen=True, slots=True)
class Text:
    """One text, wrapped where it is longer than the paper is wide. A line feed in it starts a new line.

    Raises `BadBlock` for more than `TEXT_LENGTH_MAX` characters.
    """

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    size: Size = Size.NORMAL

    def __post_init__(self) -> None:
        if len(self.text) > TEXT_LENGTH_MAX:
            raise BadBlock("text", f"is longer than {TEXT_LENGTH_MAX} characters")


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of cells that stand under each other; the first column takes the room that is left.

    `align` has one entry a column. Raises `BadBlock` for uneven rows and for too many rows or columns.
    """

    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...] = (Align.LEFT, Align.RIGHT)
    bold: bool = False
    size: Size = Size.NORMAL

    def __post_init__(self) -> None:
        if not COLUMNS_MIN <= len(self.align) <= COLUMNS_MAX:
            raise BadBlock("columns", f"must have {COLUMNS_MIN} to {COLUMNS_MAX} columns")
        if not 1 <= len(self.rows) <= ROWS_MAX:
            raise BadBlock("columns", f"must have 1 to {ROWS_MAX} rows")
        if any(len(row) != len(self.align) for row in self.rows):
            raise BadBlock("columns", f"must have {len(self.align)} cells in every row")
        if any(len(cell) > TEXT_LENGTH_MAX for row in self.rows for cell in row):
            raise BadBlock("columns", f"has a cell longer than {TEXT_LENGTH_MAX} characters")


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""

    kind: RuleKind = RuleKind.SINGLE


@dataclass(frozen=True, slots=True)
class Barcode:
    """Bars, centred, with their digits below.

    Raises `BadBlock` for an EAN-13 without its right check digit, and for a Code 128 text that is empty,
    not printable ASCII, or longer than `CODE128_LENGTH_MAX`. Source: GS1 General Specifications, check digits.
    """

    code: str
    symbology: Symbology = Symbology.EAN13

    def __post_init__(self) -> None:
        if self.symbology is Symbology.EAN13:
            self._check_ean13()
        elif not 1 <= len(self.code) <= CODE128_LENGTH_MAX or not (self.code.isascii() and self.code.isprintable()):
            raise BadBlock("barcode", f"of Code 128 must be 1 to {CODE128_LENGTH_MAX} printable ASCII characters")

    def _check_ean13(self) -> None:
        if len(self.code) != EAN13_LENGTH or not (self.code.isascii() and self.code.isdigit()):
            raise BadBlock("barcode", f"{self.code[:20]!r} is not an EAN-13: 13 digits")
        right = ean13_check_digit(self.code[:12])
        if self.code[12] != right:
            raise BadBlock("barcode", f"{self.code} has check digit {self.code[12]}, {right} would be right")


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, centred, error correction M, as large as `module_dots` and the paper allow.

    Raises `BadBlock` when empty, with control characters, or longer than `QR_BYTES_MAX` bytes of UTF-8.
    """

    content: str
    module_dots: int = 6

    def __post_init__(self) -> None:
        if not self.content.isprintable():
            # Some printers obey real-time commands inside the data of a QR code too.
            raise BadBlock("qr", "must not hold control characters")
        if not 1 <= len(self.content.encode()) <= QR_BYTES_MAX:
            raise BadBlock("qr", f"must hold 1 to {QR_BYTES_MAX} bytes")
        if not 1 <= self.module_dots <= QR_MODULE_DOTS_MAX:
            raise BadBlock("qr", f"must have modules of 1 to {QR_MODULE_DOTS_MAX} dots")


@dataclass(frozen=True, slots=True)
class Image:
    """A black and white picture, centred; left out at the right where it is wider than the paper.

    `dots` holds rows from the top, each padded to whole bytes, the leftmost dot in the highest bit, 1 is black.
    Raises `BadBlock` for an empty or too large picture and for the wrong number of bytes.
    """

    width_dots: int
    height_dots: int
    dots: bytes

    def __post_init__(self) -> None:
        if not (1 <= self.width_dots <= IMAGE_WIDTH_DOTS_MAX and 1 <= self.height_dots <= IMAGE_HEIGHT_DOTS_MAX):
            raise BadBlock("image", f"must be 1×1 to {IMAGE_WIDTH_DOTS_MAX}×{IMAGE_HEIGHT_DOTS_MAX} dots")
        if len(self.dots) != self.row_bytes * self.height_dots:
            raise BadBlock("image", f"needs {self.row_bytes * self.height_dots} bytes, has {len(self.dots)}")

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return (self.width_dots + 7) // 8


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty lines."""

    lines: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.lines <= FEED_LINES_MAX:
            raise BadBlock("feed", f"must be 1 to {FEED_LINES_MAX} lines")


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of the paper: cut where the printer can, else fed far enough to tear."""


Block = Text | Columns | Rule | Barcode | Qr | Image | Feed | Cut


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks from the top down, and the language that long words are divided in.

    Raises `BadBlock` for more than `BLOCKS_MAX` blocks.
    """

    blocks: tuple[Block, ...]
    language: str = "ru"

    def __post_init__(self) -> None:
        if len(self.blocks) > BLOCKS_MAX:
            raise BadBlock("document", f"has more than {BLOCKS_MAX} blocks")


def ean13_check_digit(twelve: str) -> str:
    """The thirteenth digit: weights 1 and 3 in turn, up to the next ten. Source: GS1 General Specifications 7.9."""
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(twelve))
    return str(-total % 10)
