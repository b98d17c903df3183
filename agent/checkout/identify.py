"""Identifying: a card was shown, who is it and what do they have. Told to the screen and to the POS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from agent.checkout.cards import CardFound, CardInput, Cards, Scans
from agent.checkout.facts import facts_for
from agent.checkout.programmes import Programmes
from agent.clock import RuleClock
from agent.errors import LedgerUnavailable
from agent.events import EventBus
from agent.stores.readings import LedgerReadings
from drivers.values import Scan, Verdict
from loyalty.engine.tiers import tier_progress
from loyalty.ledger.posting import Account
from loyalty.lots import NEVER, Lot
from loyalty.member import Facts
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme
from loyalty.quote import TierProgress

EXPIRING_DAYS = 50
"""How far ahead a customer wants to know; CloudLoyalty lists what lapses within as many (market.md)."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that lapse after that day."""

    points: Points
    on: date


@dataclass(frozen=True, slots=True)
class WalletView:
    """One wallet as a person sees it. Units: the wallet's smallest unit.

    `balance` is everything but lapsed lots, less the debt; `spendable` what may be spent today.
    """

    wallet: str
    exponent: int
    balance: Points
    spendable: Points
    pending: Points
    debt: Points
    expiring: tuple[Expiring, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """A card, its member as far as they are known here, and what they have."""

    scan: str | None
    card: CardFound
    input: CardInput
    name: str | None = None
    facts: Facts = Facts()
    wallets: tuple[WalletView, ...] = ()
    tier: TierProgress | None = None
    programme: CompiledProgramme | None = None


class Identify:
    """Answers for a code, whether a scanner read it or a person typed it."""

    def __init__(
        self,
        cards: Cards,
        scans: Scans,
        programmes: Programmes,
        readings: LedgerReadings,
        clock: RuleClock,
        events: EventBus,
    ) -> None:
        self._cards = cards
        self._scans = scans
        self._programmes = programmes
        self._readings = readings
        self._clock = clock
        self._events = events

    def __call__(self, code: str, *, how: CardInput) -> Identified:
        """Who that card belongs to. A ledger that cannot be read leaves the balance out, not the name."""
        card = self._cards.find(code)
        scan = self._scans.remember(code, how)
        if card.member is None:
            return Identified(scan, card, how)
        programme = self._programmes.known()
        name = self._cards.name_of(card.member)
        if programme is None:
            return Identified(scan, card, how, name)
        try:
            account = self._readings.account(card.member.id)
        except LedgerUnavailable:
            return Identified(scan, card, how, name)
        facts = facts_for(card, account, programme)
        return Identified(
            scan=scan,
            card=card,
            input=how,
            name=name,
            facts=facts,
            wallets=self.wallets(account, programme),
            tier=tier_progress(programme.programme, facts.member, spend=facts.tier_spend, counted=Minor(0)),
            programme=programme,
        )

    def wallets(self, account: Account, programme: CompiledProgramme) -> tuple[WalletView, ...]:
        """The account's wallets as they stand today."""
        today = programme.calendar.business_day(self._clock.now().at)
        return tuple(_view(account, wallet.id, wallet.exponent, today) for wallet in programme.wallets.values())

    def on_scan(self, scan: Scan, describe: Callable[[Identified], Mapping[str, Any]]) -> None:
        """A scanner read something: screens see every verdict, only sound cards are looked up."""
        is_card = scan.verdict is Verdict.OK and scan.kind == "card"
        identified = self(scan.payload, how="scan") if is_card else None
        self._events.publish(
            "scan",
            {
                "scan_id": identified.scan if identified else None,
                "device": scan.device,
                "verdict": scan.verdict.value,
                "kind": scan.kind,
                "masked": scan.masked if is_card else "",
                "reason": scan.reason,
            },
        )
        if identified is not None:
            self._events.publish("identified", describe(identified))


def _view(account: Account, wallet: str, exponent: int, today: date) -> WalletView:
    lots = [lot for lot in account.lots.values() if lot.wallet == wallet and lot.points > 0]
    debt = account.debts.get(wallet, Points(0))
    alive = [lot for lot in lots if lot.expires_on is None or lot.expires_on >= today]
    pending = Points(sum(lot.points for lot in alive if lot.active_from > today))
    active = Points(sum(lot.points for lot in alive if lot.active_from <= today))
    return WalletView(
        wallet=wallet,
        exponent=exponent,
        balance=Points(active + pending - debt),
        spendable=Points(max(0, active - debt)),
        pending=pending,
        debt=debt,
        expiring=_expiring(alive, today),
    )


def _expiring(lots: list[Lot], today: date) -> tuple[Expiring, ...]:
    by_day: dict[date, int] = {}
    for lot in lots:
        day = lot.expires_on or NEVER
        if day <= today + timedelta(days=EXPIRING_DAYS):
            by_day[day] = by_day.get(day, 0) + lot.points
    return tuple(Expiring(Points(points), day) for day, points in sorted(by_day.items()))
