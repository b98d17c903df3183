"""The ledger's file and the newest links of its chain, the SQLite under it, and slips that need a person."""

import sqlite3
from collections.abc import Iterator

import zstandard

from agent.clock import moment
from agent.errors import AgentError
from agent.stores.database import quick_check
from agent.stores.readings import LedgerReadings
from agent.stores.verification import identity
from cli.doctor.findings import Finding, fail, ok, warn
from cli.folder import Folder
from cli.output import counted
from loyalty.errors import LoyaltyError
from loyalty.ledger import chain
from loyalty.ledger.entry import EntryTime, write_entry

BROKEN = "Stop the register, keep the file, run `kopilka ledger verify`; docs/ledger.md says how to go on"
RACE_FIRST = (3, 7, 0)
RACE_FIXED = (3, 51, 3)
RACE_BACKPORTS = ((3, 44, 6), (3, 50, 7))
"""SQLite's WAL-reset race: two connections that write or checkpoint could lose a commit."""


def check_ledger(folder: Folder) -> Iterator[Finding]:
    """The file as SQLite sees it, the chain's head, the spool."""
    if not folder.ledger.exists():
        yield ok("ledger", "none yet; it is made when the register first starts")
        return
    readings = LedgerReadings(folder.ledger)
    try:
        with readings.reading() as connection:
            found = quick_check(connection)
        if found != "ok":
            yield fail("ledger", f"the file is damaged ({found})", BROKEN)
            return
        yield _head(readings)
        yield _spool(readings)
    except (AgentError, LoyaltyError, zstandard.ZstdError) as error:
        yield fail("ledger", getattr(error, "message", str(error)), BROKEN)


def check_sqlite(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> Finding:
    """Why the WAL-reset race cannot lose a commit here: a fixed library, or the one writer."""
    named = "SQLite " + ".".join(map(str, version))
    fixed = (
        version < RACE_FIRST
        or version >= RACE_FIXED
        or any(version[:2] == backport[:2] and version >= backport for backport in RACE_BACKPORTS)
    )
    if fixed:
        return ok("sqlite", f"{named}, without the WAL-reset race")
    return ok("sqlite", f"{named} has the WAL-reset race; harmless here, where one connection writes and checkpoints")


def newest_time(folder: Folder) -> EntryTime | None:
    """When the newest entry was written, None where there is none or it cannot be read."""
    if not folder.ledger.exists():
        return None
    try:
        newest = LedgerReadings(folder.ledger).entries(limit=1)
    except (AgentError, LoyaltyError, zstandard.ZstdError):
        return None
    return newest[0].entry.time if newest else None


def _head(readings: LedgerReadings) -> Finding:
    newest = readings.entries(limit=2)
    if not newest:
        return ok("ledger", "sound, no entry yet")
    last = newest[0]
    if len(newest) > 1:
        before = newest[1].hash
    else:
        with readings.reading() as connection:
            register, epoch, previous_head = identity(connection)
        before = chain.start(register=register, epoch=epoch, previous_head=previous_head)
    if chain.link(before, write_entry(last.entry)) != last.hash:
        return fail("ledger", f"entry {last.entry.seq} has another hash than its bytes", BROKEN)
    at = moment(last.entry.time.rule_ms).astimezone()
    entries = counted(last.entry.seq, "entry", "entries")
    return ok("ledger", f"sound, {entries}, the newest of {at:%Y-%m-%d %H:%M}, its hash right")


def _spool(readings: LedgerReadings) -> Finding:
    states = readings.slip_states()
    unsure = states.get("sent_unconfirmed", 0)
    waiting = sum(states.values()) - unsure
    if unsure:
        return warn(
            "slips",
            f"{counted(unsure, 'slip', 'slips')} may have printed or not",
            "Look at the paper; reprint or discard each at the cashier's page",
        )
    if waiting:
        return warn("slips", f"{counted(waiting, 'slip', 'slips')} waiting", "See the printer below")
    return ok("slips", "none waiting")
