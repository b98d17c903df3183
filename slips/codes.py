"""Barcodes and QR codes as modules, and how large they may be on a paper; the same for every rendering.

The libraries are imported inside the functions: a slip without codes pays nothing for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slips.document import Align, Document, Image, Symbology, Text
from slips.raster import obeyed, packed

if TYPE_CHECKING:
    from slips.document import Barcode, Qr

BAR_QUIET_MODULES = 20
"""Empty modules that a scanner needs beside the bars, both sides together."""

QR_QUIET_MODULES = 8
"""Empty modules around a QR code, both sides together."""

_BAR_DOTS_TRIED = (3, 2)
# Bytes that QR versions 1, 2, … hold with correction M. Source: ISO/IEC 18004, table 7.
_QR_BYTES_M = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331)


def bars(barcode: Barcode) -> str:
    """The bars from left to right, `1` black and `0` white, without the quiet zones."""
    if barcode.symbology is Symbology.EAN13:
        from barcode.ean import EuropeanArticleNumber13  # type: ignore[import-untyped]  # noqa: PLC0415

        return str(EuropeanArticleNumber13(barcode.code).build()[0])
    from barcode.charsets import code128  # type: ignore[import-untyped]  # noqa: PLC0415

    start, values = _code128_values(barcode.code)
    symbols = [code128.START_CODES[start], *values]
    check = (symbols[0] + sum(weight * value for weight, value in enumerate(symbols))) % 103
    return "".join(code128.CODES[symbol] for symbol in (*symbols, check)) + str(code128.STOP) + "11"


def bar_count(barcode: Barcode) -> int:
    """How many modules wide the bars are, without quiet zones and without drawing them."""
    if barcode.symbology is Symbology.EAN13:
        return 95
    return 11 * (1 + len(_code128_values(barcode.code)[1]) + 1) + 13


def bar_dots(barcode: Barcode, paper_dots: int) -> int | None:
    """Dots of one module; None where the bars do not fit wide enough to be read: then only the digits are shown."""
    width = bar_count(barcode) + BAR_QUIET_MODULES
    return next((dots for dots in _BAR_DOTS_TRIED if width * dots <= paper_dots), None)


def bare_code(barcode: Barcode) -> Document:
    """What stands for bars that do not fit the paper."""
    return Document((Text(barcode.code, align=Align.CENTER),))


def code128_data(code: str) -> bytes:
    """What `GS k 73` takes: the set's name, then its values; a brace in set B is doubled."""
    start, values = _code128_values(code)
    return b"{C" + bytes(values) if start == "C" else b"{B" + code.replace("{", "{{").encode("ascii")


def qr_image(qr: Qr, paper_dots: int) -> Image:
    """The QR code as a picture, for printers that cannot draw one and for previews."""
    import qrcode  # type: ignore[import-untyped]  # noqa: PLC0415
    from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]  # noqa: PLC0415

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QR_QUIET_MODULES // 2)
    code.add_data(qr.content)
    code.make(fit=True)
    size = qr_dots(qr, paper_dots)
    rows = [[bool(dot) for dot in row for _ in range(size)] for row in code.get_matrix() for _ in range(size)]
    return Image(width_dots=len(rows[0]), height_dots=len(rows), dots=packed(rows))


def qr_dots(qr: Qr, paper_dots: int) -> int:
    """Dots of one module: what the block asks for, less where the paper is too narrow for its bytes."""
    length = len(qr.content.encode())
    version = next(number for number, room in enumerate(_QR_BYTES_M, start=1) if length <= room)
    return min(qr.module_dots, paper_dots // (17 + 4 * version + QR_QUIET_MODULES))


def _code128_values(code: str) -> tuple[str, list[int]]:
    """The set to start in and the values: pairs of digits where the code is all digits, else letter by letter."""
    if code.isdigit() and len(code) % 2 == 0:
        pairs = [int(code[at : at + 2]) for at in range(0, len(code), 2)]
        # 16 20 08 as pairs are the bytes that clear some printers' buffers.
        if not obeyed(bytes(pairs)):
            return "C", pairs
    return "B", [ord(letter) - ord(" ") for letter in code]
