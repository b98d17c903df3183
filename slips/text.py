"""A document as plain text, for a terminal and for golden tests; as wide as on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from slips.document import Barcode, Cut, Feed, Image, Qr, Size
from slips.encoding import CodePage
from slips.layout import TextLine, lay_out, wrap

if TYPE_CHECKING:
    from slips.document import Document
    from slips.layout import Laid, Span


def as_text(document: Document, columns: int, page: CodePage = CodePage.CP866) -> str:
    """The slip's lines, each ended by a line feed; codes and pictures are named in brackets."""
    return "".join(f"{line.rstrip()}\n" for item in lay_out(document, columns, page) for line in _lines(item, columns))


def _lines(item: Laid, columns: int) -> list[str]:
    match item:
        case TextLine():
            return ["".join(_letters(span) for span in item.spans)]
        case Barcode():
            return _named(f"|||| {item.code} ||||", columns)
        case Qr():
            return _named(f"QR {item.content}", columns)
        case Image():
            return _named(f"{item.width_dots}×{item.height_dots}", columns)
        case Feed():
            return [""] * item.lines
        case Cut():
            return ["- " * (columns // 2)]
        case _:
            assert_never(item)


def _letters(span: Span) -> str:
    """Double letters are spaced, so that they take the room that they take on paper."""
    return "".join(f"{letter} " for letter in span.text) if span.size is Size.DOUBLE else span.text


def _named(what: str, columns: int) -> list[str]:
    return [line.center(columns) for line in wrap(f"[{what}]", columns, language="")]
