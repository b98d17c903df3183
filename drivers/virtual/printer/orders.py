"""What each ESC/POS command does to the paper.

A handler returns the strip that a cut ended, what is wrong with its parameters, or None.
"""

from collections.abc import Callable
from dataclasses import replace

from drivers.virtual.printer.codes import BadCode, bars, qr
from drivers.virtual.printer.paper import LINE_DOTS_DEFAULT, Paper
from drivers.virtual.printer.parser import Command, Problem, Text
from drivers.virtual.printer.strip import FONT_CELLS, Barcode, PaperStrip, QrCode, Raster

Outcome = PaperStrip | str | None
Handler = Callable[[Paper, bytes, bytes], Outcome]

EDGE_DOTS = 7
"""The last byte of an image's row may reach over the edge: its width is counted in bytes."""
GRAPHICS_HEADER = 10


def execute(paper: Paper, token: Text | Command) -> PaperStrip | Problem | None:
    """Prints a token: the strip that a cut ended, a problem, or None."""
    if paper.overlong:
        paper.cut()
        return Problem(token.offset, b"", "a strip without end: no cut for thousands of lines")
    if isinstance(token, Text):
        fault = paper.type(token.data)
        return Problem(token.offset, token.data, fault) if fault else None
    handler = _HANDLERS.get(token.name)
    outcome = "not a printing command" if handler is None else handler(paper, token.args, token.data)
    if isinstance(outcome, str):
        return Problem(token.offset, token.args + token.data, f"{token.name}: {outcome}")
    return outcome


def _number(args: bytes) -> int:
    return int.from_bytes(args, "little")


def _choice(byte: int, count: int) -> int | None:
    """A parameter that may be sent as a number or as its digit."""
    value = byte - ord("0") if byte >= ord("0") else byte
    return value if value < count else None


