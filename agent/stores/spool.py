"""The spool: slips on their way to the printer, in ledger.db, so that a slip commits with its sale.

`queued → claimed → sending → printed | sent_unconfirmed | failed | expired | cancelled`. `sending` is committed
before the first byte leaves; after that a slip is never sent again by itself, because nobody knows what came out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import zstandard

from agent.clock import RuleClock, milliseconds
from agent.errors import KeyringError
from agent.events import EventBus
from agent.keyring import Keyring
from agent.stores.ledger import LedgerStore
from agent.stores.writer import LedgerWriter
from drivers.values import NotSent, Printed, PrintJob, PrintOutcome, SentUnconfirmed


class SlipState(StrEnum):
    """Where a slip is on its way."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    PRINTED = "printed"
    SENT_UNCONFIRMED = "sent_unconfirmed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


DISCARDABLE = (SlipState.QUEUED, SlipState.SENT_UNCONFIRMED, SlipState.FAILED)
UNPACKED_MAX = 4_194_304
LOOKED_AT_MAX = 100
DEADLINES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class NewSlip:
    """A slip made ready before its transaction: frozen bytes, and the document they were drawn from.

    `key` is unique for ever: the same slip queued twice is one slip. `columns` is the paper's width.
    """

    key: str
    receipt: str | None
    document: bytes
    data: bytes
    columns: int
    copy_of: int | None = None


@dataclass(frozen=True, slots=True)
class SealedSlip:
    """A slip as it will be stored, made before the transaction that stores it. `id` is the one that it will have."""

    id: int
    key: str
    receipt: str | None
    row: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A slip as lists show it. `document` is None once it was purged."""

    id: int
    key: str
    state: SlipState
    receipt: str | None
    copy_of: int | None
    queued_ms: int
    columns: int
    evidence: str | None
    detail: str
    document: bytes | None


def slip_key(epoch: int, seq: int) -> str:
    """The key of the slip of an entry: one entry, one slip."""
    return f"{epoch}/{seq}"


class SealedSlips:
    """Slips hold names and balances: they lie encrypted until they are purged."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, plain: bytes, key: str) -> bytes:
        return self._keyring.seal(zstandard.compress(plain), about=f"slip {key}")

    def unseal(self, sealed: bytes, key: str) -> bytes:
        packed = self._keyring.unseal(sealed, about=f"slip {key}")
        return zstandard.decompress(packed, max_output_size=UNPACKED_MAX)


