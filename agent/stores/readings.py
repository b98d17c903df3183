"""What people read of ledger.db: lists, histories, counts. Never writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from agent.stores import accounts
from agent.stores.database import connect_reader, ledger_errors
from agent.stores.receipts import RECEIPT_COLUMNS, ReceiptRow, receipt_row
from agent.stores.spool import SLIP_COLUMNS, slip_key
from loyalty.ledger.entry import Entry, read_entry
from loyalty.ledger.posting import Account

LIST_MAX = 500


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with the hash stored beside it."""

    entry: Entry
    hash: bytes


class LedgerReadings:
    """Opens the file read-only for each question, so that it works beside the daemon and without it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for one question. Raises like `ledger_errors`."""
        with ledger_errors(self._file):
            connection = connect_reader(self._file)
            try:
                yield connection
            finally:
                connection.close()

    def receipts(self, limit: int) -> list[ReceiptRow]:
        """The newest receipts first."""
        with self.reading() as connection:
            rows = connection.execute(
                f"{RECEIPT_COLUMNS} ORDER BY epoch DESC, seq DESC LIMIT ?", (min(limit, LIST_MAX),)
            ).fetchall()
        return [receipt_row(row) for row in rows]

    def entries(self, *, limit: int, member: str | None = None) -> list[StoredEntry]:
        """The newest entries first, of one member or of all."""
        with self.reading() as connection:
            if member is None:
                rows = connection.execute(
                    "SELECT hash, body FROM entry ORDER BY epoch DESC, seq DESC LIMIT ?", (min(limit, LIST_MAX),)
                ).fetchall()
            else:
                rows = connection.execute(
                    "SELECT hash, body FROM entry WHERE member = ? ORDER BY epoch DESC, seq DESC LIMIT ?",
                    (member, min(limit, LIST_MAX)),
                ).fetchall()
        unpack = zstandard.ZstdDecompressor()
        return [StoredEntry(read_entry(unpack.decompress(body)), digest) for digest, body in rows]

    def account(self, member: str) -> Account:
        """The member's account as this register's own ledger has it."""
        with self.reading() as connection:
            return accounts.load(connection, member)

    def count(self) -> int:
        """How many entries the current epoch has: its last number."""
        with self.reading() as connection:
            row = connection.execute(
                "SELECT seq FROM entry WHERE epoch = (SELECT epoch FROM identity) ORDER BY seq DESC LIMIT 1"
            ).fetchone()
        return row[0] if row else 0

    def slip_states(self) -> dict[str, int]:
        """How many slips wait or need a person, by state."""
        with self.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT state, count(*) FROM slip"
                    " WHERE state IN ('queued', 'claimed', 'sending', 'sent_unconfirmed') GROUP BY state"
                ).fetchall()
            )

    def slip_outcomes(self) -> dict[tuple[str, str | None], int]:
        """How many slips are in which state, by which tier of evidence (None where nothing was proved)."""
        with self.reading() as connection:
            rows = connection.execute("SELECT state, evidence, count(*) FROM slip GROUP BY state, evidence").fetchall()
        return {(state, evidence): count for state, evidence, count in rows}

    def slips(self, limit: int) -> list[tuple[Any, ...]]:
        """The newest slips first, as rows of `SLIP_COLUMNS`."""
        with self.reading() as connection:
            return connection.execute(f"{SLIP_COLUMNS} ORDER BY id DESC LIMIT ?", (min(limit, LIST_MAX),)).fetchall()

    def slips_of(self, receipts: list[ReceiptRow]) -> dict[tuple[int, int], tuple[int, str]]:
        """Epoch and number of a sale → id and state of its slip, where it has one."""
        found: dict[tuple[int, int], tuple[int, str]] = {}
        with self.reading() as connection:
            for receipt in receipts[:LIST_MAX]:
                key = slip_key(receipt.epoch, receipt.seq)
                row = connection.execute("SELECT id, state FROM slip WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    found[receipt.epoch, receipt.seq] = row
        return found
