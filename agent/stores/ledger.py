"""ledger.db: entries, their chain, POS keys, receipts. One connection writes; whoever holds it has the register.

Facts and their delivery commit together: entry, account, key, answer and slip in one transaction.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import ForeignLedger, LedgerDamaged, LedgerFailed, LedgerUnavailable, LedgerUnsure
from agent.stores.database import FAILED_HINT, LEDGER_HINT, connect_writer, ledger_errors, migrate
from agent.stores.schema import ledger as ledger_migrations
from agent.stores.writer import LedgerWriter
from loyalty.ledger import chain
from loyalty.ledger.entry import EntryTime

WAIT_S = 10.0
"""How long a request waits for the writer; far beyond any honest transaction."""


class LedgerStore:
    """The register's ledger. `exclusive()` hands out the one writer; any thread may ask for it."""

    def __init__(self, file: Path, *, register: str, may_create: bool = True) -> None:
        """Opens or creates the file and brings its tables up to date. A file that cannot be used becomes `trouble`.

        Without `may_create` a missing or empty file is damage: a second chain must not begin in place of a lost one.
        Raises `ForeignLedger`, `DiskFull`.
        """
        self.file = file
        self._register = register
        self._may_create = may_create
        self._lock = threading.Lock()
        self._trouble: LedgerUnavailable | None = None
        self._writer: LedgerWriter | None = None
        try:
            self._open()
        except (LedgerDamaged, LedgerFailed) as trouble:
            self._trouble = trouble

    @property
    def trouble(self) -> LedgerUnavailable | None:
        """Why money operations are refused, or None."""
        return self._trouble

    @property
    def epoch(self) -> int:
        """The chain's current epoch."""
        return self._writer.epoch if self._writer is not None else chain.FIRST_EPOCH

    @contextmanager
    def exclusive(self) -> Iterator[LedgerWriter]:
        """The writer, to this caller alone. Raises `LedgerUnavailable`; after damage or a failed write, always."""
        if not self._lock.acquire(timeout=WAIT_S):
            raise LedgerUnavailable(
                f"the ledger was busy for {WAIT_S:.0f} s",
                hint="Nothing was stored; send it again. If it stays so, the disk is stuck: run `kopilka doctor`",
            )
        try:
            with ledger_errors(self.file):
                yield self._usable()
        except LedgerUnsure as unsure:
            # Only of this one nobody knows; what is asked from now on is certainly not stored.
            self._trouble = LedgerFailed(unsure.message, hint=FAILED_HINT)
            raise
        except (LedgerDamaged, LedgerFailed) as trouble:
            self._trouble = trouble
            raise
        finally:
            self._lock.release()

    def trusted_time(self) -> EntryTime | None:
        """The time of the newest entry that was not flagged, for the clock's witness."""
        with self.exclusive() as writer:
            return writer.trusted_time()

    def last_rule_ms(self) -> int | None:
        """The rule time of the newest entry, flagged or not; None while there is none."""
        with self.exclusive() as writer:
            return writer.last_rule_ms()

    def condemn(self, why: str) -> None:
        """A check found damage: from now on money operations are refused."""
        self._trouble = LedgerDamaged(f"{self.file} is damaged ({why})", hint=LEDGER_HINT)

    def checkpoint(self) -> None:
        """Moves the WAL into the file, so that it stays small."""
        with self.exclusive() as writer:
            writer.checkpoint()

    def close(self) -> None:
        """Waits for the running transaction, then closes."""
        with self._lock:
            if self._writer is not None:
                self._writer.connection.close()

    def _usable(self) -> LedgerWriter:
        if self._trouble is not None or self._writer is None:
            raise self._trouble or LedgerDamaged(f"{self.file} is not open", hint=LEDGER_HINT)
        return self._writer

    def _open(self) -> None:
        """The last entry must carry its own hash: a cheap look. Raises `LedgerUnavailable`, `ForeignLedger`."""
        if not self._may_create and (not self.file.exists() or self.file.stat().st_size == 0):
            raise LedgerDamaged(f"{self.file} is gone, the register's other data are here", hint=LEDGER_HINT)
        with ledger_errors(self.file):
            connection = connect_writer(self.file, synchronous="FULL")
            try:
                migrate(connection, ledger_migrations)
                self._writer = LedgerWriter(connection, _identity(connection, self._register))
                why = self._writer.head_complaint()
            except BaseException:
                self._writer = None
                connection.close()
                raise
        if why is not None:
            self.condemn(why)


def _identity(connection: sqlite3.Connection, register: str) -> tuple[str, int, bytes]:
    """Whose ledger this is; written once. Raises `ForeignLedger`."""
    row = connection.execute("SELECT register, epoch, previous_head FROM identity").fetchone()
    if row is None:
        row = (register, chain.FIRST_EPOCH, chain.NO_PREVIOUS_HEAD)
        connection.execute("INSERT INTO identity (register, epoch, previous_head) VALUES (?, ?, ?)", row)
    if row[0] != register:
        raise ForeignLedger(
            f"this ledger belongs to register {row[0]}, the configuration says {register}",
            hint="Give the register its own data folder, or correct [register] id",
        )
    return row[0], row[1], row[2]
