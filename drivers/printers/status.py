"""The one reader of a printer's replies, and what they say about the printer.

Replies of four kinds come mixed on one line: real-time status (DLE EOT), automatic status (ASB), transmitted
status (GS r) and blocks of data. They are told apart by the fixed bits of each byte.
Source of the bit tables: Epson's ESC/POS command reference (DLE EOT, GS a, GS r, GS ( H).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.values import DeviceState

ASB_BYTES = 4
BLOCK_BYTES_MAX = 128
BLOCK_HEADERS = frozenset(b"\x35\x37\x3b\x3d\x5f")
PROCESS_ID_HEADER = 0x37
PROCESS_ID_MARK = 0x22
FLOW_CONTROL = frozenset(b"\x11\x13")


class Question(StrEnum):
    """What a printer can be asked about its state."""

    PRINTER = "printer"
    OFFLINE_CAUSE = "offline_cause"
    PAPER = "paper"
    PAPER_IN_ORDER = "paper_in_order"

    @property
    def command(self) -> bytes:
        """DLE EOT 1, 2, 4; GS r 1, which waits its turn behind the bytes sent before."""
        return _COMMANDS[self]


_COMMANDS = {
    Question.PRINTER: b"\x10\x04\x01",
    Question.OFFLINE_CAUSE: b"\x10\x04\x02",
    Question.PAPER: b"\x10\x04\x04",
    Question.PAPER_IN_ORDER: b"\x1dr\x01",
}


@dataclass(frozen=True, slots=True)
class RealTime:
    """One byte that answers DLE EOT; which question it answers is for the asker to know."""

    byte: int


@dataclass(frozen=True, slots=True)
class Automatic:
    """Four bytes of automatic status."""

    data: bytes


@dataclass(frozen=True, slots=True)
class InOrder:
    """One byte that answers GS r."""

    byte: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block of data without its closing NUL; `data[0]` is the header."""

    data: bytes

    @property
    def process_id(self) -> bytes | None:
        """The process id, if this block is the answer to GS ( H function 48."""
        is_answer = self.data[:2] == bytes((PROCESS_ID_HEADER, PROCESS_ID_MARK))
        return self.data[2:] if is_answer else None


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that no printer says: a wrong baud rate, or not a printer at all."""

    data: bytes


Reply = RealTime | Automatic | InOrder | Block | Garbage


class Demultiplexer:
    """Sorts a printer's bytes into replies; keeps what is incomplete until the rest comes."""

    def __init__(self) -> None:
        self._automatic = bytearray()
        self._block = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete."""
        replies = []
        for byte in data:
            reply = self._take(byte)
            if reply is not None:
                replies.append(reply)
        return replies

    def _take(self, byte: int) -> Reply | None:
        if byte in FLOW_CONTROL:
            return None
        if self._block:
            return self._take_block(byte)
        if self._automatic:
            if byte & 0x90 == 0:
                return self._take_automatic(byte)
            self._automatic.clear()
        if byte & 0x93 == 0x12:
            return RealTime(byte)
        if byte & 0x93 == 0x10:
            self._automatic.append(byte)
            return None
        if byte & 0x90 == 0:
            return InOrder(byte)
        if byte in BLOCK_HEADERS:
            self._block.append(byte)
            return None
        return Garbage(bytes((byte,)))

    def _take_automatic(self, byte: int) -> Reply | None:
        self._automatic.append(byte)
        if len(self._automatic) < ASB_BYTES:
            return None
        data = bytes(self._automatic)
        self._automatic.clear()
        return Automatic(data)

    def _take_block(self, byte: int) -> Reply | None:
        if byte != 0 and len(self._block) < BLOCK_BYTES_MAX:
            self._block.append(byte)
            return None
        data = bytes(self._block)
        self._block.clear()
        return Block(data) if byte == 0 else Garbage(data)


class PaperLevel(StrEnum):
    """How much paper there is, as far as the printer's sensors tell."""

    OK = "ok"
    LOW = "low"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What is known of the printer; None is unknown, which is never taken for fine."""

    online: bool | None = None
    cover_open: bool | None = None
    error: bool | None = None
    paper: PaperLevel | None = None

    def with_answer(self, question: Question, byte: int) -> "PrinterStatus":
        """With the answer to one question."""
        match question:
            case Question.PRINTER:
                return replace(self, online=byte & 0x08 == 0)
            case Question.OFFLINE_CAUSE:
                return replace(
                    self,
                    cover_open=byte & 0x97 == 0x16,
                    error=byte & 0xD3 == 0x52,
                    paper=PaperLevel.OUT if byte & 0xB3 == 0x32 else self.paper,
                )
            case Question.PAPER:
                sensed = _paper(low=byte & 0x0C, out=byte & 0x60)
                return replace(self, paper=PaperLevel.OUT if self.paper is PaperLevel.OUT else sensed)
            case Question.PAPER_IN_ORDER:
                return replace(self, paper=_paper(low=byte & 0x03, out=byte & 0x0C))

    def with_automatic(self, data: bytes) -> "PrinterStatus":
        """With four bytes of automatic status."""
        first, second, third, _ = data
        return PrinterStatus(
            online=first & 0x08 == 0,
            cover_open=first & 0x20 != 0,
            error=second & 0x6C != 0,
            paper=_paper(low=third & 0x03, out=third & 0x0C),
        )

    @property
    def hindrance(self) -> str:
        """Why nothing may be sent now, and what to do; empty if nothing is known to hinder."""
        if self.cover_open:
            return "the cover is open: close it"
        if self.paper is PaperLevel.OUT:
            return "out of paper: put in a new roll"
        if self.error:
            return "the printer reports an error: open the cover, clear the paper, switch it off and on"
        if self.online is False:
            return "the printer is offline: press its online or feed button"
        return ""

    @property
    def state(self) -> DeviceState:
        """The state to show. Ready only if something was heard and nothing hinders."""
        if self.cover_open:
            return DeviceState.COVER_OPEN
        if self.paper is PaperLevel.OUT:
            return DeviceState.PAPER_OUT
        if self.error:
            return DeviceState.ERROR
        if self.online is False:
            return DeviceState.OFFLINE
        if self.paper is None:
            return DeviceState.UNKNOWN
        return DeviceState.PAPER_LOW if self.paper is PaperLevel.LOW else DeviceState.READY


def _paper(*, low: int, out: int) -> PaperLevel:
    if out:
        return PaperLevel.OUT
    return PaperLevel.LOW if low else PaperLevel.OK
