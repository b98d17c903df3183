"""Appending a sale to the ledger, against a bare SQLite transaction that inserts exactly the same rows.

A register sells, through its use case. What it stored is then written again, in turns: into a new ledger through
`LedgerWriter`, and as plain rows into a file with the same tables, pragmas and disk.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from agent.stores.database import connect_reader, connect_writer, migrate
from agent.stores.schema import ledger as ledger_migrations
from benchmarks.figures import Baseline, Figure, Sample, Scale, steady, timed_ms
from benchmarks.recorded import LINES, SecondLedger, Statement, Stored, record
from benchmarks.small import MEMBERS

TARGET = 0.9
WARM_UP = 40
BLOCK = 20
"""Sales whose median times are compared: one slow fsync says nothing."""


@dataclass(slots=True)
class _Times:
    """Milliseconds of each sale."""

    prepare: list[float] = field(default_factory=list)
    append: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Append at least 0.9 of a bare transaction; and what preparing an entry costs."""
    stored = record(folder / "recorded", WARM_UP + max(scale.rounds, BLOCK))
    with closing(SecondLedger(folder / "recorded", folder / "ours.db")) as ledger:
        times = _in_turns(stored, ledger, folder / "bare.db")
    _same(folder / "ours.db", folder / "bare.db")
    bare = Baseline("bare transaction of the same rows", Sample(tuple(times.bare)))
    appended = _throughput(times.bare, times.append)
    whole = _throughput(times.bare, [sum(both) for both in zip(times.prepare, times.append, strict=True)])
    return [
        Figure(
            "ledger append: throughput against the bare transaction",
            f"≥ {TARGET}",
            appended,
            bare,
            appended.median >= TARGET,
            unit="×",
            note=f"{median(times.append):.3f} ms; {LINES} lines, member, points spent and earned, slip",
        ),
        Figure(
            "the same with what is computed before the transaction",
            "–",
            whole,
            bare,
            None,
            unit="×",
            note=f"posting, canonical form, hash, compression: {median(times.prepare):.3f} ms",
        ),
    ]


def _in_turns(entries: list[Stored], ledger: SecondLedger, bare_file: Path) -> _Times:
    """Every entry through our ledger and bare; those before the sales, and the first sales, do not count."""
    times = _Times()
    with closing(connect_writer(bare_file, synchronous="FULL")) as bare, steady():
        migrate(bare, ledger_migrations)
        for number, stored in enumerate(entries):
            insert = partial(_insert, bare, stored.statements)
            # Whoever comes second finds the disk's queue emptied by the first.
            if number % 2:
                times.bare.append(timed_ms(insert))
            prepare_ms, append_ms = ledger.write(stored, perf_counter)
            times.prepare.append(prepare_ms)
            times.append.append(append_ms)
            if not number % 2:
                times.bare.append(timed_ms(insert))
    counted = slice(MEMBERS + WARM_UP, None)
    return _Times(times.prepare[counted], times.append[counted], times.bare[counted])


def _throughput(bare: list[float], ours: list[float]) -> Sample:
    blocks = [slice(start, start + BLOCK) for start in range(0, len(ours), BLOCK)]
    return Sample(tuple(median(bare[block]) / median(ours[block]) for block in blocks))


def _insert(connection: sqlite3.Connection, statements: tuple[Statement, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, row in statements:
        connection.execute(statement, row)
    connection.execute("COMMIT")


def _same(ours: Path, bare: Path) -> None:
    """Both files must hold the same, or the baseline was another work."""
    with closing(connect_reader(ours)) as one, closing(connect_reader(bare)) as other:
        for what in (
            "SELECT * FROM entry",
            "SELECT * FROM lot",
            "SELECT * FROM tally",
            "SELECT * FROM slip",
            "SELECT * FROM receipt",
            "SELECT * FROM pos_key",
            "SELECT * FROM answer",
        ):
            assert one.execute(what).fetchall() == other.execute(what).fetchall(), what
