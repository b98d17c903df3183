"""Importing: files in, rows out to ref.db, opening balances into the ledger; kept sealed, to rebuild from.

Importing the same file twice changes nothing: rows replace themselves, an opening balance is keyed by file and member.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Literal, TypeVar

from agent.checkout.programmes import Programmes
from agent.clock import RuleClock, milliseconds
from agent.errors import ImportRefused
from agent.imports.archive import FILE_BYTES_MAX, Archive
from agent.imports.rows import BadRow, FileRow, RefusedRow, read_rows
from agent.imports.shapes import MemberImport, card_of, member_of, product_of
from agent.keyring import Keyring
from agent.stores.ledger import LedgerStore, PosKey
from agent.stores.reference import CardRow, ReferenceStore, ReferenceWriter, SourceRow
from agent.zones import in_its_zone
from loyalty.ledger.adjustment import AdjustFacts
from loyalty.ledger.effects import Earn, Effect
from loyalty.ledger.entry import lot_id
from loyalty.programme.compile import CompiledProgramme
from loyalty.programme.read import read_programme

Kind = Literal["members", "cards", "catalogue", "programme"]
KINDS: tuple[Kind, ...] = ("members", "cards", "catalogue", "programme")

CHUNK_ROWS = 2_000
OPENINGS_AT_ONCE = 100
REFUSED_LISTED_MAX = 1_000
REBUILD_SUFFIX = ".rebuild"

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `openings` counts balances that were new; `refused` lists at most the first thousand rows."""

    kind: Kind
    file: str
    sha256: str
    rows: int
    refused: int
    refused_rows: tuple[RefusedRow, ...]
    openings: int


@dataclass(slots=True)
class _Tally:
    rows: int = 0
    refused: int = 0
    refused_rows: list[RefusedRow] = field(default_factory=list)
    openings: int = 0

    def refuse(self, row: FileRow, why: str) -> None:
        self.refused += 1
        if len(self.refused_rows) < REFUSED_LISTED_MAX:
            self.refused_rows.append(RefusedRow(row.number, why))


