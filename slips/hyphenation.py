"""Where a word may be divided at the end of a line. Source: the Hunspell hyphenation patterns that pyphen carries."""

from __future__ import annotations

import re
from functools import cache

import pyphen

_LETTERS = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_COMPOUND = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")

LETTERS_MIN = 2
"""A line never ends after, or begins with, fewer letters of a divided word."""


def divided(word: str, room: int, language: str) -> tuple[str, str] | None:
    """The longest part of `word` that fits into `room` columns, its hyphen included, and the rest; None if none."""
    best: tuple[str, str] | None = None
    for at, hyphen in sorted(_breaks(word, language)):
        if at + len(hyphen) > room:
            break
        best = word[:at] + hyphen, word[at:]
    return best


def _breaks(word: str, language: str) -> set[tuple[int, str]]:
    """Positions in the word, each with the hyphen that a division there adds."""
    breaks = {(match.end(), "") for match in _COMPOUND.finditer(word)}
    for letters in _LETTERS.finditer(word):
        dictionary = _dictionary(_language_of(letters[0], language))
        if dictionary is not None:
            size = letters.end() - letters.start()
            breaks |= {
                (letters.start() + int(at), "-")
                for at in dictionary.positions(letters[0])
                if LETTERS_MIN <= int(at) <= size - LETTERS_MIN
            }
    return breaks


def _language_of(letters: str, language: str) -> str:
    """A Russian promotion keeps its own hyphens on an English slip, and an English brand on a Russian one."""
    if _CYRILLIC.search(letters):
        return "ru"
    return "en" if language == "ru" else language


@cache
def _dictionary(language: str) -> pyphen.Pyphen | None:
    found = pyphen.language_fallback(language)
    return pyphen.Pyphen(lang=found) if found else None
