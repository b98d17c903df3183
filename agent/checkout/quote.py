"""A quote: what a basket would cost and earn, without any effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.checkout.baskets import Baskets, ScanExpired
from agent.checkout.cards import CardFound
from agent.checkout.facts import facts_for
from agent.checkout.programmes import Judgement, Programmes
from agent.clock import RuleClock
from agent.stores.readings import LedgerReadings
from loyalty.engine.quote import quote as price
from loyalty.programme.compile import CompiledProgramme
from loyalty.quote import Quote


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote, the programme it follows, what is known of the card, and until when it stands."""

    quote: Quote
    programme: CompiledProgramme
    card: CardFound | None
    stands_until: datetime


class QuoteBasket:
    """Prices a basket as often as it changes."""

    def __init__(self, baskets: Baskets, programmes: Programmes, readings: LedgerReadings, clock: RuleClock) -> None:
        self._baskets = baskets
        self._programmes = programmes
        self._readings = readings
        self._clock = clock

    def __call__(self, document: Mapping[str, Any]) -> Quoted | ScanExpired:
        """The quote, with its trace. Raises `BadDocument`, `NoProgramme`, `LedgerUnavailable`."""
        judgement = Judgement(self._programmes.current(), self._clock.now().at)
        read = self._baskets.read(document, judgement.programme)
        if isinstance(read, ScanExpired):
            return read
        member = read.card.member if read.card else None
        account = self._readings.account(member.id) if member else None
        quote = price(
            judgement.programme, read.basket, facts_for(read.card, account, judgement.programme), judgement.at
        )
        self._programmes.quoted(quote.hash, judgement)
        return Quoted(quote, judgement.programme, read.card, self._programmes.stands_until(judgement))
