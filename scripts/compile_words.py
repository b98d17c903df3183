#!/usr/bin/env python3
"""Compiles `i18n/catalogues/*.po` into the `.mo` files that are shipped. Standard library only.

Reads the part of the .po format that the catalogues use: comments, `msgid`, `msgid_plural`, `msgstr`, `msgstr[n]`
and continued strings. Anything else stops it with the line's number.
Source: the GNU gettext manual, "The Format of PO Files" and "The Format of GNU MO Files".
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from pathlib import Path

CATALOGUES = Path(__file__).resolve().parent.parent / "i18n" / "catalogues"

_KEYWORD = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[(\d)\])\s+(".*")')
_MAGIC = 0x950412DE
_HEADER = struct.Struct("<7I")
_ENTRY = struct.Struct("<2I")


class BadCatalogue(Exception):
    """A line of a .po file that cannot be read, or a message that stands twice."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


def read_po(text: str) -> dict[str, tuple[str, ...]]:
    """Each message's code with its texts: one, or one per plural form. Raises `BadCatalogue`."""
    messages: dict[str, tuple[str, ...]] = {}
    parts: dict[str, str] = {}
    field = ""

    def close(line: int) -> None:
        if not parts:
            return
        code = parts.pop("msgid")
        plural = parts.pop("msgid_plural", None)
        if code in messages:
            raise BadCatalogue(line, f"{code!r} stands twice")
        if plural not in {None, code}:
            raise BadCatalogue(line, f"msgid_plural of {code!r} must repeat its code")
        wanted = ["msgstr"] if plural is None else [f"msgstr[{form}]" for form in range(len(parts))]
        if list(parts) != wanted or not all(parts.values()):
            raise BadCatalogue(line, f"{code!r} lacks a text")
        messages[code] = tuple(parts.values())
        parts.clear()

    number = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith('"') and field:
            parts[field] += _unquoted(line, number)
            continue
        match = _KEYWORD.fullmatch(line)
        if match is None:
            raise BadCatalogue(number, "is neither a comment nor a message")
        if match[1] == "msgid":
            close(number)
        elif "msgid" not in parts or match[1] in parts:
            raise BadCatalogue(number, f"{match[1]} is out of place")
        field = match[1]
        parts[field] = _unquoted(match[3], number)
    close(number)
    return messages


def write_mo(messages: dict[str, tuple[str, ...]]) -> bytes:
    """The same messages in the binary format that `gettext` reads; same messages, same bytes."""
    pairs = []
    for code, texts in messages.items():
        key = code if len(texts) == 1 else f"{code}\0{code}"
        pairs.append((key.encode(), "\0".join(texts).encode()))
    pairs.sort()
    keys_at = _HEADER.size
    texts_at = keys_at + _ENTRY.size * len(pairs)
    at = texts_at + _ENTRY.size * len(pairs)
    tables = [b"", b""]
    data = b""
    for column in range(2):
        for pair in pairs:
            tables[column] += _ENTRY.pack(len(pair[column]), at + len(data))
            data += pair[column] + b"\0"
    return _HEADER.pack(_MAGIC, 0, len(pairs), keys_at, texts_at, 0, at) + tables[0] + tables[1] + data


def _unquoted(text: str, line: int) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError) as error:
        raise BadCatalogue(line, "has a string that does not end") from error
    return str(value)


def main() -> int:
    """Compiles every catalogue; 1 and a line of why when one cannot be read."""
    for source in sorted(CATALOGUES.glob("*.po")):
        try:
            compiled = write_mo(read_po(source.read_text(encoding="utf-8")))
        except BadCatalogue as error:
            print(f"{source}, {error}", file=sys.stderr)
            return 1
        source.with_suffix(".mo").write_bytes(compiled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
