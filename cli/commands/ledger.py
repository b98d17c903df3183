"""`kopilka ledger`: reading the register's entries, proving them whole, and mending their file."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.configuration import DEFAULT_CONFIG, Config, Json, Place, act_as_register, place_of, settings_of
from cli.errors import Exit, NoLedger
from cli.output import complain, counted, document, json_line, say, table, waiting

if TYPE_CHECKING:
    from agent.stores.readings import LedgerReadings

app = typer.Typer(help="The register's entries: read them, prove them whole, mend their file.", no_args_is_help=True)

TAIL_DEFAULT = 20
TAIL_MAX = 500
LOOK_EVERY_S = 0.5
BROKEN = (
    "Stop the register (systemctl stop kopilka), keep ledger.db, and restore the newest backup; "
    "`kopilka ledger export --out FILE` saves the entries that still follow from one another"
)


@app.command()
def tail(
    number: Annotated[
        int, typer.Option("-n", "--number", min=1, max=TAIL_MAX, help="How many entries.")
    ] = TAIL_DEFAULT,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new entries until Ctrl-C.")] = False,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Show the newest entries, oldest first. Points are in each wallet's smallest unit."""
    from cli.ledger.export import entry_line
    from cli.ledger.rows import entry_rows
    from loyalty.ledger.entry import write_entry

    readings = _readings(place_of(config))

    def show(count: int) -> None:
        entries = readings.entries(limit=count)[::-1]
        if as_json:
            for stored in entries:
                json_line(entry_line(write_entry(stored.entry), stored.hash))
        else:
            table(entry_rows(entries, decimals=_decimals(readings)), right=frozenset({0, 5}))

    seen = readings.count()
    show(number)
    while follow:
        time.sleep(LOOK_EVERY_S)
        newest = readings.count()
        if newest > seen:
            missed = newest - seen - TAIL_MAX
            if missed > 0:
                complain(f"{counted(missed, 'entry', 'entries')} came too fast to be shown here")
            show(min(newest - seen, TAIL_MAX))
            seen = newest


@app.command()
def verify(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Walk the whole chain and post every balance anew. Ends with 1 where anything differs."""
    from agent.errors import LedgerDamaged
    from agent.stores.verification import verify_ledger

    readings = _readings(place_of(config))
    try:
        with waiting("walking the chain"):
            verdict = verify_ledger(readings)
    except LedgerDamaged as error:
        if as_json:
            document({"whole": False, "complaint": error.message})
        complain(f"{error.message}. {BROKEN}")
        raise typer.Exit(Exit.FOUND_WRONG) from error
    whole = verdict.complaint is None
    if as_json:
        document(
            {
                "whole": whole,
                "register": verdict.register,
                "epoch": verdict.epoch,
                "entries": verdict.entries,
                "head": verdict.head.hex(),
                "members": verdict.members,
                "complaint": verdict.complaint,
            }
        )
    else:
        entries = counted(verdict.entries, "entry", "entries")
        members = counted(verdict.members, "member", "members")
        found = f"chain whole, balances of {members} right" if whole else "and no more follow from one another"
        say(f"{verdict.register}, epoch {verdict.epoch}: {entries}, {found}")
        say(f"head {verdict.head.hex()}")
    if not whole:
        complain(f"the ledger is broken: {verdict.complaint}. {BROKEN}")
        raise typer.Exit(Exit.FOUND_WRONG)


@app.command()
def export(
    out: Annotated[
        Path | None, typer.Option("--out", help="A new file; standard output where none is named.", metavar="FILE")
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write every entry with its hash, a JSON line each. docs/ledger.md shows how to check them with SHA-256 alone."""
    import os

    from cli.files import new_private_file
    from cli.ledger.export import export as export_to

    readings = _readings(place_of(config))
    if out is None:
        exported = export_to(readings, sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
    else:
        with waiting("exporting"), new_private_file(out) as stream:
            exported = export_to(readings, stream.write)
            stream.flush()
            os.fsync(stream.fileno())
        say(f"{out}: {counted(exported.entries, 'entry', 'entries')}")
    if exported.complaint is not None:
        complain(f"the ledger could not be read beyond entry {exported.entries}: {exported.complaint}. {BROKEN}")
        raise typer.Exit(Exit.FOUND_WRONG)


@app.command()
def rebuild(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Make ledger.db anew after a disk fault, with the daemon stopped. The old file is kept beside it."""
    from datetime import UTC, datetime

    from agent.instance import InstanceLock
    from cli.folder import Folder
    from cli.ledger.rebuild import rebuild as rebuild_file

    data = settings_of(config).data
    act_as_register(data)
    now = datetime.now(UTC)
    lock = InstanceLock(data, since=now)
    try:
        with waiting("rebuilding"):
            rebuilt = rebuild_file(Folder(data).ledger, at=now)
    finally:
        lock.release()
    if as_json:
        document({"entries": rebuilt.verdict.entries, "head": rebuilt.verdict.head.hex(), "kept": str(rebuilt.kept)})
        return
    say(f"ledger.db is new: {counted(rebuilt.verdict.entries, 'entry', 'entries')}, chain whole")
    say(f"head {rebuilt.verdict.head.hex()}")
    say(f"the old file is {rebuilt.kept}")
    say("Compare the newest entry with the last receipt (kopilka ledger tail), then: systemctl start kopilka")


def _readings(place: Place) -> "LedgerReadings":
    from agent.stores.readings import LedgerReadings

    if not place.folder.ledger.exists():
        raise NoLedger(
            f"{place.folder.ledger} is not there", "The register makes it when it first starts: systemctl start kopilka"
        )
    return LedgerReadings(place.folder.ledger)


def _decimals(readings: "LedgerReadings") -> int:
    """Of the register's currency, as its newest receipt has them; two before there is one."""
    receipts = readings.receipts(1)
    return receipts[0].decimals if receipts else 2
