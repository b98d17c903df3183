"""The ledger as JSON lines that anybody can check with SHA-256 alone. docs/ledger.md has the formula and a checker."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import zstandard

from agent.stores.readings import LedgerReadings
from agent.stores.verification import identity, links
from loyalty.canonical import canonical
from loyalty.ledger import chain

FORMAT = "kopilka.chain/1"


@dataclass(frozen=True, slots=True)
class Exported:
    """How many entries were written. `complaint` says what stopped the reading, None where all were read."""

    entries: int
    complaint: str | None = None


def export(readings: LedgerReadings, write: Callable[[bytes], object]) -> Exported:
    """Writes one snapshot line by line: a first line that says whose chain it is, then an entry a line with its hash.

    Each entry stands in its canonical bytes, between `{"entry":` and `,"hash":`. What can be read of a damaged ledger
    is written. Raises `LedgerUnavailable` where nothing can be.
    """
    entries = 0
    with readings.reading() as connection:
        connection.execute("BEGIN")
        register, epoch, previous_head = identity(connection)
        start = chain.start(register=register, epoch=epoch, previous_head=previous_head)
        named = {"chain": FORMAT, "register": register, "epoch": epoch, "previous_head": previous_head.hex()}
        write(canonical({**named, "start": start.hex()}) + b"\n")
        stored = links(connection, epoch)
        while True:
            try:
                link = next(stored, None)
            except (sqlite3.Error, zstandard.ZstdError) as error:
                return Exported(entries, str(error))
            if link is None:
                return Exported(entries)
            _, data, digest = link
            write(entry_line(data, digest))
            entries += 1


def entry_line(data: bytes, digest: bytes) -> bytes:
    """One entry's line: its canonical bytes and its hash."""
    return b'{"entry":%b,"hash":"%b"}\n' % (data, digest.hex().encode())
