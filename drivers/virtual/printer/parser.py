"""Cuts a printer's input into commands, as a printer does: a byte at a time, with no idea of slips.

What is not a command of this printer is a problem with its place and bytes, never passed over: a register
that sends such bytes prints rubbish on somebody's paper.
Source of the command shapes: Epson's ESC/POS command reference; FS and GS v 0 also on common clones.
"""

from collections.abc import Callable
from dataclasses import dataclass

INPUT_BYTES_MAX = 4 * 1024 * 1024
DATA_BYTES_MAX = 1024 * 1024
TEXT_BYTES_MAX = 512
TABS_MAX = 32
SHOWN_BYTES_MAX = 12

CONTROLS = {0x09: "HT", 0x0A: "LF", 0x0D: "CR"}
LEADERS = frozenset(b"\x10\x1b\x1c\x1d")
FIRST_PRINTABLE = 0x20
BUFFER_CLEARING = (b"\x10\x14\x08", b"\x10\x05\x02")
"""Real-time commands that some models obey even in the middle of an image, losing the slip."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` as printers' manuals write it, `args` its parameters, `data` what follows them.

    `offset` and `end` count bytes since power-on.
    """

    name: str
    args: bytes
    data: bytes
    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """Bytes to print in the code page of the moment."""

    data: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something this printer would not understand. `offset` counts bytes since it was switched on."""

    offset: int
    data: bytes
    why: str

    def __str__(self) -> str:
        return f"byte {self.offset}: {self.why} [{self.data[:SHOWN_BYTES_MAX].hex(' ')}]"


Token = Command | Text | Problem

_FIXED: dict[bytes, tuple[str, int]] = {
    b"\x10\x04": ("DLE EOT", 1),
    b"\x10\x05": ("DLE ENQ", 1),
    b"\x10\x14": ("DLE DC4", 3),
    b"\x1b ": ("ESC SP", 1),
    b"\x1b!": ("ESC !", 1),
    b"\x1b$": ("ESC $", 2),
    b"\x1b-": ("ESC -", 1),
    b"\x1b2": ("ESC 2", 0),
    b"\x1b3": ("ESC 3", 1),
    b"\x1b=": ("ESC =", 1),
    b"\x1b@": ("ESC @", 0),
    b"\x1bE": ("ESC E", 1),
    b"\x1bG": ("ESC G", 1),
    b"\x1bJ": ("ESC J", 1),
    b"\x1bM": ("ESC M", 1),
    b"\x1bR": ("ESC R", 1),
    b"\x1b\\": ("ESC \\", 2),
    b"\x1ba": ("ESC a", 1),
    b"\x1bd": ("ESC d", 1),
    b"\x1bi": ("ESC i", 0),
    b"\x1bm": ("ESC m", 0),
    b"\x1bp": ("ESC p", 3),
    b"\x1bt": ("ESC t", 1),
    b"\x1b{": ("ESC {", 1),
    b"\x1c.": ("FS .", 0),
    b"\x1c&": ("FS &", 0),
    b"\x1d!": ("GS !", 1),
    b"\x1dB": ("GS B", 1),
    b"\x1dH": ("GS H", 1),
    b"\x1dI": ("GS I", 1),
    b"\x1dL": ("GS L", 2),
    b"\x1dW": ("GS W", 2),
    b"\x1da": ("GS a", 1),
    b"\x1db": ("GS b", 1),
    b"\x1df": ("GS f", 1),
    b"\x1dh": ("GS h", 1),
    b"\x1dr": ("GS r", 1),
    b"\x1dw": ("GS w", 1),
}
_PANEL_SENSORS = frozenset(b"345")
_FEEDING_CUTS = frozenset(b"\x41\x42\x61\x62")
_PLAIN_CUTS = frozenset(b"\x00\x01\x30\x31")
_BARCODES_A = range(7)
_BARCODES_B = range(65, 80)
_BLOCK_LETTERS = frozenset(b"HLk")
_RASTER_MODES = frozenset(b"\x00\x01\x02\x03\x30\x31\x32\x33")


class _Unfinished(Exception):
    pass


class Parser:
    """The printer's input buffer."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._offset = 0

    @property
    def pending(self) -> int:
        """Bytes of a command whose rest has not come."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Token]:
        """The tokens that these bytes complete."""
        self._held += data
        held = bytes(self._held)
        tokens: list[Token] = []
        place = 0
        while place < len(held):
            try:
                token, length = self._next(held, place)
            except _Unfinished:
                if len(held) - place <= INPUT_BYTES_MAX:
                    break
                token, length = self._problem(held, place, len(held) - place, "a command without end")
            tokens.append(token)
            place += length
        del self._held[:place]
        self._offset += place
        return tokens

    def _next(self, held: bytes, place: int) -> tuple[Token, int]:
        byte = held[place]
        if byte >= FIRST_PRINTABLE:
            return self._text(held, place)
        if byte in CONTROLS:
            offset = self._offset + place
            return Command(CONTROLS[byte], b"", b"", offset, offset + 1), 1
        if byte not in LEADERS:
            return self._problem(held, place, 1, "a control character that is no command")
        return self._command(_Reader(held, place), place)

    def _text(self, held: bytes, place: int) -> tuple[Token, int]:
        end = place
        while end < len(held) and held[end] >= FIRST_PRINTABLE and end - place < TEXT_BYTES_MAX:
            end += 1
        return Text(held[place:end], self._offset + place), end - place

    def _command(self, reader: "_Reader", place: int) -> tuple[Token, int]:
        lead = reader.take(2)
        fixed = _FIXED.get(lead)
        if fixed is not None:
            name, count = fixed
            return self._made(reader, place, name, reader.take(count))
        shape = _SHAPES.get(lead)
        if shape is None:
            return self._problem(reader.held, place, len(lead), "unknown command")
        found = shape(reader)
        if isinstance(found, str):
            return self._problem(reader.held, place, reader.place - place, found)
        name, args, data = found
        if any(clearing in data for clearing in BUFFER_CLEARING):
            return self._problem(
                reader.held, place, reader.place - place, f"{name} carries bytes that clear the buffer of some models"
            )
        return self._made(reader, place, name, args, data)

    def _made(self, reader: "_Reader", place: int, name: str, args: bytes, data: bytes = b"") -> tuple[Token, int]:
        return Command(name, args, data, self._offset + place, self._offset + reader.place), reader.place - place

    def _problem(self, held: bytes, place: int, length: int, why: str) -> tuple[Token, int]:
        return Problem(self._offset + place, held[place : place + max(length, SHOWN_BYTES_MAX)], why), length


class _Reader:
    """Takes parameters one after the other; raises _Unfinished where the bytes end."""

    def __init__(self, held: bytes, place: int) -> None:
        self.held = held
        self.place = place

    def take(self, count: int) -> bytes:
        end = self.place + count
        if end > len(self.held):
            raise _Unfinished
        taken = self.held[self.place : end]
        self.place = end
        return taken

    def take_until_nul(self, limit: int) -> bytes | None:
        end = self.held.find(b"\0", self.place, self.place + limit + 1)
        if end < 0:
            if len(self.held) - self.place > limit:
                return None
            raise _Unfinished
        taken = self.held[self.place : end]
        self.place = end + 1
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(2), "little")


_Found = tuple[str, bytes, bytes] | str
"""A command's name, parameters and data, or what is wrong with it."""


