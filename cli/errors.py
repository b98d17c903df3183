"""What stops a command, in one line each, and how the command then ends.

CliError(what, todo, details)
├── NoFile               a file that was named cannot be read or written
├── BadTime              an instant that is not RFC 3339 with its offset
├── WrongUser            the register's data belong to another account
├── NotRunning           the daemon is not there, still starting, or does not answer
├── Declined             the daemon, or we, refuse to do it; nothing was changed
└── NoLedger             the register has no ledger yet, or none that can be read

Errors of `agent`, `loyalty`, `drivers` and `slips` get their exit code in `ending_of`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.errors import BadSettings


START = "Start it with: systemctl start kopilka"


class Exit(IntEnum):
    """How a command ends; docs/cli.md explains each to store IT. 2 is also what the command line's parser uses."""

    DONE = 0
    FOUND_WRONG = 1
    USAGE = 2
    REFUSED = 3
    NOT_RUNNING = 4
    LEDGER = 5
    FAULT = 70


class CliError(Exception):
    """The root of the tree above. `what` is wrong; `todo` says what to do; `details` are further lines, if any."""

    exit = Exit.REFUSED

    def __init__(self, what: str, todo: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(what, todo, details)
        self.what = what
        self.todo = todo
        self.details = details

    def __str__(self) -> str:
        return f"{self.what}. {self.todo}"


class NoFile(CliError):
    """A file that was named cannot be read or written."""

    exit = Exit.USAGE


class BadTime(CliError):
    """An instant that is not RFC 3339 with its offset."""

    exit = Exit.USAGE


class WrongUser(CliError):
    """The register's data belong to another account."""


class NotRunning(CliError):
    """The daemon is not there, still starting, or does not answer."""

    exit = Exit.NOT_RUNNING


class Declined(CliError):
    """Refused; nothing was changed. `details` name each problem."""


class NoLedger(CliError):
    """The register has no ledger yet, or none that can be read."""

    exit = Exit.LEDGER


@dataclass(frozen=True, slots=True)
class Ending:
    """What is said of an error, a line each, and the exit code."""

    lines: tuple[str, ...]
    exit: Exit


def ending_of(error: Exception) -> Ending | None:
    """How a command ends by that error; None for a fault of ours, which deserves its traceback."""
    if isinstance(error, CliError):
        return Ending((str(error), *error.details), error.exit)
    # Imported here: most commands never pay for the errors of rooms that they do not use.
    from agent.errors import AgentError, BadSettings, LedgerUnavailable
    from drivers.errors import DriverError
    from loyalty.errors import BadDocument, LoyaltyError
    from slips.errors import SlipError

    match error:
        case BadSettings():
            return Ending(settings_lines(error), Exit.FOUND_WRONG)
        case LedgerUnavailable():
            return Ending((str(error),), Exit.LEDGER)
        case AgentError():
            return Ending((str(error),), Exit.REFUSED)
        case BadDocument():
            return Ending(tuple(f"{error.what}: {problem}" for problem in error.problems), Exit.FOUND_WRONG)
        case LoyaltyError() | DriverError() | SlipError():
            return Ending((str(error),), Exit.FOUND_WRONG)
        case OSError(strerror=str() as why, filename=file):
            where = f"{file}: {why}" if file else f"the system refuses: {why}"
            return Ending((f"{where}. Check permissions, the free space (df) and the disk (dmesg)",), Exit.REFUSED)
        case _:
            return None


def settings_lines(error: "BadSettings") -> tuple[str, ...]:
    """Each problem of a configuration file on a line of its own."""
    file = error.message.partition(": ")[0]
    return tuple(f"{file}: {path}: {why}" if path else f"{file}: {why}" for path, why in error.problems)
