"""Importing: files in, rows out to ref.db, opening balances into the ledger; kept sealed, to rebuild from.

Importing the same file twice changes nothing: rows replace themselves, and an account is opened once, by the file
that brought it. A corrected file therefore doubles nothing either: whose points it repeats is refused row by row.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import TypeVar

import structlog
import zstandard

from agent.checkout.programmes import Programmes
from agent.clock import RuleClock, milliseconds
from agent.errors import ImportRefused, KeyringError
from agent.imports.archive import FILE_BYTES_MAX, Archive, KeptFile, Kind
from agent.imports.rows import BadRow, FileRow, RefusedRow, read_rows
from agent.imports.shapes import MemberImport, card_of, member_of, product_of
from agent.keyring import Keyring
from agent.stores.keys import PosKey, SeenDifferently
from agent.stores.ledger import LedgerStore
from agent.stores.reference import CardRow, ReferenceStore, ReferenceWriter, SourceRow
from agent.zones import in_its_zone
from loyalty.errors import BadDocument
from loyalty.ledger.adjustment import AdjustFacts
from loyalty.ledger.chain import FIRST_SEQ
from loyalty.ledger.effects import Earn, Effect
from loyalty.ledger.entry import lot_id
from loyalty.programme.compile import CompiledProgramme
from loyalty.programme.read import read_programme

KINDS: tuple[Kind, ...] = ("programme", "members", "cards", "catalogue")
"""In the order of a rebuild: members need the programme's units, cards need their members."""

CHUNK_ROWS = 2_000
OPENINGS_AT_ONCE = 100
REFUSED_LISTED_MAX = 1_000
REBUILD_SUFFIX = ".rebuild"

_Row = TypeVar("_Row")

