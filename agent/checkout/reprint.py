"""Printing a slip again: marked as a copy, linked to the original, and written into the ledger."""

from dataclasses import dataclass
from hashlib import sha256

from agent.checkout.programmes import Programmes
from agent.checkout.slip_maker import SlipMaker
from agent.clock import RuleClock
from agent.stores.ledger import LedgerStore
from agent.stores.spool import NewSlip, Spool
from loyalty.ledger.reprint import ReprintFacts


@dataclass(frozen=True, slots=True)
class Reprinted:
    """The copy's id in the spool."""

    slip: int


@dataclass(frozen=True, slots=True)
class NothingToReprint:
    """No such slip, or its contents were purged long ago."""


class Reprint:
    """A person asks for a slip again; a printer that lost the first one never gets it twice without the mark."""

    def __init__(
        self, ledger: LedgerStore, programmes: Programmes, slips: SlipMaker, spool: Spool, clock: RuleClock
    ) -> None:
        self._ledger = ledger
        self._programmes = programmes
        self._slips = slips
        self._spool = spool
        self._clock = clock

    def __call__(self, slip: int, *, key: str, cashier: str | None) -> Reprinted | NothingToReprint:
        """Queues a copy. The same `key` for the same slip is one copy. Raises `LedgerUnavailable`."""
        copy_key = f"copy/{slip}/{sha256(key.encode()).hexdigest()[:16]}"
        with self._ledger.exclusive() as writer:
            original = self._spool.find(writer, slip)
            if original is not None and original.copy_of is not None:
                original = self._spool.find(writer, original.copy_of)
            if original is None or original.document is None:
                return NothingToReprint()
            earlier = self._spool.find_key(writer, copy_key)
            if earlier is not None:
                return Reprinted(earlier)
            now = self._clock.now()
            document, data = self._slips.copy(original, self._programmes.known(), now)
            sealed = self._spool.sealed(
                writer, NewSlip(copy_key, original.receipt, document, data, original.columns, copy_of=original.id)
            )
            entry = writer.prepare(
                writer.place(),
                time=now.entry_time(),
                facts=ReprintFacts(original.key, original.receipt or "", cashier),
                member=None,
                effects=(),
            )
            with writer.transaction():
                writer.append(entry)
                copy = self._spool.enqueue(writer, sealed)
            self._clock.witnessed(now.entry_time())
        self._spool.queued(sealed)
        return Reprinted(copy)
