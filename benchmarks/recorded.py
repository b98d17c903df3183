"""Sales as a register stored them: what a ledger is given to write each again, and the statements it comes down to."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard

from agent.checkout.requests import Done, MoneyRequest
from agent.clock import RuleClock
from agent.events import EventBus
from agent.keyring import open_keyring
from agent.stores.accounts import Changes, changes
from agent.stores.database import connect_reader
from agent.stores.keys import Memory, PosKey
from agent.stores.ledger import LedgerStore
from agent.stores.receipts import RECEIPT_COLUMNS, ReceiptRow, receipt_row
from agent.stores.spool import SealedSlip, SealedSlips, Spool
from agent.stores.writer import LedgerWriter, PreparedEntry
from benchmarks.goods import REGISTER, basket, card_of
from benchmarks.shop import CLIENT, DATA_FOLDER, settings_of
from benchmarks.small import MEMBERS, files_of_small_shop
from cli.compose.register import build_services
from loyalty.ledger.entry import Entry, read_entry
from loyalty.ledger.posting import Account, post

LINES = 10
PROMOTIONS = 30
NO_PRINTER_THERE = "tcp://127.0.0.1:9"
SLIP_LIVES = timedelta(hours=2)

Row = tuple[Any, ...]
Statement = tuple[str, Row]

_ENTRIES = "SELECT epoch, seq, kind, member, rule_ms, hash, body FROM entry ORDER BY seq"
_ENTRY = "INSERT INTO entry (epoch, seq, kind, member, rule_ms, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_OF_SALE = {
    "slip": (
        "SELECT * FROM slip WHERE key = '1/' || ?",
        "INSERT INTO slip VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    "receipt": (
        "SELECT * FROM receipt WHERE seq = ?",
        "INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    "pos_key": (
        "SELECT * FROM pos_key WHERE seq = ?",
        "INSERT INTO pos_key VALUES (?, ?, ?, ?, ?)",
    ),
    "answer": (
        "SELECT * FROM answer WHERE seq = ?",
        "INSERT INTO answer VALUES (?, ?, ?)",
    ),
}
"""How each row of a sale is read, by the entry's number or the slip's key, and how it is written."""

_LOT = (
    "INSERT INTO lot (id, member, wallet, points, active_from, expires_on) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET points = excluded.points"
)
_TALLY = (
    "INSERT INTO tally (member, spend, visits) VALUES (?, ?, ?)"
    " ON CONFLICT (member) DO UPDATE SET spend = excluded.spend, visits = excluded.visits"
)


@dataclass(frozen=True, slots=True)
class OfSale:
    """What a sale stores beside its entry."""

    key: PosKey
    body_hash: bytes
    summary: str
    answer: bytes
    receipt: ReceiptRow
    slip: SealedSlip


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry, the account before it, and the statements it came down to. `of_sale` None: it opened an account."""

    entry: Entry
    before: Account
    statements: tuple[Statement, ...]
    of_sale: OfSale | None


class SecondLedger:
    """A ledger of its own in which a recorded register's entries are written again, in the same order."""

    def __init__(self, recorded: Path, file: Path) -> None:
        self._ledger = LedgerStore(file, register=REGISTER)
        keyring = open_keyring(recorded / DATA_FOLDER / "keys", may_create=False)
        clock = RuleClock(lambda: datetime.now(UTC), lambda: 0.0)
        self._spool = Spool(self._ledger, SealedSlips(keyring), clock, EventBus(), time_to_live=SLIP_LIVES)

    def close(self) -> None:
        self._ledger.close()

    def write(self, stored: Stored, now: Callable[[], float]) -> tuple[float, float]:
        """Milliseconds that preparing took, and the transaction."""
        with self._ledger.exclusive() as writer:
            began = now()
            entry, memory = _prepare(writer, stored)
            prepared = now()
            _append(writer, self._spool, stored.of_sale, entry, memory)
            return (prepared - began) * 1_000, (now() - prepared) * 1_000


def record(folder: Path, sales: int) -> list[Stored]:
    """Lets a register sell so often, through its use case; everything that its ledger then holds, in order."""
    services = build_services(settings_of(folder, printer=NO_PRINTER_THERE))
    with closing(services.ledger), closing(services.reference):
        for kind, name, content in files_of_small_shop(PROMOTIONS):
            services.importer(kind, name, content)
        chance = random.Random(1)
        for number in range(sales):
            body = basket(LINES, card=card_of(number % MEMBERS), chance=chance)
            done = services.confirm(MoneyRequest(_key(f"R-{number}"), body))
            assert isinstance(done, Done)
    with closing(connect_reader(folder / DATA_FOLDER / "ledger.db")) as connection:
        return list(_read_back(connection))


def _prepare(writer: LedgerWriter, stored: Stored) -> tuple[PreparedEntry, Memory | None]:
    entry, sale = stored.entry, stored.of_sale
    prepared = writer.prepare(
        writer.place(),
        time=entry.time,
        facts=entry.facts,
        member=entry.member,
        effects=entry.effects,
        before=stored.before,
    )
    if sale is None:
        return prepared, None
    return prepared, writer.memory(sale.key, sale.body_hash, summary=sale.summary, answer=sale.answer)


def _append(
    writer: LedgerWriter, spool: Spool, sale: OfSale | None, entry: PreparedEntry, memory: Memory | None
) -> None:
    with writer.transaction():
        appended = writer.append(entry)
        if sale is not None and memory is not None:
            spool.enqueue(writer, sale.slip)
            writer.list_receipt(sale.receipt)
            writer.remember(memory, appended)


def _read_back(stored: sqlite3.Connection) -> Iterator[Stored]:
    """Every entry of the register that sold, in order."""
    unpack = zstandard.ZstdDecompressor()
    accounts: dict[str, Account] = {}
    for row in stored.execute(_ENTRIES).fetchall():
        entry = read_entry(unpack.decompress(row[-1]))
        assert entry.member is not None
        before = accounts.get(entry.member, Account(entry.member))
        accounts[entry.member] = after = post(before, entry.effects)
        statements = [(_ENTRY, row), *_account_statements(changes(before=before, after=after))]
        of_sale = None
        if entry.kind == "sale":
            rows = {table: stored.execute(read, (entry.seq,)).fetchone() for table, (read, _) in _OF_SALE.items()}
            statements += [(_OF_SALE[table][1], found) for table, found in rows.items()]
            of_sale = _of_sale(stored, entry.seq, rows)
        yield Stored(entry, before, tuple(statements), of_sale)


def _account_statements(changed: Changes) -> Iterator[Statement]:
    for lot in changed.lots:
        yield _LOT, lot
    if changed.tally is not None:
        yield _TALLY, changed.tally


def _of_sale(stored: sqlite3.Connection, seq: int, rows: dict[str, Row]) -> OfSale:
    _, body_hash, _, _, summary = rows["pos_key"]
    receipt = receipt_row(stored.execute(f"{RECEIPT_COLUMNS} WHERE seq = ?", (seq,)).fetchone())
    return OfSale(
        _key(receipt.key),
        body_hash,
        summary,
        zstandard.decompress(rows["answer"][-1]),
        receipt,
        SealedSlip(rows["slip"][0], rows["slip"][1], receipt.key, rows["slip"][:-2]),
    )


def _key(receipt: str) -> PosKey:
    return PosKey(CLIENT, 1, receipt, "sale")
