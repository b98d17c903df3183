"""What can be wrong with what the pure centre is given.

LoyaltyError
├── BadAmount(text, why)             not a plain decimal with few enough decimals
├── BadDocument(problems)            a basket, facts or programme: every problem with its path and code
├── NotCanonical(path, why)          a value that canonical JSON refuses: a float, a huge integer, a non-ASCII key
├── BrokenChain(seq, why)            an entry that does not follow from the one before it
├── UnbalancedAccount(member, why)   effects that would take a lot or a balance below zero
└── UnknownEntryFormat(format)       an entry of a format this release cannot read
"""

from dataclasses import dataclass


class LoyaltyError(Exception):
    """The root of the tree above."""


class BadAmount(LoyaltyError):
    """A decimal string that cannot be read exactly."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"{text!r} {why}")
        self.text = text
        self.why = why


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document. `path` is a JSON path such as `lines[3].price`; `code` is stable."""

    path: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or '(document)'}: {self.message}"


class BadDocument(LoyaltyError):
    """A document with one or more problems; all of them are reported at once."""

    def __init__(self, what: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{what}: " + "; ".join(str(problem) for problem in problems))
        self.what = what
        self.problems = problems


class NotCanonical(LoyaltyError):
    """A value outside the guards of canonical JSON."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path or '(value)'}: {why}")
        self.path = path
        self.why = why


class BrokenChain(LoyaltyError):
    """An entry that does not follow from the one before it."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"entry {seq}: {why}")
        self.seq = seq
        self.why = why


class UnbalancedAccount(LoyaltyError):
    """Effects that would take a member's lot or balance below zero."""

    def __init__(self, member: str, why: str) -> None:
        super().__init__(f"member {member}: {why}")
        self.member = member
        self.why = why


class UnknownEntryFormat(LoyaltyError):
    """An entry written by a release that this one cannot read."""

    def __init__(self, entry_format: object) -> None:
        super().__init__(f"entry format {entry_format!r} is not known to this release; install a newer one")
        self.entry_format = entry_format
