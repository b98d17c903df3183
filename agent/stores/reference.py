"""ref.db: what can be brought again — members, cards, the catalogue, programmes. Damage costs a rebuild, no money.

Reads take tens of microseconds under one lock; imports write in small transactions of their own connection,
so that a till never waits for them.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agent.errors import ReferenceDamaged, ReferenceUnavailable
from agent.stores.database import connect_reader, connect_writer, is_damage, lacks_tables, migrate, quick_check
from agent.stores.schema import reference as reference_migrations
from loyalty.basket import Attribute
from loyalty.member import MemberStatus
from loyalty.money import Minor

REBUILD_HINT = "It is being rebuilt from the last imports; until then cards are not known and sales go on as guests'"
UNAVAILABLE_HINT = "Until it can, cards are not known and sales go on as guests'"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as imported. `spend` (minor units) is what counted for the tier before this register's own ledger."""

    id: str
    status: MemberStatus = "active"
    tier: str | None = None
    tier_since: date | None = None
    registered_on: date | None = None
    birthday: str | None = None
    spend: Minor = Minor(0)
    segments: tuple[str, ...] = ()
    name_sealed: bytes | None = None


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card by its lookup key. `tail` is the last four characters, all that is kept of its number."""

    lookup: bytes
    member: str
    status: MemberStatus
    tail: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """An item of the catalogue."""

    sku: str
    name: str
    category: str | None
    attributes: dict[str, Attribute]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A file that was imported: `rows` good ones and `refused` others."""

    sha256: str
    kind: str
    file: str
    imported_ms: int
    rows: int
    refused: int


_PROBES = (
    "SELECT * FROM member LIMIT 1",
    "SELECT * FROM card LIMIT 1",
    "SELECT * FROM product LIMIT 1",
    "SELECT * FROM programme LIMIT 1",
    "SELECT * FROM source LIMIT 1",
)
_COUNTS = {
    "member": "SELECT count(*) FROM member",
    "card": "SELECT count(*) FROM card",
    "product": "SELECT count(*) FROM product",
}


