"""A document as the bytes of one print job, for one printer model.

python-escpos builds QR codes, pictures and cuts; text, alignment and barcodes are our own, because it hops between
code pages in mid-line and checks no check digits. Status and evidence of a print are the print session's business.
Source: Epson's ESC/POS command reference.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, assert_never

from slips.codes import bar_dots, bare_code, code128_data, qr_dots, qr_image
from slips.document import Align, Barcode, Cut, Feed, Image, Qr, Size, Symbology
from slips.encoding import encode
from slips.layout import TextLine, lay_out
from slips.raster import centred, shielded

if TYPE_CHECKING:
    from slips.document import Document
    from slips.layout import Laid, Span
    from slips.profile import PrinterProfile

BAND_ROWS_MAX = 128
"""Rows of one raster command; cheap printers lose the rest of a taller one."""

TEAR_LINES = 4
"""Lines from the print head to the edge that paper is torn at."""

BARCODE_HEIGHT_DOTS = 64

_ESC, _FS, _GS = b"\x1b", b"\x1c", b"\x1d"
_INITIALISE = _ESC + b"@"
# Some clones start in Kanji mode and take pairs of Cyrillic letters for Chinese; harmless elsewhere.
_LEAVE_KANJI = _FS + b"."
_SIZES = {Size.NORMAL: 0x00, Size.TALL: 0x01, Size.DOUBLE: 0x11}
_ALIGNMENTS = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_EAN13, _CODE128 = 67, 73


def render(document: Document, profile: PrinterProfile) -> bytes:
    """The job's bytes; the same document and profile give the same bytes.

    Not to be called from two threads at once: python-escpos is not thread-safe, and locks are not for `slips` to
    hold. The caller has one lock around this function and `warming.warm_up`, which makes the first call a quick one.
    """
    job = _Job(profile)
    for item in lay_out(document, profile.columns, profile.code_page):
        job.add(item)
    return bytes(job.data)


class _Job:
    """The bytes so far, and the style that the printer is in."""

    def __init__(self, profile: PrinterProfile) -> None:
        self.data = bytearray(_INITIALISE + _LEAVE_KANJI)
        self._profile = profile
        self._bold = False
        self._size = Size.NORMAL
        self.data += _ESC + bytes((ord("t"), profile.slot))
        self.data += _GS + b"L" + bytes(2)
        self.data += _GS + b"W" + profile.dots.to_bytes(2, "little")

    def add(self, item: Laid) -> None:
        match item:
            case TextLine():
                for span in item.spans:
                    self._span(span)
                self.data += b"\n"
            case Barcode():
                self._barcode(item)
            case Qr():
                self._qr(item)
            case Image():
                self._image(item)
            case Feed():
                self.data += _ESC + bytes((ord("d"), item.lines))
            case Cut():
                self._cut()
            case _:
                assert_never(item)

    def _span(self, span: Span) -> None:
        if span.bold != self._bold:
            self.data += _ESC + bytes((ord("E"), span.bold))
            self._bold = span.bold
        if span.size != self._size:
            self.data += _GS + bytes((ord("!"), _SIZES[span.size]))
            self._size = span.size
        self.data += encode(span.text, self._profile.code_page)

    def _plain(self) -> None:
        """Back to plain letters: the digits below a barcode would take the style of the line before."""
        if self._bold or self._size is not Size.NORMAL:
            self.data += _ESC + b"E\x00" + _GS + b"!\x00"
            self._bold, self._size = False, Size.NORMAL

    def _align(self, align: Align) -> None:
        self.data += _ESC + bytes((ord("a"), _ALIGNMENTS[align]))

    def _barcode(self, block: Barcode) -> None:
        module = bar_dots(block, self._profile.dots)
        if module is None:
            for item in lay_out(bare_code(block), self._profile.columns, self._profile.code_page):
                self.add(item)
            return
        self._plain()
        self._align(Align.CENTER)
        self.data += _GS + bytes((ord("h"), BARCODE_HEIGHT_DOTS)) + _GS + bytes((ord("w"), module))
        self.data += _GS + b"H\x02" + _GS + b"f\x00"
        kind, code = (
            (_EAN13, block.code.encode("ascii"))
            if block.symbology is Symbology.EAN13
            else (_CODE128, code128_data(block.code))
        )
        # Function B, with the length up front: function A ends at a NUL and knows no Code 128.
        self.data += _GS + bytes((ord("k"), kind, len(code))) + code
        self._align(Align.LEFT)

    def _qr(self, block: Qr) -> None:
        if not self._profile.native_qr:
            self._image(qr_image(block, self._profile.dots))
            return
        self._align(Align.CENTER)
        builder = _builder(self._profile)
        builder.qr(block.content, ec=_library().QR_ECLEVEL_M, size=qr_dots(block, self._profile.dots), native=True)
        self.data += builder.output
        self._align(Align.LEFT)

    def _image(self, block: Image) -> None:
        from PIL import Image as Picture  # noqa: PLC0415

        dots = shielded(centred(block, self._profile.dots))
        # In Pillow's "1" a set bit is white.
        inverted = bytes(byte ^ 0xFF for byte in dots)
        picture = Picture.frombytes("1", (self._profile.dots // 8 * 8, block.height_dots), inverted)
        builder = _builder(self._profile)
        builder.image(picture, fragment_height=BAND_ROWS_MAX)
        self.data += builder.output

    def _cut(self) -> None:
        self._plain()
        if not self._profile.cut:
            self.data += _ESC + bytes((ord("d"), TEAR_LINES))
            return
        builder = _builder(self._profile)
        builder.cut(mode="PART")
        self.data += builder.output


def _builder(profile: PrinterProfile) -> Any:  # noqa: ANN401 - python-escpos has no types
    """A fresh byte builder that knows this printer's width: without it, `image` prints a warning to stdout."""
    library = _library()
    shape = library.Profile(columns=profile.columns, features={"paperPartCut": True})
    shape.profile_data = {**shape.profile_data, "media": {"width": {"pixels": profile.dots}}}
    return library.Dummy(profile=shape)


@cache
def _library() -> SimpleNamespace:
    """python-escpos, imported on first use, without what its import leaves behind.

    It makes a directory in the temp folder that nothing removes, and gives the root logger a handler, so that every
    log line of the daemon would appear twice.
    """
    handlers = _root_handlers()
    left: list[str] = []
    make_directory = tempfile.mkdtemp

    def noted(*args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - handed through
        path = str(make_directory(*args, **kwargs))
        if sys._getframe(1).f_globals.get("__name__") == "escpos.capabilities":  # noqa: SLF001 - another thread's stay
            left.append(path)
        return path

    tempfile.mkdtemp = noted  # type: ignore[assignment]  # one signature of its three
    try:
        from escpos.capabilities import Profile  # noqa: PLC0415
        from escpos.constants import QR_ECLEVEL_M  # noqa: PLC0415
        from escpos.printer import Dummy  # noqa: PLC0415
    finally:
        tempfile.mkdtemp = make_directory
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    added = [handler for handler in _root_handlers() if handler not in handlers]
    for handler in added:
        sys.modules["logging"].root.removeHandler(handler)
    return SimpleNamespace(Profile=Profile, Dummy=Dummy, QR_ECLEVEL_M=QR_ECLEVEL_M)


def _root_handlers() -> list[Any]:
    """The root logger's handlers, without importing `logging` here: this package writes no logs."""
    logging = sys.modules.get("logging")
    return list(logging.root.handlers) if logging else []
