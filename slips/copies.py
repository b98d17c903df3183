"""A reprint: the same slip, plainly marked as a copy, so that nobody redeems or returns by it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slips.document import Align, Cut, Document, Rule, RuleKind, Size, Text

if TYPE_CHECKING:
    from datetime import datetime

    from i18n import Words
    from slips.document import Block


def copy_of(document: Document, words: Words, *, original: str, at: datetime) -> Document:
    """`document` between two marks КОПИЯ or COPY, with the id of the slip it stands for and the local time of now.

    Hand in the original's document, never a copy's: the mark would stand twice. Raises `BadBlock` for a document
    that has no room left for the marks.
    """
    mark = Text(words.say("slip.copy"), align=Align.CENTER, bold=True, size=Size.DOUBLE)
    link = Text(words.say("slip.copy_of", moment=words.moment(at), original=original), align=Align.CENTER)
    kept: tuple[Block, ...] = document.blocks
    while kept and isinstance(kept[-1], Cut):
        kept = kept[:-1]
    edge = Rule(RuleKind.DOUBLE)
    return Document((mark, link, edge, *kept, edge, mark, Cut()), document.language)
