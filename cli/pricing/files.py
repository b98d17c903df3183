"""Programmes, baskets and facts from files, for commands that need no register."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from agent.zones import in_its_zone
from cli.errors import BadTime
from cli.files import read_named
from loyalty.basket import Basket
from loyalty.documents.basket import read_basket
from loyalty.documents.facts import read_facts
from loyalty.errors import BadDocument
from loyalty.member import GUEST, Facts
from loyalty.programme.compile import CompiledProgramme
from loyalty.programme.document import decode, walk
from loyalty.programme.read import BYTES_MAX, read_programme

Read = TypeVar("Read")

DOCUMENT_BYTES_MAX = 16_777_216
STORE = "store"
REGISTER = "register"
"""Who a basket is priced for where it does not say."""


def programme_in(file: Path) -> CompiledProgramme:
    """The programme in `file`, ready to run. Raises `NoFile`, `BadDocument` with every problem and its path."""
    return in_its_zone(read_programme(read_named(file, bytes_max=BYTES_MAX)))


def basket_in(file: Path, compiled: CompiledProgramme) -> Basket:
    """The basket in `file`. Raises `NoFile`, `BadDocument`."""
    return _read(
        file, "basket", lambda decoded: read_basket(decoded, compiled=compiled, store=STORE, register=REGISTER)
    )


def facts_in(file: Path | None, compiled: CompiledProgramme) -> Facts:
    """The facts in `file`, a guest's where none is named. Raises `NoFile`, `BadDocument`."""
    return GUEST if file is None else _read(file, "facts", lambda decoded: read_facts(decoded, compiled))


def instant_of(text: str | None) -> datetime:
    """RFC 3339 as aware UTC; now where there is none. Raises `BadTime`."""
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadTime(f"{text} is no instant", "Write it like 2026-11-22T19:04:00+03:00") from error
    if at.tzinfo is None:
        raise BadTime(f"{text} says no offset", "Write it like 2026-11-22T19:04:00+03:00, or end it in Z for UTC")
    return at.astimezone(UTC)


def _read(file: Path, what: str, read: Callable[[object], Read]) -> Read:
    """A JSON file read by `read`, what no document may contain reported together with what this one lacks."""
    decoded, broken = decode(read_named(file, bytes_max=DOCUMENT_BYTES_MAX))
    if broken:
        raise BadDocument(what, broken)
    broken = tuple(walk(decoded))
    named = {problem.path for problem in broken}
    try:
        value = read(decoded)
    except BadDocument as error:
        others = tuple(problem for problem in error.problems if problem.path not in named)
        raise BadDocument(what, (*broken, *others)) from error
    if broken:
        raise BadDocument(what, broken)
    return value
