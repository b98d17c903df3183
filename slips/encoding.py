"""Text in a printer's own code page: substituted first, so that widths are known, then encoded byte by byte.

A printer shows one byte as one letter and has no roubles, guillemets or em dashes on CP866. Every character ends as
one or more that the page has; `?` remains only for signs without any likeness (an emoji, a Chinese name).
Source: the IBM 866 and Windows 1251 tables of the Unicode Consortium, as Python's codecs carry them.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache
from unicodedata import category, combining, normalize

NO_BREAK_SPACE = "\u00a0"
UNKNOWN = "?"
FIRST_PRINTABLE = 0x20
DELETE = 0x7F
SPELLINGS_KEPT = 4_096
"""How many characters' spellings are remembered; any of a million could come in a member's name."""


class CodePage(StrEnum):
    """The two Cyrillic code pages that receipt printers have. Values are Python's codec names."""

    CP866 = "cp866"
    CP1251 = "cp1251"


# Tried in order: the first spelling that the page has is taken.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    # money
    "₽": ("руб.",),
    "£": ("GBP ",),
    "€": ("EUR ",),
    "¥": ("JPY ",),
    "₴": ("грн.",),
    "₸": ("тг.",),
    "¢": ("c",),
    # quotation marks
    "«": ('"',),
    "»": ('"',),
    "“": ('"',),
    "”": ('"',),
    "„": ('"',),
    "‟": ('"',),
    "‹": ("'",),
    "›": ("'",),
    "‘": ("'",),
    "’": ("'",),
    "‚": (",",),
    "‛": ("'",),
    "′": ("'",),
    "″": ('"',),
    "ʼ": ("'",),
    "´": ("'",),
    # dashes and dots
    "—": ("-",),
    "–": ("-",),
    "‒": ("-",),
    "―": ("-",),
    "‐": ("-",),
    "‑": ("-",),
    "−": ("-",),
    "⁃": ("-",),
    "…": ("...",),
    "•": ("*",),
    "∙": ("•", "·", "*"),
    "●": ("•", "*"),
    # signs
    "©": ("(c)",),
    "®": ("(r)",),
    "™": ("(tm)",),
    "×": ("x",),
    "÷": ("/",),
    "±": ("+/-",),
    "≈": ("~",),
    "≤": ("<=",),
    "≥": (">=",),
    "≠": ("<>",),
    "‰": ("o/oo",),
    "½": ("1/2",),
    "¼": ("1/4",),
    "¾": ("3/4",),
    "²": ("2",),
    "³": ("3",),
    "¹": ("1",),
    "µ": ("u",),
    "§": ("par.",),
    "¶": ("|",),
    "†": ("+",),
    "‡": ("+",),
    "¦": ("|",),
    "¬": ("-",),
    "√": ("v",),
    "■": ("#",),
    "★": ("*",),
    "☆": ("*",),
    "✓": ("√", "v"),
    "✔": ("√", "v"),
    "→": (">",),
    "←": ("<",),
    "↑": ("^",),
    "↓": ("v",),
    "♥": ("<3",),
    # the lines of rules
    "─": ("-",),
    "═": ("=",),
    "│": ("|",),
    "║": ("|",),
    # letters of neighbours
    "і": ("i",),
    "І": ("I",),
    "ґ": ("г",),
    "Ґ": ("Г",),
    "ә": ("а",),
    "Ә": ("А",),
    "ғ": ("г",),
    "Ғ": ("Г",),
    "қ": ("к",),
    "Қ": ("К",),
    "ң": ("н",),
    "Ң": ("Н",),
    "ө": ("о",),
    "Ө": ("О",),
    "ұ": ("у",),
    "Ұ": ("У",),
    "ү": ("у",),
    "Ү": ("У",),
    "һ": ("х",),
    "Һ": ("Х",),
    "җ": ("ж",),
    "Җ": ("Ж",),
    "ј": ("j",),
    "Ј": ("J",),
    "ђ": ("дж",),
    "Ђ": ("Дж",),
    "ѓ": ("г",),
    "Ѓ": ("Г",),
    "ѕ": ("s",),
    "Ѕ": ("S",),
    "љ": ("ль",),
    "Љ": ("Ль",),
    "њ": ("нь",),
    "Њ": ("Нь",),
    "ћ": ("ч",),
    "Ћ": ("Ч",),
    "ќ": ("к",),
    "Ќ": ("К",),
    "џ": ("дж",),
    "Џ": ("Дж",),
    "ß": ("ss",),
    "æ": ("ae",),
    "Æ": ("AE",),
    "œ": ("oe",),
    "Œ": ("OE",),
    "ø": ("o",),
    "Ø": ("O",),
    "ł": ("l",),
    "Ł": ("L",),
    "đ": ("d",),
    "Đ": ("D",),
    "ð": ("d",),
    "Ð": ("D",),
    "þ": ("th",),
    "Þ": ("TH",),
    "ı": ("i",),
}

SUBSTITUTED = frozenset(_SPELLINGS)
"""Every character that has a spelling of its own here: none of them is ever printed as `?`."""

_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007")
_SOFT_HYPHEN = "\u00ad"


def printable(text: str, page: CodePage) -> str:
    """The text with every character replaced by what the page can print, as wide as it will be on paper.

    Line feeds and no-break spaces stay, for the layout; other controls, marks and soft hyphens are gone.
    """
    known = _printable_on(page)
    if known.issuperset(text):
        return text
    # Composed first: "и" with a breve of its own is "й".
    return "".join(
        character if character in known else _spelled(character, page) for character in normalize("NFC", text)
    )


def encode(text: str, page: CodePage) -> bytes:
    """One line of text as bytes of the page, no control characters among them. Never fails."""
    return printable(text, page).replace("\n", " ").replace(NO_BREAK_SPACE, " ").encode(page.value)


@cache
def _printable_on(page: CodePage) -> frozenset[str]:
    codes = (code for code in range(FIRST_PRINTABLE, 0x100) if code != DELETE)
    characters = {bytes((code,)).decode(page.value, errors="ignore") for code in codes}
    # Windows-1251 has a soft hyphen, which a printer would show in mid-word.
    return frozenset(characters - {"", _SOFT_HYPHEN}) | {"\n"}


@lru_cache(maxsize=SPELLINGS_KEPT)
def _spelled(character: str, page: CodePage) -> str:
    known = _printable_on(page)
    if character in _NO_BREAK_SPACES:
        return NO_BREAK_SPACE
    for spelling in _SPELLINGS.get(character, ()):
        if known.issuperset(spelling):
            return spelling
    kind = category(character)
    if character == "\t" or kind in {"Zs", "Zl", "Zp"}:
        return " "
    if combining(character) or kind in {"Cc", "Cf", "Mn", "Me"}:
        return ""
    plain = "".join(part for part in normalize("NFKD", character) if not combining(part))
    if plain != character:
        return "".join(part if part in known else _spelled(part, page) for part in plain)
    return UNKNOWN
