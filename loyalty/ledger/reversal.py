"""Refunds and voids in the ledger: their facts, their effects, and the refund read back.

Units: money in minor units, quantities in thousandths, points in the wallet's smallest unit.
"""

import msgspec

from loyalty.ledger.effects import Effect, GiveBack, Owe, TakeBack, Tally
from loyalty.ledger.values import Count, Positive, Whole
from loyalty.lots import LotUse
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.quantity import Milli
from loyalty.receipt import GivenBack, Refund, RefundedLine, TakenBack

LotPoints = tuple[str, Positive]


class Original(msgspec.Struct, frozen=True):
    """The sale that is reversed, by its receipt key and its place in the chain."""

    receipt: str
    register: str
    epoch: Positive
    seq: Positive


class ReturnedPart(msgspec.Struct, frozen=True):
    """One line's return: `money` went to the tenders, `points_money` came back as points.

    A void takes back lines of any sign; a refund's are above zero.
    """

    id: str
    quantity: Whole
    money: Whole
    points_money: Count


class PointsGivenBack(msgspec.Struct, frozen=True):
    """Spent points of one wallet that returned to their lots."""

    wallet: str
    points: Positive
    lots: tuple[LotPoints, ...]


class PointsTakenBack(msgspec.Struct, frozen=True):
    """Earned points of one wallet that were taken back: from lots, and the rest as debt."""

    wallet: str
    points: Positive
    lots: tuple[LotPoints, ...]
    debt: Count


class Reversal(msgspec.Struct, frozen=True):
    """What a refund or a void undid."""

    money: Whole
    lines: tuple[ReturnedPart, ...]
    given_back: tuple[PointsGivenBack, ...]
    taken_back: tuple[PointsTakenBack, ...]
    tier_counted: Whole


class RefundFacts(msgspec.Struct, frozen=True, tag="refund", tag_field="kind"):
    """A return of goods, whole or in part, under a key of its own."""

    refund: str
    client: str
    original: Original
    result: Reversal
    cashier: str | None
    reason: str | None


class VoidFacts(msgspec.Struct, frozen=True, tag="void", tag_field="kind"):
    """A receipt taken back as a whole, as if it had not been."""

    client: str
    original: Original
    result: Reversal
    cashier: str | None
    reason: str | None


def reversal_effects(refund: Refund, *, ends_visit: bool) -> tuple[Effect, ...]:
    """What the reversal does to the member's account. A void also takes back the visit: `ends_visit`."""
    effects: list[Effect] = [
        GiveBack(given.wallet, use.lot, use.points) for given in refund.given_back for use in given.lots
    ]
    for taken in refund.taken_back:
        effects += [TakeBack(taken.wallet, use.lot, use.points) for use in taken.from_lots]
        if taken.debt > 0:
            effects.append(Owe(taken.wallet, taken.debt))
    if refund.tier_counted or ends_visit:
        effects.append(Tally(spend=-refund.tier_counted, visits=-1 if ends_visit else 0))
    return tuple(effects)


def reversal_of(refund: Refund) -> Reversal:
    """A refund's result as its entry records it."""
    return Reversal(
        money=refund.money,
        lines=tuple(ReturnedPart(part.line, part.quantity, part.money, part.points_money) for part in refund.lines),
        given_back=tuple(PointsGivenBack(part.wallet, part.points, _pairs(part.lots)) for part in refund.given_back),
        taken_back=tuple(
            PointsTakenBack(part.wallet, part.points, _pairs(part.from_lots), part.debt) for part in refund.taken_back
        ),
        tier_counted=refund.tier_counted,
    )


def refund_of(reversal: Reversal) -> Refund:
    """The inverse of `reversal_of`."""
    return Refund(
        lines=tuple(
            RefundedLine(part.id, Milli(part.quantity), Minor(part.money), Minor(part.points_money))
            for part in reversal.lines
        ),
        money=Minor(reversal.money),
        given_back=tuple(GivenBack(part.wallet, Points(part.points), _uses(part.lots)) for part in reversal.given_back),
        taken_back=tuple(
            TakenBack(part.wallet, Points(part.points), _uses(part.lots), Points(part.debt))
            for part in reversal.taken_back
        ),
        tier_counted=Minor(reversal.tier_counted),
    )


def _pairs(uses: tuple[LotUse, ...]) -> tuple[LotPoints, ...]:
    return tuple((use.lot, use.points) for use in uses)


def _uses(pairs: tuple[LotPoints, ...]) -> tuple[LotUse, ...]:
    return tuple(LotUse(lot, Points(points)) for lot, points in pairs)
