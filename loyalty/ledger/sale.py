"""A sale in the ledger: what is needed to compute it again, what it claims, and the receipt read back from it.

Units: money in minor units, unit prices in ten-thousandths of the main unit, quantities in thousandths,
points in the wallet's smallest unit.
"""

from datetime import date
from typing import Literal

import msgspec

from loyalty.basket import Attribute, Basket, Line
from loyalty.ledger.effects import Earn, Effect, Repay, Spend, Tally
from loyalty.ledger.values import Count, Positive, Whole
from loyalty.lots import LotUse
from loyalty.member import Facts, Member
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.quantity import Milli
from loyalty.quote import CouponVerdict, Quote, QuotedLine
from loyalty.receipt import Earned, Receipt, SoldLine, Spent

CardVerdict = Literal["known", "unknown", "blocked", "unavailable"]


class ShownCard(msgspec.Struct, frozen=True):
    """How a card was shown and what it turned out to be. Never its number."""

    input: Literal["scan", "swipe", "manual"]
    verdict: CardVerdict


class Rules(msgspec.Struct, frozen=True):
    """By which rules: programme, the engine's rules level, time-zone data, and the instant they were judged at."""

    programme: str
    version: Positive
    level: Positive
    tzdata: str
    at_ms: Whole


class EntryLine(msgspec.Struct, frozen=True):
    """A normalised line with its result: `pay` = `total` − Σ `discounts` − `points_money`.

    `earns` and `counts`: whether it was part of the earning base, and of the tier's metric.
    """

    id: str
    sku: str
    type: str
    category: str | None
    quantity: Whole
    unit: str
    price: Whole
    regular_price: Whole | None
    total: Whole
    attributes: dict[str, Attribute]
    floor: Whole | None
    discounts: tuple[tuple[str, Whole], ...]
    points_money: Count
    pay: Whole
    earns: bool
    counts: bool


class Totals(msgspec.Struct, frozen=True):
    """Σ over the lines."""

    shelf: Whole
    discount: Whole
    points_money: Count
    pay: Whole


class KnownLot(msgspec.Struct, frozen=True):
    """A lot as the register knew it when it priced the receipt."""

    lot: str
    wallet: str
    points: Positive
    active_from: date
    expires_on: date | None


class Projection(msgspec.Struct, frozen=True):
    """The member's features that the programme read."""

    tier: str | None
    tier_since: date | None
    status: str
    tier_spend: Whole
    debts: dict[str, Count]
    lots: tuple[KnownLot, ...]
    authority: dict[str, tuple[Count, str]]


class Redeemed(msgspec.Struct, frozen=True):
    """Points of one wallet that paid, worth `money`, from these lots, and the bound that decided how many."""

    wallet: str
    points: Count
    money: Count
    decided_by: str
    lots: tuple[tuple[str, Positive], ...]


class Accrued(msgspec.Struct, frozen=True):
    """Points earned on `base` and the lot they became, None where they were none."""

    wallet: str
    base: Whole
    points: Count
    lot: str | None


class SaleFacts(msgspec.Struct, frozen=True, tag="sale", tag_field="kind"):
    """A confirmed basket, everything that its calculation read, and what came of it."""

    receipt: str
    client: str
    store: str
    channel: str
    attributes: dict[str, Attribute]
    card: ShownCard | None
    rules: Rules
    quote: str
    redeem: dict[str, int | str]
    coupons: tuple[tuple[str, str], ...]
    tenders: tuple[str, ...]
    lines: tuple[EntryLine, ...]
    totals: Totals
    projection: Projection | None
    redeemed: tuple[Redeemed, ...]
    accrued: tuple[Accrued, ...]
    tier_counted: Whole


def sale_effects(quote: Quote, facts: Facts, receipt: Receipt) -> tuple[Effect, ...]:
    """What the sale does to the member's account: spends, earns, repays debt, counts. A guest's does nothing."""
    if receipt.member is None:
        return ()
    effects: list[Effect] = [
        Spend(redemption.wallet, use.lot, use.points) for redemption in quote.redemptions for use in redemption.lots
    ]
    lots = {earned.wallet: earned.lot for earned in receipt.earned}
    for accrual in quote.accruals:
        if accrual.points <= 0:
            continue
        lot = lots[accrual.wallet]
        effects.append(Earn(accrual.wallet, lot, accrual.points, accrual.active_from, accrual.expires_on))
        owed = min(accrual.points, facts.debts.get(accrual.wallet, 0))
        if owed > 0:
            effects.append(Repay(accrual.wallet, lot, owed))
    effects.append(Tally(spend=quote.tier.counted, visits=1))
    return tuple(effects)


