"""A document set in lines for a paper of so many columns: what prints, what is previewed and what is tested.

Widths are counted after substitution (`encoding.printable`), since a rouble sign is four letters on CP866.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from slips.document import (
    Align,
    Barcode,
    Columns,
    Cut,
    Feed,
    Image,
    Qr,
    Rule,
    RuleKind,
    Size,
    Text,
)
from slips.encoding import NO_BREAK_SPACE, CodePage, printable
from slips.hyphenation import divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slips.document import Document

COLUMNS_MIN = 24
"""The narrowest paper, and enough for `COLUMNS_MAX` columns of double letters; a narrower one is treated as this."""

LOOSE_MAX = 7
"""So many empty columns at a line's end are left; a wider gap is worth dividing a word for."""

_RULES = {RuleKind.SINGLE: "─", RuleKind.DOUBLE: "═"}


@dataclass(frozen=True, slots=True)
class Span:
    """Letters of one style within a line; only what the code page can print, spaces all plain."""

    text: str
    bold: bool = False
    size: Size = Size.NORMAL

    @property
    def columns(self) -> int:
        """The width on paper: double letters count twice."""
        return len(self.text) * _width(self.size)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of letters, never wider than the paper."""

    spans: tuple[Span, ...]

    @property
    def columns(self) -> int:
        """The width on paper."""
        return sum(span.columns for span in self.spans)

    @property
    def text(self) -> str:
        """The letters without their styles."""
        return "".join(span.text for span in self.spans)


Laid = TextLine | Barcode | Qr | Image | Feed | Cut
"""A line of letters, or a block that each rendering draws in its own way."""


def lay_out(document: Document, columns: int, page: CodePage = CodePage.CP866) -> tuple[Laid, ...]:
    """The document's lines from the top down, none wider than `columns`."""
    return tuple(_laid(document, max(columns, COLUMNS_MIN), page))


def _laid(document: Document, columns: int, page: CodePage) -> Iterator[Laid]:
    for block in document.blocks:
        match block:
            case Text():
                yield from _text_lines(block, columns, page, document.language)
            case Columns():
                yield from _column_lines(block, columns, page, document.language)
            case Rule():
                yield TextLine((Span(printable(_RULES[block.kind], page) * columns),))
            case Barcode() | Qr() | Image() | Feed() | Cut():
                yield block
            case _:
                assert_never(block)


def _text_lines(block: Text, columns: int, page: CodePage, language: str) -> Iterator[TextLine]:
    size = _width(block.size)
    for text in wrap(printable(block.text, page), columns // size, language):
        gap = columns - len(text) * size
        left = {Align.LEFT: 0, Align.CENTER: gap // 2, Align.RIGHT: gap}[block.align]
        # The margin is set in plain letters: half of an odd gap is no whole number of double ones.
        yield _line(Span(" " * left), Span(_plain(text), block.bold, block.size))


def _column_lines(block: Columns, columns: int, page: CodePage, language: str) -> Iterator[TextLine]:
    room = columns // _width(block.size) - (len(block.align) - 1)
    rows = [[printable(cell, page) for cell in row] for row in block.rows]
    widths = _column_widths(rows, room)
    for row in rows:
        cells = [wrap(cell, width, language) for cell, width in zip(row, widths, strict=True)]
        height = max(len(lines) for lines in cells)
        for position, lines in enumerate(cells):
            # A value stands on the last line of its label, where the eye looks for it.
            empty = [""] * (height - len(lines))
            cells[position] = empty + lines if position else lines + empty
        for parts in zip(*cells, strict=True):
            placed = [
                _placed(part, width, align) for part, width, align in zip(parts, widths, block.align, strict=True)
            ]
            yield _line(Span(_plain(" ".join(placed)), block.bold, block.size))


def _column_widths(rows: list[list[str]], room: int) -> list[int]:
    """As wide as its longest line each; too wide in all, the widest give way; what is left goes to the first."""
    widths = [
        max(1, *(len(line) for cell in column for line in cell.split("\n"))) for column in zip(*rows, strict=True)
    ]
    while sum(widths) > room:
        widest = max(widths)
        second = max((width for width in widths if width < widest), default=0)
        sharing = [position for position, width in enumerate(widths) if width == widest]
        excess = min(sum(widths) - room, (widest - max(second, 1)) * len(sharing))
        each, odd = divmod(excess, len(sharing))
        for turn, position in enumerate(sharing):
            widths[position] -= each + (turn < odd)
    widths[0] += room - sum(widths)
    return widths


def wrap(text: str, width: int, language: str) -> list[str]:
    """Lines of at most `width` ≥ 1 letters: broken at spaces, then by hyphenation, then anywhere. At least one line."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for whole in filter(None, paragraph.split(" ")):
            word = whole
            while len(word) > width or (line and len(line) + 1 + len(word) > width):
                room = width - len(line) - 1 if line else width
                parts = divided(word, room, language) if room > LOOSE_MAX or len(word) > width else None
                if parts is not None:
                    lines.append(_joined(line, parts[0]))
                    word = parts[1]
                elif line:
                    lines.append(line)
                else:
                    lines.append(word[:width])
                    word = word[width:]
                line = ""
            line = _joined(line, word)
        lines.append(line)
    return lines


def _joined(line: str, word: str) -> str:
    return f"{line} {word}" if line else word


def _placed(text: str, width: int, align: Align) -> str:
    match align:
        case Align.LEFT:
            return text.ljust(width)
        case Align.CENTER:
            return text.center(width)
        case Align.RIGHT:
            return text.rjust(width)


def _plain(text: str) -> str:
    return text.replace(NO_BREAK_SPACE, " ")


def _line(*spans: Span) -> TextLine:
    return TextLine(tuple(_trimmed(span for span in spans if span.text)))


def _trimmed(spans: Iterable[Span]) -> Iterator[Span]:
    """Without spaces at the line's end, which a printer would only waste time on."""
    kept = list(spans)
    while kept:
        last = kept.pop()
        text = last.text.rstrip(" ")
        if text:
            yield from kept
            yield Span(text, last.bold, last.size)
            return


def _width(size: Size) -> int:
    return 2 if size is Size.DOUBLE else 1
