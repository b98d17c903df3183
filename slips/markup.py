r"""The text that a template writes: one block a line, read into a document's blocks.

    text center bold tall | Kopilka's shop       text [left|center|right] [bold] [tall|double] | words
    columns bold | To pay | 12.50                columns [bold] [tall|double] [left|center|right …] | cell | cell …
    rule / rule double                           a line across the paper
    ean13 | 4006381333931                        code128 | words, qr | words
    feed 2 / cut                                 empty lines, the end of the paper

Rows of three and more columns that follow each other in the same style stand under each other. A value that holds a
backslash, a bar or a line feed is written `\\`, `\|`, `\n` (`escaped`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slips.document import Align, Barcode, Columns, Cut, Feed, Qr, Rule, RuleKind, Size, Symbology, Text
from slips.errors import BadBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slips.document import Block

TABLE_COLUMNS_MIN = 3

_FIELD = re.compile(r"(?:[^\\|]|\\.)*")
_ESCAPE = re.compile(r"\\(.)")
_ALIGNS = frozenset(Align)
_SIZES = frozenset({Size.TALL, Size.DOUBLE})


class BadLine(Exception):
    """A line that is no block. Never leaves this package: `templates` tells it as `BadTemplate`."""

    def __init__(self, line: str, why: str) -> None:
        super().__init__(f"it made {line!r}, which {why}")


def escaped(value: object) -> str:
    """A value as it may stand in a field, whatever a name or a title contains. Raises `ValueError` for None."""
    if value is None:
        raise ValueError("a value is missing: it would print as None")
    return str(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n")


def read_markup(text: str) -> tuple[Block, ...]:
    """The blocks of a template's output; empty lines are no blocks. Raises `BadLine`."""
    blocks: list[Block] = []
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            continue
        try:
            block = _block(line)
        except BadBlock as error:
            raise BadLine(line, f"is no block: {error}") from error
        previous = blocks[-1] if blocks else None
        if isinstance(block, Columns) and isinstance(previous, Columns) and _one_table(previous, block):
            blocks[-1] = Columns(previous.rows + block.rows, block.align, block.bold, block.size)
        else:
            blocks.append(block)
    return tuple(blocks)


def _block(line: str) -> Block:
    head, *fields = [_unescaped(field) for field in _fields(line)]
    keyword, *modifiers = head.split() or [""]
    match keyword, fields:
        case "text", [text]:
            aligns, bold, size = _style(line, modifiers)
            if len(aligns) > 1:
                raise BadLine(line, "has more than one alignment")
            return Text(text, aligns[0] if aligns else Align.LEFT, bold, size)
        case "columns", [_, _, *_]:
            aligns, bold, size = _style(line, modifiers)
            usual = [Align.LEFT, *[Align.RIGHT] * (len(fields) - 1)]
            return Columns((tuple(fields),), tuple(aligns or usual), bold, size)
        case "rule", []:
            return Rule(RuleKind.DOUBLE) if modifiers == ["double"] else Rule(*_none(line, modifiers))
        case "feed", []:
            if not all(modifier.isdecimal() for modifier in modifiers):
                raise BadLine(line, "needs a number of lines")
            return Feed(*map(int, modifiers[:1]))
        case "cut", []:
            return Cut(*_none(line, modifiers))
        case (("ean13" | "code128"), [code]):
            return Barcode(code, Symbology(keyword), *_none(line, modifiers))
        case "qr", [content]:
            return Qr(content, *_none(line, modifiers))
        case _:
            raise BadLine(line, "starts with no known block, or has the wrong number of fields")


def _style(line: str, modifiers: Sequence[str]) -> tuple[list[Align], bool, Size]:
    unknown = [word for word in modifiers if word not in {*_ALIGNS, *_SIZES, "bold"}]
    if unknown:
        raise BadLine(line, f"has an unknown style {unknown[0]!r}")
    size = next((Size(word) for word in modifiers if word in _SIZES), Size.NORMAL)
    return [Align(word) for word in modifiers if word in _ALIGNS], "bold" in modifiers, size


def _none(line: str, modifiers: Sequence[str]) -> tuple[()]:
    if modifiers:
        raise BadLine(line, f"has an unknown style {modifiers[0]!r}")
    return ()


def _fields(line: str) -> list[str]:
    fields = []
    at = 0
    while at <= len(line):
        match = _FIELD.match(line, at)
        end = match.end() if match else at
        fields.append(line[at:end])
        if end < len(line) and line[end] != "|":
            raise BadLine(line, "ends with a backslash")
        at = end + 1
    return fields


def _unescaped(field: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], field.strip())


def _one_table(above: Columns, below: Columns) -> bool:
    same = (above.align, above.bold, above.size) == (below.align, below.bold, below.size)
    return same and len(below.align) >= TABLE_COLUMNS_MIN
