"""Rebuilding ledger.db after a disk fault: a fresh copy, checked from its first entry, put in place of the old file.

Source of the order: after a failed write or fsync the page cache is not to be trusted (Rebello et al., ATC 2020), so
the copy is made by a process that has just started, and nothing is replaced before the copy is whole on the disk.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.errors import LedgerDamaged
from agent.stores.database import connect_reader, connect_writer, ledger_errors, quick_check
from agent.stores.readings import LedgerReadings
from agent.stores.verification import ChainVerdict, verify_ledger
from cli.errors import NoLedger
from cli.files import sync_folder

REBUILDING = ".rebuilding"
SIDES = ("-wal", "-shm", "-journal")
GIVE_UP = (
    "Nothing was replaced. `kopilka ledger export --out FILE` saves the entries that still follow from one another; "
    "restore the newest backup of the data folder, and keep this file"
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A rebuild that is in place: what its chain is, and where the old file lies."""

    verdict: ChainVerdict
    kept: Path


def rebuild(file: Path, *, at: datetime) -> Rebuilt:
    """Copies, checks, replaces. The caller holds the instance lock. `at` names the old file that is kept.

    Raises `NoLedger`; `LedgerUnavailable` where the file cannot be copied whole or its chain is not: the old one stays.
    """
    if not file.exists():
        raise NoLedger(f"{file} is not there", "Restore it from a backup, or start the register to begin a new one")
    fresh = file.with_name(file.name + REBUILDING)
    _remove(fresh)
    try:
        _fold_in_wal(file)
        _copy(file, fresh)
        verdict = _checked(fresh)
        kept = file.with_name(f"{file.name}.before-{at:%Y%m%dT%H%M%SZ}")
        os.link(file, kept)
        for side in SIDES:
            file.with_name(file.name + side).unlink(missing_ok=True)
        sync_folder(file.parent)
        fresh.replace(file)
        sync_folder(file.parent)
    finally:
        _remove(fresh)
    return Rebuilt(verdict, kept)


def _fold_in_wal(file: Path) -> None:
    """Empties the WAL into its file: one left beside the new file would be replayed over it."""
    try:
        with closing(connect_writer(file, synchronous="FULL")) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise LedgerDamaged(f"{file} cannot be opened to be copied ({error})", hint=GIVE_UP) from error
    wal = file.with_name(f"{file.name}-wal")
    if busy or (wal.exists() and wal.stat().st_size):
        raise LedgerDamaged(f"{wal} could not be emptied: another program reads the ledger", hint="Stop it, try again")


def _copy(file: Path, fresh: Path) -> None:
    with ledger_errors(file):
        try:
            with closing(connect_reader(file)) as connection:
                connection.execute("VACUUM INTO ?", (str(fresh),))
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
                raise
            raise LedgerDamaged(f"{file} cannot be copied whole ({error})", hint=GIVE_UP) from error
    fresh.chmod(0o600)
    descriptor = os.open(fresh, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(fresh: Path) -> ChainVerdict:
    with ledger_errors(fresh), closing(connect_reader(fresh)) as connection:
        found = quick_check(connection)
    if found != "ok":
        raise LedgerDamaged(f"the copy is not sound ({found})", hint=GIVE_UP)
    verdict = verify_ledger(LedgerReadings(fresh))
    if verdict.complaint is not None:
        raise LedgerDamaged(
            f"only the first {verdict.entries} entries of the copy follow from one another ({verdict.complaint})",
            hint=GIVE_UP,
        )
    return verdict


def _remove(fresh: Path) -> None:
    for leftover in (fresh, *(fresh.with_name(fresh.name + side) for side in SIDES)):
        leftover.unlink(missing_ok=True)
