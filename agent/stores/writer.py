"""What the holder of the ledger may do: append entries, remember keys, list receipts, and read what it stands on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import zstandard

from agent.errors import LedgerDamaged
from agent.stores import accounts
from agent.stores.database import LEDGER_HINT, commit_failure
from agent.stores.keys import Memory, PosKey, Seen, SeenDifferently
from agent.stores.receipts import RECEIPT_COLUMNS, ReceiptRow, receipt_row
from loyalty.errors import UnknownEntryFormat
from loyalty.ledger import chain
from loyalty.ledger.effects import Effect
from loyalty.ledger.entry import Entry, EntryTime, Facts, read_entry, write_entry
from loyalty.ledger.posting import Account, post

WITNESSES_MAX = 10_000
"""So many flagged entries in a row, days of them, are looked through for the last one that was not."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next entry goes."""

    register: str
    epoch: int
    seq: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an entry went, the chain's new head, and the member's account afterwards."""

    register: str
    epoch: int
    seq: int
    hash: bytes
    account: Account | None


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An entry in its final form, not yet written: everything is computed before the transaction that stores it.

    `appended` is what writing it will answer, `row` and `changes` are what will be written.
    """

    appended: Appended
    row: tuple[Any, ...]
    changes: accounts.Changes


class LedgerWriter:
    """What the holder of the ledger may do. Only inside `LedgerStore.exclusive()`."""

    def __init__(self, connection: sqlite3.Connection, identity: tuple[str, int, bytes]) -> None:
        self.connection = connection
        self._register, self._epoch, self._previous_head = identity
        self._next: Place | None = None
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._decompressor = zstandard.ZstdDecompressor()

    @property
    def epoch(self) -> int:
        """The chain's current epoch."""
        return self._epoch

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when the block ends. Raises `LedgerUnsure` where the commit itself failed."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            try:
                self.connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise commit_failure(error) from error
        except BaseException:
            self._next = None
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def place(self) -> Place:
        """Where the next entry goes; stays true while this caller holds the ledger and appends nothing."""
        if self._next is None:
            self._next = self._place()
        return self._next

    def _place(self) -> Place:
        row = self.connection.execute(
            "SELECT seq, hash FROM entry WHERE epoch = ? ORDER BY seq DESC LIMIT 1", (self._epoch,)
        ).fetchone()
        if row is None:
            return Place(self._register, self._epoch, chain.FIRST_SEQ, self._start())
        return Place(self._register, self._epoch, row[0] + 1, row[1])

    def prepare(
        self,
        place: Place,
        *,
        time: EntryTime,
        facts: Facts,
        member: str | None,
        effects: tuple[Effect, ...],
        before: Account | None = None,
    ) -> PreparedEntry:
        """The entry at `place` with its hash, and the account that its effects leave. Nothing is written yet.

        `before` is the account as this holder of the ledger has read it; without it, it is read here.
        Raises `UnbalancedAccount` where the effects would take anything below zero, `NotCanonical`.
        """
        entry = Entry(
            register=place.register,
            epoch=place.epoch,
            seq=place.seq,
            time=time,
            member=member,
            facts=facts,
            effects=effects,
        )
        data = write_entry(entry)
        digest = chain.link(place.previous, data)
        account, changes = None, accounts.NO_CHANGES
        if member is not None:
            before = before or accounts.load(self.connection, member, effects)
            account = post(before, effects)
            changes = accounts.changes(before=before, after=account)
        return PreparedEntry(
            Appended(place.register, place.epoch, place.seq, digest, account),
            (place.epoch, place.seq, entry.kind, member, time.rule_ms, digest, self._compressor.compress(data)),
            changes,
        )

    def append(self, prepared: PreparedEntry) -> Appended:
        """Writes a prepared entry and what it changes in the member's account. Inside a transaction."""
        appended = prepared.appended
        self.connection.execute(
            "INSERT INTO entry (epoch, seq, kind, member, rule_ms, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            prepared.row,
        )
        accounts.save(self.connection, prepared.changes)
        self._next = Place(appended.register, appended.epoch, appended.seq + 1, appended.hash)
        return appended

    def account(self, member: str, effects: tuple[Effect, ...] = ()) -> Account:
        """The member's account as this ledger has it, with the empty lots that `effects` name."""
        return accounts.load(self.connection, member, effects)

    def seen(self, key: PosKey, body_hash: bytes) -> Seen | SeenDifferently | None:
        """What became of that key before."""
        row = self.connection.execute(
            "SELECT k.body_hash, k.epoch, k.seq, k.summary, a.body FROM pos_key k"
            " LEFT JOIN answer a ON a.epoch = k.epoch AND a.seq = k.seq WHERE k.id = ?",
            (key.id(),),
        ).fetchone()
        if row is None:
            return None
        stored_hash, epoch, seq, summary, answer = row
        if stored_hash != body_hash:
            return SeenDifferently(epoch, seq)
        return Seen(epoch, seq, summary, self._decompressor.decompress(answer) if answer is not None else None)

    def memory(self, key: PosKey, body_hash: bytes, *, summary: str, answer: bytes | None) -> Memory:
        """What is to be remembered of a key, ready to be written."""
        return Memory(key.id(), body_hash, summary, self._compressor.compress(answer) if answer is not None else None)

    def remember(self, memory: Memory, entry: Appended) -> None:
        """Stores the key for ever, and the answer for as long as answers are kept. Inside the entry's transaction."""
        self.connection.execute(
            "INSERT INTO pos_key (id, body_hash, epoch, seq, summary) VALUES (?, ?, ?, ?, ?)",
            (memory.key_id, memory.body_hash, entry.epoch, entry.seq, memory.summary),
        )
        if memory.packed_answer is not None:
            self.connection.execute(
                "INSERT INTO answer (epoch, seq, body) VALUES (?, ?, ?)",
                (entry.epoch, entry.seq, memory.packed_answer),
            )

    def list_receipt(self, row: ReceiptRow) -> None:
        """Adds a sale to the list of receipts. Inside the entry's transaction."""
        self.connection.execute(
            "INSERT INTO receipt (epoch, seq, key, client, member, card_masked, rule_ms, pay, decimals)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.epoch, row.seq, row.key, row.client, row.member, row.card_masked, row.rule_ms, row.pay, row.decimals),
        )

    def receipts_of(self, key: str) -> list[ReceiptRow]:
        """The receipts under that key, newest first; more than one only where several clients used it."""
        rows = self.connection.execute(
            f"{RECEIPT_COLUMNS} WHERE key = ? ORDER BY epoch DESC, seq DESC", (key,)
        ).fetchall()
        return [receipt_row(row) for row in rows]

    def mark_void(self, original: ReceiptRow, by: Appended) -> None:
        """The receipt is void from now on. Inside the void's transaction."""
        self.connection.execute(
            "UPDATE receipt SET void_seq = ? WHERE epoch = ? AND seq = ?", (by.seq, original.epoch, original.seq)
        )
        self._link_reversal(original, by)

    def mark_refund(self, original: ReceiptRow, by: Appended, *, money: int) -> None:
        """So much of the receipt was refunded. Inside the refund's transaction."""
        self.connection.execute(
            "UPDATE receipt SET refunded = refunded + ? WHERE epoch = ? AND seq = ?",
            (money, original.epoch, original.seq),
        )
        self._link_reversal(original, by)

    def reversals_of(self, original: ReceiptRow) -> list[Entry]:
        """The refunds of that sale so far, oldest first."""
        rows = self.connection.execute(
            "SELECT e.body FROM reversal r JOIN entry e ON e.epoch = r.epoch AND e.seq = r.seq"
            " WHERE r.original_epoch = ? AND r.original_seq = ? ORDER BY r.epoch, r.seq",
            (original.epoch, original.seq),
        ).fetchall()
        return [self._entry(body) for (body,) in rows]

    def entry(self, epoch: int, seq: int) -> Entry | None:
        """One entry, read back."""
        row = self.connection.execute("SELECT body FROM entry WHERE epoch = ? AND seq = ?", (epoch, seq)).fetchone()
        return self._entry(row[0]) if row else None

    def last_rule_ms(self) -> int | None:
        """The rule time of the newest entry of the current epoch."""
        row = self.connection.execute(
            "SELECT rule_ms FROM entry WHERE epoch = ? ORDER BY seq DESC LIMIT 1", (self._epoch,)
        ).fetchone()
        return row[0] if row else None

    def trusted_time(self) -> EntryTime | None:
        """The time of the newest entry that was not flagged, among the last `WITNESSES_MAX` of the current epoch."""
        query = "SELECT body FROM entry WHERE epoch = ? ORDER BY seq DESC LIMIT ?"
        with closing(self.connection.execute(query, (self._epoch, WITNESSES_MAX))) as rows:
            times = (self._entry(body).time for (body,) in rows)
            return next((time for time in times if not time.flags), None)

    def forget_answers(self, *, before_ms: int, most: int) -> int:
        """Drops the stored answers of entries older than that; their keys and summaries stay. How many went."""
        with self.transaction():
            return self.connection.execute(
                "DELETE FROM answer WHERE (epoch, seq) IN (SELECT a.epoch, a.seq FROM answer a"
                " JOIN entry e ON e.epoch = a.epoch AND e.seq = a.seq WHERE e.rule_ms < ? LIMIT ?)",
                (before_ms, most),
            ).rowcount

    def checkpoint(self) -> None:
        """Moves the WAL into the database file."""
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def head_complaint(self) -> str | None:
        """What is wrong with the newest entry, or None."""
        rows = self.connection.execute(
            "SELECT seq, hash, body FROM entry WHERE epoch = ? ORDER BY seq DESC LIMIT 2", (self._epoch,)
        ).fetchall()
        if not rows:
            return None
        seq, digest, body = rows[0]
        previous = rows[1][1] if len(rows) > 1 else self._start()
        try:
            data = self._decompressor.decompress(body)
        except zstandard.ZstdError as error:
            return f"entry {seq} does not unpack: {error}"
        return None if chain.link(previous, data) == digest else f"entry {seq} has another hash than its bytes"

    def _start(self) -> bytes:
        return chain.start(register=self._register, epoch=self._epoch, previous_head=self._previous_head)

    def _entry(self, body: bytes) -> Entry:
        try:
            return read_entry(self._decompressor.decompress(body))
        except (UnknownEntryFormat, zstandard.ZstdError) as error:
            raise LedgerDamaged(f"an entry of the ledger cannot be read ({error})", hint=LEDGER_HINT) from error

    def _link_reversal(self, original: ReceiptRow, by: Appended) -> None:
        self.connection.execute(
            "INSERT INTO reversal (original_epoch, original_seq, epoch, seq) VALUES (?, ?, ?, ?)",
            (original.epoch, original.seq, by.epoch, by.seq),
        )