def _ignore(_paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    """Commands that leave no mark on this paper: drawer, sensors, smoothing, character sets."""
    return None


def _initialise(paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    paper.initialise()
    return None


def _line_feed(paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    paper.end_line()
    return None


def _feed_lines(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if not args[0]:
        paper.feed(0)
    for _ in range(args[0]):
        paper.end_line()
    return None


def _feed_dots(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.feed(args[0])
    return None


def _cut(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.feed(args[1] if len(args) > 1 else 0)
    return paper.cut()


def _tab(paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    column_dots = paper.settings.style.cell[0]
    stop = next((stop for stop in paper.settings.tabs if stop > paper.x // column_dots), None)
    if stop is not None and stop * column_dots < paper.area().width:
        paper.move_to(stop * column_dots)
    return None


def _set_tabs(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if list(args) != sorted(set(args)):
        return "tab stops must rise"
    paper.settings.tabs = tuple(args)
    return None


def _move_to(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.move_to(_number(args))
    return None


def _move_by(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.move_to(paper.x + int.from_bytes(args, "little", signed=True))
    return None


def _print_mode(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    mode = args[0]
    paper.restyle(
        font=mode & 0x01,
        bold=bool(mode & 0x08),
        height=2 if mode & 0x10 else 1,
        width=2 if mode & 0x20 else 1,
        underline=1 if mode & 0x80 else 0,
    )
    return None


def _size(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if args[0] & 0x88:
        return "sizes go from 1 to 8"
    paper.restyle(width=(args[0] >> 4) + 1, height=(args[0] & 0x0F) + 1)
    return None


def _bold(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.restyle(bold=bool(args[0] & 1))
    return None


def _inverse(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.restyle(inverse=bool(args[0] & 1))
    return None


def _spacing(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.restyle(spacing=args[0])
    return None


def _underline(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    dots = _choice(args[0], 3)
    if dots is None:
        return "underline is 0, 1 or 2"
    paper.restyle(underline=dots)
    return None


def _font(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    font = _choice(args[0], len(FONT_CELLS))
    if font is None:
        return "this printer has fonts 0 and 1"
    paper.restyle(font=font)
    return None


def _align(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    align = _choice(args[0], 3)
    if align is None:
        return "alignment is 0, 1 or 2"
    if paper.at_line_start:
        paper.settings.align = align
    return None


def _upside_down(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if paper.at_line_start:
        paper.settings.upside_down = bool(args[0] & 1)
    return None


def _code_page(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if args[0] not in paper.model.code_pages:
        return f"slot {args[0]} is no code page of {paper.model.name}"
    paper.settings.slot = args[0]
    return None


def _kanji_on(paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    paper.settings.kanji = True
    return None


def _kanji_off(paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    paper.settings.kanji = False
    return None


def _line_default(paper: Paper, _args: bytes, _data: bytes) -> Outcome:
    paper.settings.line_dots = LINE_DOTS_DEFAULT
    return None


def _line_dots(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    paper.settings.line_dots = args[0]
    return None


def _left_margin(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if paper.at_line_start:
        paper.settings.left = min(_number(args), paper.model.width_dots)
    return None


def _area_width(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if paper.at_line_start:
        paper.settings.area_width = _number(args)
    return None


def _bar_height(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if not args[0]:
        return "a barcode needs a height"
    paper.settings.bar_height = args[0]
    return None


def _bar_module(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    if not 2 <= args[0] <= 6:  # noqa: PLR2004 - the range of GS w
        return "module widths go from 2 to 6"
    paper.settings.bar_module = args[0]
    return None


def _bar_text(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    place = _choice(args[0], 4)
    if place is None:
        return "the text of a barcode is 0, 1, 2 or 3"
    paper.settings.bar_text_at = place
    return None


def _bar_font(paper: Paper, args: bytes, _data: bytes) -> Outcome:
    font = _choice(args[0], len(FONT_CELLS))
    if font is None:
        return "this printer has fonts 0 and 1"
    paper.settings.bar_font = font
    return None


def _barcode(paper: Paper, args: bytes, data: bytes) -> Outcome:
    try:
        code = bars(args[0], data)
    except BadCode as error:
        return str(error)
    settings = paper.settings
    if len(code.modules) * settings.bar_module > paper.area().width:
        return "the barcode is wider than the paper, so printers print nothing"
    paper.add(
        Barcode(
            area=paper.area(),
            code=code,
            module=settings.bar_module,
            bar_height=settings.bar_height,
            text_at=settings.bar_text_at,
            font=settings.bar_font,
        )
    )
    return None


def _two_dimensional(paper: Paper, _args: bytes, data: bytes) -> Outcome:
    group, function, rest = data[0], data[1], data[2:]
    if group != ord("1"):
        return "of the two-dimensional codes this printer knows QR"
    settings = paper.settings
    match function:
        case 65 if rest[:1] == b"2":
            return None
        case 67 if len(rest) == 1 and 1 <= rest[0] <= 16:  # noqa: PLR2004 - the range of the function
            settings.qr_module = rest[0]
        case 69 if len(rest) == 1:
            settings.qr_level = rest[0]
        case 80 if rest[:1] == b"0":
            settings.qr_data = rest[1:]
        case 81 if rest == b"0":
            return _print_qr(paper)
        case _:
            return f"QR function {function} with parameters it does not have"
    return None


def _print_qr(paper: Paper) -> Outcome:
    settings = paper.settings
    try:
        modules = qr(settings.qr_data, settings.qr_level)
    except BadCode as error:
        return str(error)
    if len(modules) * settings.qr_module > paper.area().width:
        return "the QR code is wider than the paper, so printers print nothing"
    paper.add(QrCode(paper.area(), settings.qr_data, modules, settings.qr_module))
    return None


def _raster(paper: Paper, args: bytes, data: bytes) -> Outcome:
    mode = args[0] & 0x03
    return _print_raster(paper, Raster(paper.area(), _number(args[1:3]), data, 1 + (mode & 1), 1 + (mode >> 1)))


def _print_raster(paper: Paper, raster: Raster) -> Outcome:
    if raster.width > paper.area().width + EDGE_DOTS:
        return f"an image {raster.width} dots wide on paper of {paper.area().width}"
    paper.add(raster)
    return None


def _graphics(paper: Paper, _args: bytes, data: bytes) -> Outcome:
    if data[0] != ord("0"):
        return "of the graphics functions this printer knows group 0"
    match data[1]:
        case 2 | 50:
            if paper.stored is None:
                return "nothing stored to print"
            stored, paper.stored = paper.stored, None
            return _print_raster(paper, replace(stored, area=paper.area()))
        case 112 if len(data) > GRAPHICS_HEADER and data[2:3] == b"0" and data[5:6] == b"1":
            return _store_graphics(paper, data)
        case _:
            return f"graphics function {data[1]} is not built in"


def _store_graphics(paper: Paper, data: bytes) -> Outcome:
    rows = data[GRAPHICS_HEADER:]
    width_bytes = (_number(data[6:8]) + 7) // 8
    if not rows or len(rows) != width_bytes * _number(data[8:10]) or data[3] not in {1, 2} or data[4] not in {1, 2}:
        return "image data that does not fit its size"
    paper.stored = Raster(paper.area(), width_bytes, rows, scale_x=data[3], scale_y=data[4])
    return None


_HANDLERS: dict[str, Handler] = {
    "CR": _ignore,
    "HT": _tab,
    "LF": _line_feed,
    "ESC SP": _spacing,
    "ESC !": _print_mode,
    "ESC $": _move_to,
    "ESC -": _underline,
    "ESC 2": _line_default,
    "ESC 3": _line_dots,
    "ESC =": _ignore,
    "ESC @": _initialise,
    "ESC D": _set_tabs,
    "ESC E": _bold,
    "ESC G": _bold,
    "ESC J": _feed_dots,
    "ESC M": _font,
    "ESC R": _ignore,
    "ESC \\": _move_by,
    "ESC a": _align,
    "ESC c 3": _ignore,
    "ESC c 4": _ignore,
    "ESC c 5": _ignore,
    "ESC d": _feed_lines,
    "ESC i": _cut,
    "ESC m": _cut,
    "ESC p": _ignore,
    "ESC t": _code_page,
    "ESC {": _upside_down,
    "FS .": _kanji_off,
    "FS &": _kanji_on,
    "GS !": _size,
    "GS ( L": _graphics,
    "GS ( k": _two_dimensional,
    "GS B": _inverse,
    "GS H": _bar_text,
    "GS L": _left_margin,
    "GS V": _cut,
    "GS W": _area_width,
    "GS b": _ignore,
    "GS f": _bar_font,
    "GS h": _bar_height,
    "GS k": _barcode,
    "GS v 0": _raster,
    "GS w": _bar_module,
}
