"""What a check of the doctor's says."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`warn` is worth a look and stops nothing; `fail` stops something, or will."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it is, what was found, and what to do where it is not well."""

    check: str
    state: State
    found: str
    todo: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, State.OK, found)


def warn(check: str, found: str, todo: str) -> Finding:
    """Worth a look."""
    return Finding(check, State.WARN, found, todo)


def fail(check: str, found: str, todo: str) -> Finding:
    """Something cannot work so."""
    return Finding(check, State.FAIL, found, todo)
