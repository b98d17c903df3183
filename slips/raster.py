"""Dots for a printer's raster command: placed on the paper's width, and without bytes that a printer would obey."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slips.document import Image

# Real-time commands are carried out by some models wherever they stand in the stream, raster data included:
# DLE DC4 8 clears the buffer, DLE ENQ 2 too, DLE EOT makes the printer talk, DLE DC4 1 and 2 open the drawer and
# switch off. The third byte is left open: a needless dot costs nothing. Source: Epson's ESC/POS reference, DLE.
_REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]")
_HARMLESS_DOT = 0x40


def obeyed(data: bytes) -> bool:
    """Whether the data contains bytes that a printer could take for a real-time command."""
    return _REAL_TIME.search(data) is not None


def shielded(dots: bytes) -> bytes:
    """The same dots, with one more dot in each place that would read as a real-time command."""
    return _REAL_TIME.sub(lambda match: bytes((match[0][0], match[0][1] | _HARMLESS_DOT)), dots)


def centred(image: Image, paper_dots: int) -> bytes:
    """The image's rows in the middle of the paper's whole width, to the nearest eight dots; what is wider is cut."""
    paper_bytes = paper_dots // 8
    kept = min(image.row_bytes, paper_bytes)
    left = bytes((paper_bytes - kept) // 2)
    right = bytes(paper_bytes - kept - len(left))
    rows = range(0, len(image.dots), image.row_bytes)
    return b"".join(left + image.dots[row : row + kept] + right for row in rows)


def packed(rows: Sequence[Sequence[bool]]) -> bytes:
    """Rows of black or white dots as bytes, each row padded with white to whole bytes."""
    data = bytearray()
    for row in rows:
        bits = "".join("1" if dot else "0" for dot in row)
        size = (len(row) + 7) // 8
        data += int(bits.ljust(size * 8, "0"), 2).to_bytes(size, "big")
    return bytes(data)