def sale_facts(
    *,
    basket: Basket,
    quote: Quote,
    receipt: Receipt,
    facts: Facts,
    client: str,
    rules: Rules,
    card: ShownCard | None,
) -> SaleFacts:
    """The sale as its entry records it."""
    lots = {earned.wallet: earned.lot for earned in receipt.earned}
    return SaleFacts(
        receipt=receipt.key,
        client=client,
        store=basket.store,
        channel=basket.channel,
        attributes=dict(basket.attributes),
        card=card,
        rules=rules,
        quote=quote.hash,
        redeem=dict(basket.redeem),
        coupons=tuple((_kept(coupon), coupon.verdict) for coupon in quote.coupons),
        tenders=basket.tenders,
        lines=tuple(map(_entry_line, basket.lines, quote.lines, receipt.lines)),
        totals=Totals(quote.totals.shelf, quote.totals.discount, quote.totals.points_spent, quote.totals.to_pay),
        projection=_projection(facts, facts.member) if facts.member else None,
        redeemed=tuple(
            Redeemed(
                wallet=redemption.wallet,
                points=redemption.allowed,
                money=redemption.money,
                decided_by=redemption.decided_by,
                lots=tuple((use.lot, use.points) for use in redemption.lots),
            )
            for redemption in quote.redemptions
        ),
        accrued=tuple(
            Accrued(accrual.wallet, accrual.base, accrual.points, lots.get(accrual.wallet))
            for accrual in quote.accruals
        ),
        tier_counted=quote.tier.counted,
    )


def receipt_of(sale: SaleFacts, member: str | None) -> Receipt:
    """The receipt as its sale entry recorded it."""
    return Receipt(
        key=sale.receipt,
        member=member,
        lines=tuple(
            SoldLine(
                id=line.id,
                sku=line.sku,
                quantity=Milli(line.quantity),
                total=Minor(line.pay),
                points_money=Minor(line.points_money),
                earns=line.earns,
                counts=line.counts,
            )
            for line in sale.lines
        ),
        spent=tuple(
            Spent(
                wallet=redeemed.wallet,
                points=Points(redeemed.points),
                lots=tuple(LotUse(lot, Points(points)) for lot, points in redeemed.lots),
            )
            for redeemed in sale.redeemed
            if redeemed.points > 0
        ),
        earned=tuple(
            Earned(accrued.wallet, Points(accrued.points), accrued.lot)
            for accrued in sale.accrued
            if accrued.lot is not None
        ),
        tier_counted=Minor(sale.tier_counted),
    )


def _entry_line(line: Line, quoted: QuotedLine, sold: SoldLine) -> EntryLine:
    return EntryLine(
        id=line.id,
        sku=line.sku,
        type=line.kind.value,
        category=line.category,
        quantity=line.quantity,
        unit=line.unit,
        price=line.price,
        regular_price=line.regular_price,
        total=line.total,
        attributes=dict(line.attributes),
        floor=None,
        discounts=tuple((effect.promotion, effect.discount) for effect in quoted.effects),
        points_money=quoted.points_spent,
        pay=quoted.total,
        earns=sold.earns,
        counts=sold.counts,
    )


def _kept(coupon: CouponVerdict) -> str:
    """A coupon's code; of one that nobody knows only the end, since a card may have been scanned in its place."""
    return coupon.code if coupon.verdict != "unknown" else f"…{coupon.code[-4:]}"


def _projection(facts: Facts, member: Member) -> Projection:
    return Projection(
        tier=member.tier,
        tier_since=member.tier_since,
        status=member.status,
        tier_spend=facts.tier_spend,
        debts=dict(facts.debts),
        lots=tuple(KnownLot(lot.id, lot.wallet, lot.points, lot.active_from, lot.expires_on) for lot in facts.lots),
        authority={wallet: (authority.points, authority.by) for wallet, authority in facts.authority.items()},
    )
