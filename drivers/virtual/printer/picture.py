"""A strip of paper as a picture: what came out of the printer, drawn from the bytes it received."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.virtual.printer.strip import FONT_CELLS, Barcode, Feed, Item, PaperStrip, QrCode, Raster, Run, TextLine

WHITE = 255
MARGIN_DOTS = 28
TOP_DOTS = 24
TOOTH_DOTS = 6
DESK = (226, 226, 222)
PAPER = (254, 254, 252)
INK = (24, 24, 28)
BASELINE_OF_CELL = 0.78
UNDERLINE_OF_CELL = 0.92
HRI_GAP_DOTS = 4
FONTS_KEPT_MAX = 64
SCALE_MAX = 4


@dataclass(frozen=True, slots=True)
class Typeface:
    """Font files to print with; a monospaced one with Cyrillic. Without `bold`, bold is struck twice."""

    regular: Path
    bold: Path | None = None


def strip_png(strip: PaperStrip, typeface: Typeface, *, scale: int = 2) -> bytes:
    """The strip as a PNG. `scale` is pixels to a dot, 1 to 4."""
    picture = strip_image(strip, typeface, scale=scale)
    buffer = BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def strip_image(strip: PaperStrip, typeface: Typeface, *, scale: int = 2) -> Image.Image:
    """The strip as an image: white paper on a desk, cut edges above and below."""
    scale = max(1, min(scale, SCALE_MAX))
    pen = _Pen(typeface, scale)
    height = sum(_height(item) for item in strip.items) + 2 * TOP_DOTS
    ink = Image.new("L", ((strip.width_dots + 2 * MARGIN_DOTS) * scale, height * scale), WHITE)
    y = TOP_DOTS
    for item in strip.items:
        pen.draw(ink, item, y)
        y += _height(item)
    return _on_desk(ink, scale)


def _height(item: Item) -> int:
    match item:
        case TextLine(height=height) | Raster(height=height) | Feed(height=height):
            return height
        case Barcode():
            lines = {0: 0, 1: 1, 2: 1, 3: 2}[item.text_at]
            return item.bar_height + lines * (FONT_CELLS[item.font][1] + HRI_GAP_DOTS)
        case QrCode():
            return len(item.modules) * item.module


class _Pen:
    """Draws items at a scale."""

    def __init__(self, typeface: Typeface, scale: int) -> None:
        self._typeface = typeface
        self._scale = scale

    def draw(self, ink: Image.Image, item: Item, y: int) -> None:
        match item:
            case TextLine():
                self._line(ink, item, y)
            case Raster():
                self._paste(ink, self._raster(item), MARGIN_DOTS + item.area.offset(item.width), y)
            case Barcode():
                self._barcode(ink, item, y)
            case QrCode():
                modules = _modules_image(item.modules).resize((len(item.modules) * item.module * self._scale,) * 2, 0)
                self._paste(ink, modules, MARGIN_DOTS + item.area.offset(len(item.modules) * item.module), y)
            case Feed():
                pass

    def _line(self, ink: Image.Image, line: TextLine, y: int) -> None:
        if not line.runs:
            return
        band = Image.new("L", (line.width * self._scale, line.height * self._scale), WHITE)
        tallest = max(run.style.cell[1] for run in line.runs)
        for run in line.runs:
            self._run(band, run, tallest - run.style.cell[1])
        if line.upside_down:
            band = band.rotate(180)
        self._paste(ink, band, MARGIN_DOTS + line.area.offset(line.width), y)

    def _run(self, band: Image.Image, run: Run, top: int) -> None:
        width, height = (measure * self._scale for measure in run.style.cell)
        strip = Image.new("L", (width * len(run.text), height), WHITE)
        for place, character in enumerate(run.text):
            strip.paste(self._glyph(character, run), (place * width, 0))
        draw = ImageDraw.Draw(strip)
        if run.style.underline:
            thick = run.style.underline * self._scale
            y = round(height * UNDERLINE_OF_CELL)
            draw.rectangle((0, y, strip.width - 1, min(y + thick, height) - 1), fill=0)
        if run.style.inverse:
            strip = ImageChops.invert(strip)
        band.paste(strip, (run.x * self._scale, top * self._scale))

    def _glyph(self, character: str, run: Run) -> Image.Image:
        style = run.style
        cell = (style.cell[0] * self._scale, style.cell[1] * self._scale)
        base_width, base_height = FONT_CELLS[style.font]
        largest = max(style.width, style.height) * self._scale
        drawn = Image.new("L", (base_width * largest, base_height * largest), WHITE)
        path = self._typeface.bold if style.bold and self._typeface.bold else self._typeface.regular
        font = _font(str(path), base_width * largest, base_height * largest)
        struck_twice = style.bold and self._typeface.bold is None
        pen = ImageDraw.Draw(drawn)
        for shift in (0, max(1, largest // 2)) if struck_twice else (0,):
            pen.text((shift, round(drawn.height * BASELINE_OF_CELL)), character, font=font, fill=0, anchor="ls")
        glyph_width = base_width * style.width * self._scale
        if drawn.size != (glyph_width, cell[1]):
            drawn = drawn.resize((glyph_width, cell[1]), Image.Resampling.LANCZOS)
        if glyph_width == cell[0]:
            return drawn
        spaced = Image.new("L", cell, WHITE)
        spaced.paste(drawn, (0, 0))
        return spaced

    def _raster(self, item: Raster) -> Image.Image:
        rows = len(item.rows) // item.width_bytes
        picture = Image.frombytes("1", (item.width_bytes * 8, rows), bytes(byte ^ 0xFF for byte in item.rows))
        return picture.convert("L").resize((item.width * self._scale, item.height * self._scale), 0)

    def _barcode(self, ink: Image.Image, item: Barcode, y: int) -> None:
        bar_width = len(item.code.modules) * item.module
        left = MARGIN_DOTS + item.area.offset(bar_width)
        text_height = FONT_CELLS[item.font][1]
        if item.text_at in {1, 3}:
            self._caption(ink, item, y)
            y += text_height + HRI_GAP_DOTS
        modules = _modules_image((tuple(module == "1" for module in item.code.modules),))
        self._paste(ink, modules.resize((bar_width * self._scale, item.bar_height * self._scale), 0), left, y)
        if item.text_at in {2, 3}:
            self._caption(ink, item, y + item.bar_height + HRI_GAP_DOTS)

    def _caption(self, ink: Image.Image, item: Barcode, y: int) -> None:
        width, height = FONT_CELLS[item.font]
        bar_width = len(item.code.modules) * item.module
        centre = MARGIN_DOTS + item.area.offset(bar_width) + bar_width // 2
        font = _font(str(self._typeface.regular), width * self._scale, height * self._scale)
        place = (centre * self._scale, round((y + height * BASELINE_OF_CELL) * self._scale))
        ImageDraw.Draw(ink).text(place, item.code.text, font=font, fill=0, anchor="ms")

    def _paste(self, ink: Image.Image, piece: Image.Image, x: int, y: int) -> None:
        place = (x * self._scale, y * self._scale)
        under = ink.crop((*place, place[0] + piece.width, place[1] + piece.height))
        ink.paste(ImageChops.darker(under, piece), place)


def _modules_image(rows: tuple[tuple[bool, ...], ...]) -> Image.Image:
    picture = Image.new("L", (len(rows[0]), len(rows)), WHITE)
    picture.putdata([0 if dark else WHITE for row in rows for dark in row])
    return picture


@lru_cache(maxsize=FONTS_KEPT_MAX)
def _font(path: str, cell_width: int, cell_height: int) -> ImageFont.FreeTypeFont:
    """The font at the largest size whose characters fit the cell."""
    probe = ImageFont.truetype(path, 100)
    ascent, descent = probe.getmetrics()
    size = min(100 * cell_width / probe.getlength("0"), 110 * cell_height / (ascent + descent))
    return ImageFont.truetype(path, size)


def _on_desk(ink: Image.Image, scale: int) -> Image.Image:
    """Prints the ink on a sheet with saw-tooth edges, as a cutter leaves them."""
    border = MARGIN_DOTS * scale // 2
    sheet = Image.composite(Image.new("RGB", ink.size, PAPER), Image.new("RGB", ink.size, INK), ink)
    desk = Image.new("RGB", (ink.width + 2 * border, ink.height + 2 * border), DESK)
    shape = Image.new("L", ink.size, 0)
    ImageDraw.Draw(shape).polygon(_sawn_outline(ink.width, ink.height, TOOTH_DOTS * scale), fill=255)
    shadow = Image.new("RGB", ink.size, tuple(tone - 28 for tone in DESK))
    desk.paste(shadow, (border + scale, border + 2 * scale), shape)
    desk.paste(sheet, (border, border), shape)
    return desk


def _sawn_outline(width: int, height: int, tooth: int) -> list[tuple[float, float]]:
    count = max(1, round(width / (2 * tooth)))
    step = width / count
    top: list[tuple[float, float]] = []
    bottom: list[tuple[float, float]] = []
    for place in range(count):
        top += [(place * step, tooth), ((place + 0.5) * step, 0)]
        bottom += [(place * step, height - tooth), ((place + 0.5) * step, height)]
    top.append((width, tooth))
    bottom.append((width, height - tooth))
    return top + bottom[::-1]
