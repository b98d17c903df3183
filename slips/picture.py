"""A document as a picture, dot for dot as wide as the printer's paper: what a preview shows and what is archived.

The font is Fira Code, shipped in `slips/fonts` under the SIL Open Font License 1.1.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, assert_never

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from slips.codes import bar_dots, bare_code, bars, qr_image
from slips.document import Barcode, Cut, Feed, Image, Qr, Size
from slips.layout import TextLine, lay_out
from slips.raster import centred

if TYPE_CHECKING:
    from slips.document import Document
    from slips.layout import Laid
    from slips.profile import PrinterProfile

CELL_WIDTH = 12
CELL_HEIGHT = 24
LINE_GAP = 6
MARGIN = 24
BARCODE_HEIGHT = 64
HEIGHT_MAX = 20_000
"""Dots; a longer slip is shown as far as this."""

TILES_KEPT = 1_024

WHITE = 255
INK = 16

_FONT_SIZE = 20
"""The font's letters are six tenths as wide as its size: 12 dots."""
_BASELINE = 19
_SCALES = {Size.NORMAL: (1, 1), Size.TALL: (1, 2), Size.DOUBLE: (2, 2)}


class _Piece(NamedTuple):
    """Something drawn, and how far the paper moves on after it."""

    drawn: Pillow.Image
    advance: int


def as_picture(document: Document, profile: PrinterProfile) -> bytes:
    """The slip as a PNG in shades of grey, with the paper's white margin around it."""
    pieces: list[_Piece] = []
    items = lay_out(document, profile.columns, profile.code_page)
    for position, item in enumerate(items):
        if not (isinstance(item, Cut) and position == len(items) - 1):
            pieces += _drawn(item, profile)
    height = min(sum(piece.advance for piece in pieces), HEIGHT_MAX)
    paper = Pillow.new("L", (profile.dots + 2 * MARGIN, height + 2 * MARGIN), WHITE)
    top = MARGIN
    for piece in pieces:
        paper.paste(piece.drawn, (MARGIN, top))
        top += piece.advance
    stream = BytesIO()
    paper.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _drawn(item: Laid, profile: PrinterProfile) -> list[_Piece]:
    match item:
        case TextLine():
            return [_line(item, profile.dots)]
        case Barcode():
            return _barcode(item, profile)
        case Qr():
            return [_image(qr_image(item, profile.dots), profile.dots)]
        case Image():
            return [_image(item, profile.dots)]
        case Feed():
            return [_Piece(_blank(profile.dots, 1), item.lines * (CELL_HEIGHT + LINE_GAP))]
        case Cut():
            return [_cut(profile.dots)]
        case _:
            assert_never(item)


def _blank(width: int, height: int) -> Pillow.Image:
    return Pillow.new("L", (width, height), WHITE)


def _line(line: TextLine, dots: int) -> _Piece:
    tallest = max((_SCALES[span.size][1] for span in line.spans), default=1) * CELL_HEIGHT
    drawn = _blank(dots, tallest)
    left = 0
    for span in line.spans:
        for letter in span.text:
            tile = _tile(letter, bold=span.bold, size=span.size)
            drawn.paste(tile, (left, tallest - tile.height))
            left += tile.width
    return _Piece(drawn, tallest + LINE_GAP)


def _barcode(block: Barcode, profile: PrinterProfile) -> list[_Piece]:
    module = bar_dots(block, profile.dots)
    digits = [_drawn(item, profile) for item in lay_out(bare_code(block), profile.columns, profile.code_page)]
    below = [piece for pieces in digits for piece in pieces]
    if module is None:
        return below
    pattern = bars(block)
    drawn = _blank(profile.dots, BARCODE_HEIGHT)
    pen = ImageDraw.Draw(drawn)
    left = (profile.dots - len(pattern) * module) // 2
    for position, bar in enumerate(pattern):
        if bar == "1":
            start = left + position * module
            pen.rectangle((start, 0, start + module - 1, BARCODE_HEIGHT - 1), fill=INK)
    return [_Piece(drawn, BARCODE_HEIGHT + LINE_GAP), *below]


def _image(block: Image, dots: int) -> _Piece:
    width = dots // 8 * 8
    bits = Pillow.frombytes("1", (width, block.height_dots), centred(block, dots))
    drawn = _blank(dots, block.height_dots)
    drawn.paste(INK, (0, 0), bits)
    return _Piece(drawn, block.height_dots + LINE_GAP)


def _cut(dots: int) -> _Piece:
    drawn = _blank(dots, CELL_HEIGHT)
    pen = ImageDraw.Draw(drawn)
    for left in range(0, dots, CELL_WIDTH):
        pen.line((left, CELL_HEIGHT // 2, left + CELL_WIDTH // 2, CELL_HEIGHT // 2), fill=WHITE // 2)
    return _Piece(drawn, CELL_HEIGHT + LINE_GAP)


@lru_cache(maxsize=TILES_KEPT)
def _tile(letter: str, *, bold: bool, size: Size) -> Pillow.Image:
    """One letter in its cell, cut off at the cell's edges so that the lines of rules meet."""
    across, down = _SCALES[size]
    # Drawn at the larger scale and narrowed where letters are tall only, as a printer stretches its own.
    drawn = _blank(CELL_WIDTH * down, CELL_HEIGHT * down)
    pen = ImageDraw.Draw(drawn)
    pen.text((0, _BASELINE * down), letter, font=_font(bold=bold, size=_FONT_SIZE * down), fill=INK, anchor="ls")
    if across == down:
        return drawn
    return drawn.resize((CELL_WIDTH * across, CELL_HEIGHT * down), Pillow.Resampling.BOX)


@cache
def _font(*, bold: bool, size: int) -> ImageFont.FreeTypeFont:
    name = "FiraCode-Bold.ttf" if bold else "FiraCode-Medium.ttf"
    data = resources.files(__package__).joinpath("fonts", name).read_bytes()
    # The basic layout draws letter by letter: no ligatures, and the same whatever libraries are installed.
    return ImageFont.truetype(BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)