class ReferenceStore:
    """Answers what the register knows of the world; swapped for a rebuilt file while the till runs."""

    def __init__(self, file: Path, *, may_write: bool = True) -> None:
        """Opens or creates the file; without `may_write` it is left as it is, for a look beside the daemon.

        Raises `ReferenceDamaged` when it is not a whole database.
        """
        self.file = file
        self.damage: ReferenceDamaged | None = None
        self._lock = threading.Lock()
        with _reference_errors(file):
            if may_write:
                prepare(file)
            self._connection = connect_reader(file)
        self.probe()

    def replace_with(self, rebuilt: Path) -> None:
        """Puts a rebuilt file in place of this one, between two reads. Raises `ReferenceUnavailable`, `OSError`."""
        with self._lock, _reference_errors(self.file):
            self._connection.close()
            try:
                for suffix in ("-wal", "-shm"):
                    self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
                rebuilt.replace(self.file)
                self.damage = None
            finally:
                self._connection = connect_reader(self.file)

    def close(self) -> None:
        """Closes the reading connection."""
        with self._lock:
            self._connection.close()

    def probe(self) -> None:
        """Reads a row of each table. Raises `ReferenceDamaged`, also when a reader met damage before."""
        with self._reading() as connection:
            for probe in _PROBES:
                connection.execute(probe).fetchall()

    def complaint(self) -> str | None:
        """What SQLite finds wrong with the file, or None. Slow: for a job in the background.

        Raises `ReferenceUnavailable` where it cannot be looked at.
        """
        with _reference_errors(self.file), closing(connect_reader(self.file)) as connection:
            found = quick_check(connection)
        return None if found == "ok" else found

    def card(self, lookup: bytes) -> CardRow | None:
        """The card under that lookup key."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT lookup, member, status, tail FROM card WHERE lookup = ?", (lookup,)
            ).fetchone()
        return CardRow(*row) if row else None

    def member(self, member: str) -> MemberRow | None:
        """One member."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT id, status, tier, tier_since, registered_on, birthday, spend, segments, name_sealed"
                " FROM member WHERE id = ?",
                (member,),
            ).fetchone()
        if row is None:
            return None
        with _reference_errors(self.file):
            return _member_row(row)

    def card_tail(self, member: str) -> str | None:
        """The last four characters of one of the member's cards."""
        with self._reading() as connection:
            row = connection.execute("SELECT tail FROM card WHERE member = ? LIMIT 1", (member,)).fetchone()
        return row[0] if row else None

    def products(self, skus: Iterable[str]) -> dict[str, ProductRow]:
        """The catalogue's word on those skus, where it has one."""
        with self._reading() as connection:
            rows = [
                connection.execute("SELECT sku, name, category, attributes FROM product WHERE sku = ?", (sku,))
                for sku in set(skus)
            ]
            found = [row for cursor in rows if (row := cursor.fetchone())]
            return {row[0]: ProductRow(row[0], row[1], row[2], json.loads(row[3])) for row in found}

    def programmes(self, limit: int) -> list[bytes]:
        """The programmes that arrived last, newest first, as documents."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT document FROM programme ORDER BY arrived DESC LIMIT ?", (limit,)
            ).fetchall()
        return [row[0] for row in rows]

    def sources(self) -> list[SourceRow]:
        """Which files were imported, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT sha256, kind, file, imported_ms, rows, refused FROM source ORDER BY imported_ms"
            ).fetchall()
        return [SourceRow(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many members, cards and products are here."""
        with self._reading() as connection:
            return {table: connection.execute(count).fetchone()[0] for table, count in _COUNTS.items()}

    def condemn(self, damage: ReferenceDamaged) -> None:
        """What this file stands for was lost: the next probe says so, until a rebuilt one takes its place."""
        self.damage = damage

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self.damage is not None:
            raise self.damage
        with self._lock:
            try:
                with _reference_errors(self.file):
                    yield self._connection
            except ReferenceDamaged as damage:
                # A probe reads first rows only, and those from memory: who meets the damage must remember it.
                self.damage = damage
                raise


class ReferenceWriter:
    """The importer's connection to a reference file. Raises `ReferenceDamaged`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with _reference_errors(file):
            self._connection = connect_writer(file, synchronous="NORMAL")
            migrate(self._connection, reference_migrations)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def chunk(self) -> Iterator[None]:
        """One small transaction."""
        with _reference_errors(self._file):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def has_member(self, member: str) -> bool:
        """Whether that member is here."""
        return self._connection.execute("SELECT 1 FROM member WHERE id = ?", (member,)).fetchone() is not None

    def put_members(self, rows: Iterable[MemberRow]) -> None:
        """Inserts or replaces members."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO member (id, status, tier, tier_since, registered_on, birthday, spend, segments,"
            " name_sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row.id,
                    row.status,
                    row.tier,
                    row.tier_since and row.tier_since.isoformat(),
                    row.registered_on and row.registered_on.isoformat(),
                    row.birthday,
                    row.spend,
                    json.dumps(row.segments),
                    row.name_sealed,
                )
                for row in rows
            ),
        )

    def put_cards(self, rows: Iterable[CardRow]) -> None:
        """Inserts or replaces cards."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO card (lookup, member, status, tail) VALUES (?, ?, ?, ?)",
            ((row.lookup, row.member, row.status, row.tail) for row in rows),
        )

    def put_products(self, rows: Iterable[ProductRow]) -> None:
        """Inserts or replaces items of the catalogue."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO product (sku, name, category, attributes) VALUES (?, ?, ?, ?)",
            ((row.sku, row.name, row.category, json.dumps(row.attributes)) for row in rows),
        )

    def put_programme(self, programme: str, version: int, document: bytes) -> None:
        """Adds a version of a programme; one that is there already is replaced."""
        self._connection.execute("DELETE FROM programme WHERE id = ? AND version = ?", (programme, version))
        self._connection.execute(
            "INSERT INTO programme (id, version, document) VALUES (?, ?, ?)", (programme, version, document)
        )

    def put_source(self, row: SourceRow) -> None:
        """Notes that a file was imported."""
        self._connection.execute(
            "INSERT OR REPLACE INTO source (sha256, kind, file, imported_ms, rows, refused) VALUES (?, ?, ?, ?, ?, ?)",
            (row.sha256, row.kind, row.file, row.imported_ms, row.rows, row.refused),
        )

    def settle(self) -> None:
        """Everything into the file itself, so that it can be moved."""
        with _reference_errors(self._file):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def prepare(file: Path) -> None:
    """Creates the file with its tables, or brings them up to date. Raises `ReferenceDamaged`."""
    ReferenceWriter(file).close()


@contextmanager
def _reference_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error) or lacks_tables(error):
            raise ReferenceDamaged(f"{file} cannot be read ({error})", hint=REBUILD_HINT) from error
        raise ReferenceUnavailable(f"{file} cannot be read just now ({error})", hint=UNAVAILABLE_HINT) from error
    except ValueError as error:
        # A row whose JSON or day does not parse: the file is whole, what it says is not.
        raise ReferenceDamaged(f"{file} holds an unreadable row ({error})", hint=REBUILD_HINT) from error


def _member_row(row: tuple[Any, ...]) -> MemberRow:
    member, status, tier, tier_since, registered_on, birthday, spend, segments, name_sealed = row
    return MemberRow(
        id=member,
        status=status,
        tier=tier,
        tier_since=_day(tier_since),
        registered_on=_day(registered_on),
        birthday=birthday,
        spend=Minor(spend),
        segments=tuple(json.loads(segments)),
        name_sealed=name_sealed,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
