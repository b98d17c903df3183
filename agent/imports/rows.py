"""Reading CSV and JSON files row by row, so that a million members need no million rows of memory."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.errors import ImportRefused

FIELD_CHARACTERS_MAX = 65_536
JSON_BYTES_MAX = 33_554_432
"""Decoding takes seven times as much memory; CSV is read row by row."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file by its number, as a person counts them: a CSV's header is row 1, a JSON list starts at 1."""

    number: int
    fields: Mapping[str, Any]
    torn: bool = False
    """The row has more or fewer fields than the header."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not imported, and why."""

    number: int
    why: str


class BadRow(Exception):
    """A row that cannot be imported; the others can. The message says why."""


def read_rows(data: bytes, *, name: str) -> Iterator[FileRow]:
    """Rows of a CSV file with a header (UTF-8, comma or semicolon), or of a JSON list of objects.

    Raises `ImportRefused` for a file that is neither.
    """
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        yield from _json_rows(data, name)
    else:
        yield from _csv_rows(data, name)


def text(fields: Mapping[str, Any], name: str, *, length_max: int = 128) -> str:
    """A required text. Raises `BadRow`."""
    value = optional_text(fields, name, length_max=length_max)
    if value is None:
        message = f"{name} is empty"
        raise BadRow(message)
    return value


def optional_text(fields: Mapping[str, Any], name: str, *, length_max: int = 128) -> str | None:
    """A text, None where it is absent or empty. Raises `BadRow`."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        message = f"{name} is not text: write codes in quotes, leading zeros count"
        raise BadRow(message)
    if len(value) > length_max:
        message = f"{name} is longer than {length_max} characters"
        raise BadRow(message)
    return value.strip() or None


def _csv_rows(data: bytes, name: str) -> Iterator[FileRow]:
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    try:
        header = stream.readline()
        delimiter = ";" if header.count(";") > header.count(",") else ","
        stream.seek(0)
        reader = csv.DictReader(stream, delimiter=delimiter, strict=True)
        for row in reader:
            yield FileRow(reader.line_num, row, torn=None in row or None in row.values())
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportRefused(
            f"{name} stops being CSV in UTF-8 ({error})",
            hint="Save it as CSV UTF-8 and import it again: the rows before are in already, and are not doubled",
        ) from error


def _json_rows(data: bytes, name: str) -> Iterator[FileRow]:
    if len(data) > JSON_BYTES_MAX:
        raise ImportRefused(f"{name} is larger than {JSON_BYTES_MAX} bytes", hint="Use CSV for a file of that size")
    try:
        document = json.loads(data)
    except ValueError as error:
        raise ImportRefused(f"{name} is not JSON ({error})", hint="Correct the file and try again") from error
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise ImportRefused(f"{name} is not a list of objects", hint="docs/import.md shows the form")
    for number, row in enumerate(document, start=1):
        yield FileRow(number, row)