def _cut(reader: _Reader) -> _Found:
    mode = reader.take(1)
    if mode[0] in _PLAIN_CUTS:
        return "GS V", mode, b""
    if mode[0] in _FEEDING_CUTS:
        return "GS V", mode + reader.take(1), b""
    return "GS V with an unknown mode"


def _barcode(reader: _Reader) -> _Found:
    system = reader.take(1)
    if system[0] in _BARCODES_A:
        data = reader.take_until_nul(255)
        return "GS k without its closing NUL" if data is None else ("GS k", system, data)
    if system[0] in _BARCODES_B:
        return "GS k", system, reader.take(reader.take(1)[0])
    return "GS k with an unknown symbology"


def _raster(reader: _Reader) -> _Found:
    if reader.take(1) != b"0":
        return "GS v is known only as GS v 0"
    mode = reader.take(1)
    width_bytes, height = reader.number(), reader.number()
    if mode[0] not in _RASTER_MODES or not width_bytes or not height:
        return "GS v 0 with an impossible mode or size"
    if width_bytes * height > DATA_BYTES_MAX:
        return "GS v 0 larger than the printer's memory"
    size = width_bytes.to_bytes(2, "little") + height.to_bytes(2, "little")
    return "GS v 0", mode + size, reader.take(width_bytes * height)


def _block(reader: _Reader) -> _Found:
    letter = reader.take(1)
    if letter[0] not in _BLOCK_LETTERS:
        return "unknown GS ( command"
    length = reader.number()
    if length < 2:  # noqa: PLR2004 - every such function names its group and number first
        return "GS ( with too few parameters"
    return f"GS ( {letter.decode()}", b"", reader.take(length)


def _long_graphics(reader: _Reader) -> _Found:
    if reader.take(1) != b"L":
        return "GS 8 is known only as GS 8 L"
    length = int.from_bytes(reader.take(4), "little")
    if not 2 <= length <= DATA_BYTES_MAX:  # noqa: PLR2004 - see _block
        return "GS 8 L with an impossible size"
    return "GS ( L", b"", reader.take(length)


def _tabs(reader: _Reader) -> _Found:
    stops = reader.take_until_nul(TABS_MAX)
    return "ESC D without its closing NUL" if stops is None else ("ESC D", stops, b"")


def _panel(reader: _Reader) -> _Found:
    which = reader.take(1)
    if which[0] not in _PANEL_SENSORS:
        return "unknown ESC c command"
    return f"ESC c {which.decode()}", reader.take(1), b""


_SHAPES: dict[bytes, Callable[[_Reader], _Found]] = {
    b"\x1dV": _cut,
    b"\x1dk": _barcode,
    b"\x1dv": _raster,
    b"\x1d(": _block,
    b"\x1d8": _long_graphics,
    b"\x1bD": _tabs,
    b"\x1bc": _panel,
}