class Importer:
    """Imports files and rebuilds ref.db from the kept ones. One import at a time."""

    def __init__(
        self,
        reference: ReferenceStore,
        ledger: LedgerStore,
        archive: Archive,
        keyring: Keyring,
        programmes: Programmes,
        clock: RuleClock,
        *,
        keep_names: bool,
    ) -> None:
        self._reference = reference
        self._ledger = ledger
        self._archive = archive
        self._keyring = keyring
        self._programmes = programmes
        self._clock = clock
        self._keep_names = keep_names
        self._one_at_a_time = threading.Lock()

    def __call__(self, kind: Kind, name: str, data: bytes) -> ImportReport:
        """Imports a file. Good rows are imported, bad ones listed.

        Raises `ImportRefused`, `BadDocument` (a programme with problems, all of them), `ReferenceDamaged`,
        `LedgerUnavailable`.
        """
        if len(data) > FILE_BYTES_MAX:
            raise ImportRefused(f"{name} is larger than {FILE_BYTES_MAX} bytes", hint="Split it and import the parts")
        digest = sha256(data).hexdigest()
        with self._one_at_a_time:
            with closing(ReferenceWriter(self._reference.file)) as writer:
                tally = self._write(writer, kind, name, data, digest, with_openings=True)
            self._archive.keep(kind, digest, data)
        return ImportReport(kind, name, digest, tally.rows, tally.refused, tuple(tally.refused_rows), tally.openings)

    def rebuild(self) -> int:
        """Makes ref.db anew from the kept imports and puts it in place. How many files that were."""
        with self._one_at_a_time:
            fresh = self._reference.file.with_name(self._reference.file.name + REBUILD_SUFFIX)
            for leftover in (fresh, *(fresh.with_name(fresh.name + suffix) for suffix in ("-wal", "-shm"))):
                leftover.unlink(missing_ok=True)
            kept = self._archive.files()
            with closing(ReferenceWriter(fresh)) as writer:
                for file in sorted(kept, key=lambda file: (file.kind != "programme", file.number)):
                    self._write(
                        writer, _kind(file.kind), file.path.name, self._archive.read(file), file.sha256,
                        with_openings=False,
                    )  # fmt: skip
                writer.settle()
            self._reference.replace_with(fresh)
        self._programmes.load()
        return len(kept)

    def use_kept_programme(self) -> None:
        """Prices by the newest kept programme until ref.db is rebuilt; nothing where none was imported yet.

        Raises `KeyringError`, `OSError`, `BadDocument`.
        """
        kept = [file for file in self._archive.files() if file.kind == "programme"]
        if kept:
            self._programmes.use(in_its_zone(read_programme(self._archive.read(kept[-1]))))

    def _write(
        self, writer: ReferenceWriter, kind: Kind, name: str, data: bytes, digest: str, *, with_openings: bool
    ) -> _Tally:
        tally = _Tally()
        match kind:
            case "programme":
                self._put_programme(writer, data, with_checks=with_openings)
                tally.rows = 1
            case "members":
                self._put_members(writer, read_rows(data, name=name), digest, tally, with_openings=with_openings)
            case "cards":
                for cards in _chunks(read_rows(data, name=name), tally, lambda row: self._card(writer, row)):
                    with writer.chunk():
                        writer.put_cards(cards)
            case "catalogue":
                for products in _chunks(read_rows(data, name=name), tally, lambda row: product_of(row.fields)):
                    with writer.chunk():
                        writer.put_products(products)
        with writer.chunk():
            writer.put_source(
                SourceRow(digest, kind, name, milliseconds(self._clock.now().at), tally.rows, tally.refused)
            )
        return tally

    def _put_programme(self, writer: ReferenceWriter, data: bytes, *, with_checks: bool) -> None:
        programme = read_programme(data)
        compiled = in_its_zone(programme)
        known = self._programmes.known()
        if with_checks and known is not None and known.programme.id == programme.id:
            _only_newer(compiled, known)
        with writer.chunk():
            writer.put_programme(programme.id, programme.version, data)
        self._programmes.use(compiled)

    def _put_members(
        self, writer: ReferenceWriter, rows: Iterator[FileRow], digest: str, tally: _Tally, *, with_openings: bool
    ) -> None:
        programme = self._programmes.known()

        def shape(row: FileRow) -> MemberImport:
            return member_of(row.fields, self._keyring, programme, keep_names=self._keep_names)

        for members in _chunks(rows, tally, shape):
            with writer.chunk():
                writer.put_members(member.row for member in members)
            if with_openings and programme is not None:
                self._open_accounts([member for member in members if member.openings], digest, programme, tally)

    def _card(self, writer: ReferenceWriter, row: FileRow) -> CardRow:
        card = card_of(row.fields, self._keyring)
        if not writer.has_member(card.member):
            raise BadRow(f"member {card.member} is not here: import the members first")
        return card

    def _open_accounts(
        self, members: list[MemberImport], digest: str, programme: CompiledProgramme, tally: _Tally
    ) -> None:
        """An `adjust` entry for each balance that this file has not opened before."""
        remaining = iter(members)
        while batch := list(islice(remaining, OPENINGS_AT_ONCE)):
            now = self._clock.now()
            today = programme.calendar.business_day(now.at)
            with self._ledger.exclusive() as writer, writer.transaction():
                for member in batch:
                    key = PosKey("import", 1, f"{digest}:{member.row.id}", "adjust")
                    if writer.seen(key, bytes.fromhex(digest)) is not None:
                        continue
                    place = writer.place()
                    effects: list[Effect] = []
                    for number, opening in enumerate(member.openings):
                        effects.append(
                            Earn(
                                opening.wallet,
                                lot_id(register=place.register, epoch=place.epoch, seq=place.seq, number=number),
                                opening.points,
                                today,
                                opening.expires_on or programme.wallets[opening.wallet].expires_on(today),
                            )
                        )
                    entry = writer.prepare(
                        place,
                        time=now.entry_time(),
                        facts=AdjustFacts("opening_balance", digest),
                        member=member.row.id,
                        effects=tuple(effects),
                    )
                    summary = f"opening balance of {member.row.id}"
                    writer.remember(
                        writer.memory(key, bytes.fromhex(digest), summary=summary, answer=None), writer.append(entry)
                    )
                    tally.openings += 1
            self._clock.witnessed(now.entry_time())


def _only_newer(new: CompiledProgramme, known: CompiledProgramme) -> None:
    """A programme's version only rises. Raises `ImportRefused`."""
    if new.programme.version < known.programme.version or (
        new.programme.version == known.programme.version and new.programme != known.programme
    ):
        raise ImportRefused(
            f"programme {new.programme.id} is at version {known.programme.version} here, the file has "
            f"version {new.programme.version}"
            + (" with another content" if new.programme.version == known.programme.version else ""),
            hint="Raise the file's version: a version only rises, also to bring back older rules",
        )


def _chunks(rows: Iterator[FileRow], tally: _Tally, shape: Callable[[FileRow], _Row]) -> Iterator[list[_Row]]:
    """Shaped rows, a transaction's worth at a time; the others are counted and listed."""
    chunk: list[_Row] = []
    for row in rows:
        try:
            chunk.append(shape(_whole(row)))
        except BadRow as error:
            tally.refuse(row, str(error))
            continue
        tally.rows += 1
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _whole(row: FileRow) -> FileRow:
    if row.torn:
        raise BadRow("has more or fewer fields than the header")
    return row


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind == name)
