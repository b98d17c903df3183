"""What a printer answers, byte by byte.

Source of the bit tables: Epson's ESC/POS command reference (DLE EOT, GS a, GS r, GS I, GS ( H).
None means a question that this printer does not know.
"""

from drivers.printers.status import PaperLevel
from drivers.virtual.printer.model import PrinterModel
from drivers.virtual.printer.switches import Switches

PROCESS_ID_REQUEST = b"\x30\x30"
PROCESS_ID_BYTES = 4


def real_time(question: int, switches: Switches) -> bytes | None:
    """The answer to DLE EOT."""
    out = switches.paper is PaperLevel.OUT
    match question:
        case 1:
            bits = 0x08 if switches.hindered else 0
        case 2:
            bits = (0x04 if switches.cover_open else 0) | (0x20 if out else 0)
        case 3:
            bits = 0
        case 4:
            bits = (0x0C if switches.paper is not PaperLevel.OK else 0) | (0x60 if out else 0)
        case _:
            return None
    return bytes((0x12 | bits,))


def in_order(question: int, switches: Switches) -> bytes | None:
    """The answer to GS r."""
    match question:
        case 1 | 49:
            return bytes((_sensors(switches),))
        case 2 | 50:
            return b"\x00"  # the drawer is closed
        case _:
            return None


def automatic(switches: Switches) -> bytes:
    """The four bytes of automatic status."""
    first = 0x10 | (0x08 if switches.hindered else 0) | (0x20 if switches.cover_open else 0)
    return bytes((first, 0, _sensors(switches), 0x0F))


def process_id_answer(data: bytes, switches: Switches) -> bytes | None:
    """The answer to GS ( H, once all before it is printed."""
    if data[:2] != PROCESS_ID_REQUEST or len(data) != len(PROCESS_ID_REQUEST) + PROCESS_ID_BYTES:
        return None
    process_id = data[2:]
    return b"\x37\x22" + (process_id[::-1] if switches.wrong_ids else process_id) + b"\x00"


def identity(question: int, model: PrinterModel) -> bytes | None:
    """The answer to GS I: who made it and what it is."""
    match question:
        case 1 | 49:
            return b"\x20"
        case 2 | 50:
            return b"\x02"  # it has a cutter
        case 65:
            return b"\x5f1.0\x00"
        case 66:
            return b"\x5fKopilka\x00"
        case 67:
            return b"\x5f" + model.name.encode("ascii", errors="replace") + b"\x00"
        case 69:
            return b"\x5f\x00"
        case _:
            return None


def _sensors(switches: Switches) -> int:
    return (0x03 if switches.paper is not PaperLevel.OK else 0) | (0x0C if switches.paper is PaperLevel.OUT else 0)