class Spool:
    """Queues slips inside their sale's transaction and hands them to the printer's worker."""

    def __init__(
        self,
        ledger: LedgerStore,
        sealed: SealedSlips,
        clock: RuleClock,
        events: EventBus,
        *,
        time_to_live: timedelta,
    ) -> None:
        self._ledger = ledger
        self._sealed = sealed
        self._clock = clock
        self._events = events
        self._time_to_live = time_to_live
        self._wake: Callable[[], None] = lambda: None
        self._deadlines: dict[int, float] = {}

    def on_queued(self, wake: Callable[[], None]) -> None:
        """Who is woken when there is a slip to print: the printer's worker."""
        self._wake = wake

    def sealed(self, writer: LedgerWriter, slip: NewSlip) -> SealedSlip:
        """The slip ready to be stored. Before the transaction, by the same holder of the ledger."""
        (last,) = writer.connection.execute("SELECT max(id) FROM slip").fetchone()
        slip_id = (last or 0) + 1
        now_ms = self._now_ms()
        row = (
            slip_id,
            slip.key,
            SlipState.QUEUED.value,
            slip.receipt,
            slip.copy_of,
            now_ms,
            now_ms + self._time_to_live // timedelta(milliseconds=1),
            now_ms,
            self._sealed.seal(slip.document, slip.key),
            self._sealed.seal(slip.data, slip.key),
            sha256(slip.data).digest(),
            slip.columns,
        )
        return SealedSlip(slip_id, slip.key, slip.receipt, row)

    def enqueue(self, writer: LedgerWriter, sealed: SealedSlip) -> int:
        """Queues a slip; its id, the same for the same key. Inside the transaction of what it tells of."""
        inserted = writer.connection.execute(
            "INSERT INTO slip (id, key, state, receipt, copy_of, queued_ms, expires_ms, changed_ms,"
            " document, bytes, bytes_hash, columns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO NOTHING",
            sealed.row,
        )
        queued = sealed.id if inserted.rowcount else self.find_key(writer, sealed.key)
        if queued is None:
            raise LookupError(sealed.key)
        return queued

    def queued(self, sealed: SealedSlip) -> None:
        """Tells the screens and the printer, after the commit; whoever sold need not wait for the printer's turn."""
        if len(self._deadlines) < DEADLINES_MAX:
            self._deadlines[sealed.id] = self._clock.elapsed_s() + self._time_to_live.total_seconds()
        self._publish(sealed.id, SlipState.QUEUED, sealed.receipt)
        self._wake()

    def recover(self) -> None:
        """After a start: claimed slips are queued again (no byte left), half-sent ones wait for a person."""
        with self._ledger.exclusive() as writer, writer.transaction():
            writer.connection.execute(
                "UPDATE slip SET state = ? WHERE state = ?", (SlipState.QUEUED, SlipState.CLAIMED)
            )
            writer.connection.execute(
                "UPDATE slip SET state = ?, detail = ? WHERE state = ?",
                (SlipState.SENT_UNCONFIRMED, "stopped while sending", SlipState.SENDING),
            )

    def next_job(self) -> PrintJob | None:
        """Claims the oldest queued slip that is still wanted. Implements `JobSource`.

        A slip that does not open becomes `failed`, for a person to look at, and the next one is tried.
        """
        with self._ledger.exclusive() as writer:
            for slip, key, sealed, expires_ms in writer.connection.execute(
                "SELECT id, key, bytes, expires_ms FROM slip WHERE state = ? ORDER BY id LIMIT ?",
                (SlipState.QUEUED, LOOKED_AT_MAX),
            ).fetchall():
                if self._is_overdue(slip, expires_ms):
                    continue
                try:
                    job = PrintJob(str(slip), self._sealed.unseal(sealed, key))
                except (KeyringError, zstandard.ZstdError) as error:
                    with writer.transaction():
                        self._move(writer, slip, SlipState.FAILED, detail=str(error))
                    continue
                with writer.transaction():
                    self._move(writer, slip, SlipState.CLAIMED)
                return job
        return None

    def sending(self, job_id: str) -> None:
        """Commits that bytes are about to leave."""
        with self._ledger.exclusive() as writer, writer.transaction():
            self._move(writer, int(job_id), SlipState.SENDING)

    def finished(self, job_id: str, outcome: PrintOutcome) -> None:
        """Stores what became of the job; what was never sent is queued again."""
        state, evidence, detail = _after(outcome)
        if state is not SlipState.QUEUED:
            self._deadlines.pop(int(job_id), None)
        with self._ledger.exclusive() as writer, writer.transaction():
            self._move(writer, int(job_id), state, evidence=evidence, detail=detail)
        self._tell(int(job_id))

    def discard(self, slip: int) -> SlipState | None:
        """A person decides that it need not print; the state it has now, None where there is no such slip."""
        with self._ledger.exclusive() as writer, writer.transaction():
            row = writer.connection.execute("SELECT state FROM slip WHERE id = ?", (slip,)).fetchone()
            if row is None:
                return None
            state = SlipState(row[0])
            if state in DISCARDABLE:
                state = SlipState.CANCELLED
                self._move(writer, slip, state)
        self._tell(slip)
        return state

    def expire(self) -> int:
        """Slips that waited too long do not pour out when paper is put in. How many expired."""
        with self._ledger.exclusive() as writer:
            waiting = writer.connection.execute(
                "SELECT id, expires_ms FROM slip WHERE state = ? ORDER BY id", (SlipState.QUEUED,)
            ).fetchall()
            overdue = [slip for slip, expires_ms in waiting if self._is_overdue(slip, expires_ms)]
            if overdue:
                with writer.transaction():
                    for slip in overdue:
                        self._move(writer, slip, SlipState.EXPIRED)
                        self._deadlines.pop(slip, None)
        for slip in overdue:
            self._tell(slip)
        return len(overdue)

    def purge(self, *, older_than: timedelta, most: int) -> int:
        """Drops the contents of finished slips older than that; their rows stay. How many went."""
        before_ms = self._now_ms() - older_than // timedelta(milliseconds=1)
        with self._ledger.exclusive() as writer, writer.transaction():
            return writer.connection.execute(
                "UPDATE slip SET document = NULL, bytes = NULL WHERE id IN (SELECT id FROM slip"
                " WHERE document IS NOT NULL AND changed_ms < ? AND state NOT IN ('queued', 'claimed', 'sending')"
                " LIMIT ?)",
                (before_ms, most),
            ).rowcount

    def find_slip(self, slip: int) -> SlipRow | None:
        """One slip with its document. Raises `LedgerUnavailable`."""
        with self._ledger.exclusive() as writer:
            return self.find(writer, slip)

    def find(self, writer: LedgerWriter, slip: int) -> SlipRow | None:
        """One slip with its document."""
        row = writer.connection.execute(f"{SLIP_COLUMNS} WHERE id = ?", (slip,)).fetchone()
        return self.row(row) if row else None

    def find_key(self, writer: LedgerWriter, key: str) -> int | None:
        """The id of the slip under that key."""
        row = writer.connection.execute("SELECT id FROM slip WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def row(self, row: tuple[Any, ...]) -> SlipRow:
        """A row of `SLIP_COLUMNS`, unsealed."""
        slip, key, state, receipt, copy_of, queued_ms, columns, evidence, detail, document = row
        return SlipRow(
            id=slip,
            key=key,
            state=SlipState(state),
            receipt=receipt,
            copy_of=copy_of,
            queued_ms=queued_ms,
            columns=columns,
            evidence=evidence,
            detail=detail,
            document=self._opened(document, key),
        )

    def _opened(self, document: bytes | None, key: str) -> bytes | None:
        """A slip's document; None once it was purged, and for one that does not open: the list must still be shown."""
        if document is None:
            return None
        try:
            return self._sealed.unseal(document, key)
        except (KeyringError, zstandard.ZstdError):
            return None

    def _is_overdue(self, slip: int, expires_ms: int) -> bool:
        """Slips queued since the start age by a clock that nobody can set: correcting the time expires none of them."""
        deadline = self._deadlines.get(slip)
        if deadline is not None:
            return self._clock.elapsed_s() >= deadline
        return expires_ms <= self._now_ms()

    def _move(
        self, writer: LedgerWriter, slip: int, state: SlipState, *, evidence: str | None = None, detail: str = ""
    ) -> None:
        writer.connection.execute(
            "UPDATE slip SET state = ?, evidence = ?, detail = ?, changed_ms = ? WHERE id = ?",
            (state, evidence, detail, self._now_ms(), slip),
        )

    def _tell(self, slip: int) -> None:
        with self._ledger.exclusive() as writer:
            row = writer.connection.execute("SELECT state, receipt FROM slip WHERE id = ?", (slip,)).fetchone()
        self._publish(slip, SlipState(row[0]), row[1])

    def _publish(self, slip: int, state: SlipState, receipt: str | None) -> None:
        self._events.publish("slip", {"id": str(slip), "state": state.value, "receipt_key": receipt})

    def _now_ms(self) -> int:
        return milliseconds(self._clock.now().at)


def _after(outcome: PrintOutcome) -> tuple[SlipState, str | None, str]:
    """State, tier of evidence and detail that an outcome leaves behind."""
    match outcome:
        case Printed():
            return SlipState.PRINTED, outcome.evidence.value, ""
        case SentUnconfirmed():
            return SlipState.SENT_UNCONFIRMED, outcome.evidence.value, outcome.why
        case NotSent():
            return SlipState.QUEUED, None, outcome.why


SLIP_COLUMNS = "SELECT id, key, state, receipt, copy_of, queued_ms, columns, evidence, detail, document FROM slip"