log = structlog.get_logger("imports")


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
        self._stopping = threading.Event()

    def __call__(self, kind: Kind, name: str, data: bytes) -> ImportReport:
        """Imports a file. Good rows are imported, bad ones listed.

        Raises `ImportRefused`, `BadDocument` (a programme with problems, all of them), `ReferenceDamaged`,
        `LedgerUnavailable`.
        """
        if len(data) > FILE_BYTES_MAX:
            raise ImportRefused(f"{name} is larger than {FILE_BYTES_MAX} bytes", hint="Split it and import the parts")
        digest = sha256(data).hexdigest()
        if self._reference.damage is not None:
            self.rebuild()
        with self._one_at_a_time:
            with closing(ReferenceWriter(self._reference.file)) as writer:
                tally = self._write(writer, kind, name, data, digest, with_openings=True)
            self._archive.keep(kind, digest, data)
        return ImportReport(kind, name, digest, tally.rows, tally.refused, tuple(tally.refused_rows), tally.openings)

    def rebuild(self) -> int:
        """Makes ref.db anew from the kept imports and puts it in place. How many files that were."""
        with self._one_at_a_time:
            self._check_stop()
            fresh = self._reference.file.with_name(self._reference.file.name + REBUILD_SUFFIX)
            for leftover in (fresh, *(fresh.with_name(fresh.name + suffix) for suffix in ("-wal", "-shm"))):
                leftover.unlink(missing_ok=True)
            kept = self._archive.files()
            with closing(ReferenceWriter(fresh)) as writer:
                for file in sorted(kept, key=lambda file: (KINDS.index(file.kind), file.number)):
                    self._write_kept(writer, file)
                writer.settle()
            self._check_stop()
            self._reference.replace_with(fresh)
        self._programmes.load()
        return len(kept)

    def missing(self) -> bool:
        """Whether something that was imported is not in ref.db: it was lost, or a rebuild did not end."""
        present = {(source.kind, source.sha256) for source in self._reference.sources()}
        return any((file.kind, file.sha256) not in present for file in self._archive.files())

    def stop(self, deadline_s: float) -> bool:
        """Ends what runs at its next chunk and lets nothing begin; False if it did not end in time."""
        self._stopping.set()
        ended = self._one_at_a_time.acquire(timeout=deadline_s)
        if ended:
            self._one_at_a_time.release()
        return ended

    def _check_stop(self) -> None:
        if self._stopping.is_set():
            raise ImportRefused("the register is stopping", hint="Import the file again after the start")

    def _write_kept(self, writer: ReferenceWriter, file: KeptFile) -> None:
        """One kept file; what cannot be read any more is put aside, so that the rest can come back."""
        try:
            data = self._archive.read(file)
            tally = self._write(writer, file.kind, file.path.name, data, file.sha256, with_openings=False)
        except (KeyringError, BadDocument, OSError, zstandard.ZstdError) as error:
            log.error("kept_import_unreadable", file=file.path.name, error=str(error))  # noqa: TRY400 - no fault of ours
            self._archive.put_aside(file)
            return
        if tally.refused:
            log.warning("kept_import_refused_rows", file=file.path.name, refused=tally.refused)

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
                    self._check_stop()
                    with writer.chunk():
                        writer.put_cards(cards)
            case "catalogue":
                for products in _chunks(read_rows(data, name=name), tally, lambda row: product_of(row.fields)):
                    self._check_stop()
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
        if with_checks and known is not None:
            if known.programme.id == programme.id:
                _only_newer(compiled, known)
            if self._has_entries():
                _same_units(compiled, known)
        with writer.chunk():
            writer.put_programme(programme.id, programme.version, data)
        self._programmes.use(compiled)

    def _put_members(
        self, writer: ReferenceWriter, rows: Iterator[FileRow], digest: str, tally: _Tally, *, with_openings: bool
    ) -> None:
        programme = self._programmes.known()

        def shape(row: FileRow) -> MemberImport:
            return member_of(row, self._keyring, programme, keep_names=self._keep_names, judged=with_openings)

        opened: set[str] = set()
        for members in _chunks(rows, tally, shape):
            self._check_stop()
            with writer.chunk():
                writer.put_members(member.row for member in members)
            if with_openings and programme is not None:
                self._open_accounts([member for member in members if member.openings], digest, programme, opened, tally)

    def _has_entries(self) -> bool:
        with self._ledger.exclusive() as writer:
            return writer.place().seq > FIRST_SEQ

    def _card(self, writer: ReferenceWriter, row: FileRow) -> CardRow:
        card = card_of(row.fields, self._keyring)
        if not writer.has_member(card.member):
            raise BadRow(f"member {card.member} is not here: import the members first")
        return card

    def _open_accounts(
        self,
        members: list[MemberImport],
        digest: str,
        programme: CompiledProgramme,
        opened: set[str],
        tally: _Tally,
    ) -> None:
        """An `adjust` entry for each member's opening balance. An account is opened once, whatever the file."""
        remaining = iter(members)
        while batch := list(islice(remaining, OPENINGS_AT_ONCE)):
            now = self._clock.now()
            today = programme.calendar.business_day(now.at)
            with self._ledger.exclusive() as writer, writer.transaction():
                for member in batch:
                    key = PosKey("import", 1, member.row.id, "opening")
                    before = writer.seen(key, bytes.fromhex(digest))
                    if member.row.id in opened or isinstance(before, SeenDifferently):
                        tally.refuse(member.line, _opened_already(member, twice=member.row.id in opened))
                        continue
                    opened.add(member.row.id)
                    if before is not None:
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


def _opened_already(member: MemberImport, *, twice: bool) -> str:
    where = "stands twice in this file" if twice else "was opened by an earlier file"
    return f"the account of {member.row.id} {where}: its points were not added again, the rest of the row was imported"


def _same_units(new: CompiledProgramme, known: CompiledProgramme) -> None:
    """What the ledger's integers mean must stay. Raises `ImportRefused`."""
    if new.currency != known.currency:
        changed = f"the currency from {known.currency.code} to {new.currency.code}"
    else:
        wallets = [
            wallet.id
            for wallet in known.wallets.values()
            if wallet.id in new.wallets and new.wallets[wallet.id].exponent != wallet.exponent
        ]
        if not wallets:
            return
        changed = f"the decimals of wallet {', '.join(wallets)}"
    raise ImportRefused(
        f"the file changes {changed}, and this register has receipts by the old ones",
        hint="Begin a new wallet for other points; another currency needs a register of its own",
    )


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
