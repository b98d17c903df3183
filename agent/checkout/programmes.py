"""Which programme prices now, and which one priced a quote that the customer is paying for already."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import NoProgramme
from agent.stores.reference import ReferenceStore
from agent.zones import in_its_zone
from loyalty.programme.compile import CompiledProgramme
from loyalty.programme.read import read_programme

QUOTES_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """By which rules and at which instant (aware UTC) a basket is judged."""

    programme: CompiledProgramme
    at: datetime


class Programmes:
    """The compiled programmes of this register. Safe to call from any thread."""

    def __init__(self, reference: ReferenceStore, *, quotes_stand: timedelta) -> None:
        self._reference = reference
        self._quotes_stand = quotes_stand
        self._lock = threading.Lock()
        self._current: CompiledProgramme | None = None
        self._quotes: OrderedDict[str, Judgement] = OrderedDict()

    def load(self) -> None:
        """Compiles the newest imported programme. Raises `BadDocument` where it no longer fits this release."""
        documents = self._reference.programmes(limit=1)
        if not documents:
            return
        self.use(in_its_zone(read_programme(documents[0])))

    def use(self, programme: CompiledProgramme) -> None:
        """From now on this programme prices; quotes given before stand by their own."""
        with self._lock:
            self._current = programme

    def current(self) -> CompiledProgramme:
        """The programme that prices now. Raises `NoProgramme`."""
        if self._current is None:
            raise NoProgramme
        return self._current

    def known(self) -> CompiledProgramme | None:
        """The programme that prices now, or None."""
        return self._current

    def quoted(self, quote_hash: str, judgement: Judgement) -> None:
        """A quote was given: it stands for a while."""
        with self._lock:
            self._quotes.pop(quote_hash, None)
            self._quotes[quote_hash] = judgement
            while len(self._quotes) > QUOTES_KEPT:
                self._quotes.popitem(last=False)

    def judgement(self, quote_hash: str | None, now: datetime) -> Judgement:
        """How to judge a confirmation: as its quote was, while that is young; else by today's rules, now.

        Raises `NoProgramme`.
        """
        if quote_hash is not None:
            with self._lock:
                quoted = self._quotes.get(quote_hash)
            if quoted is not None and timedelta(0) <= now - quoted.at < self._quotes_stand:
                return quoted
        return Judgement(self.current(), now)

    def stands_until(self, judgement: Judgement) -> datetime:
        """Until when a quote judged so may be confirmed as it is."""
        return judgement.at + self._quotes_stand
