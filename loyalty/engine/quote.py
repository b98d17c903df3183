"""Pricing a basket: the layers in their order."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from loyalty.basket import Basket, Line
from loyalty.conditions.base import Scene
from loyalty.engine.accrue import accrue, counted_spend
from loyalty.engine.bill import Bill
from loyalty.engine.considered import Considered
from loyalty.engine.fingerprint import fingerprint
from loyalty.engine.redeem import redeem, redemption_hints
from loyalty.engine.scene import scene_of
from loyalty.engine.splits import splits
from loyalty.engine.tiers import tier_progress
from loyalty.exclusions import DISCOUNT
from loyalty.member import Facts
from loyalty.money import Minor
from loyalty.programme.compile import CompiledProgramme, Step
from loyalty.quote import CouponVerdict, Quote, QuotedLine, Totals
from loyalty.rewards.base import PriceRule

UNKNOWN_COUPON = "unknown"


def quote(compiled: CompiledProgramme, basket: Basket, facts: Facts, now: datetime, *, trace: bool = True) -> Quote:
    """What the basket costs, what it earns, and why. It has no effect; the same inputs give the same bytes.

    `now` is aware UTC; a naive time raises `ValueError`. Without `trace` the answer has no trace and no hints, and
    promotions that cannot match are not looked at; the result and its hash are the same.

    Order: line offers, basket offers, redemption of points, accrual. A coupon that is shown gets a verdict and never
    stops the sale.
    """
    scene = scene_of(compiled.calendar, facts, now)
    bill = bill_of(compiled, basket.lines)
    steps = [compiled.steps[number] for number in compiled.index.candidates(scene, basket.lines)]
    considered = Considered(compiled, scene, steps)
    _discount(compiled, steps, bill, considered)
    redemptions = redeem(compiled, basket, facts, scene, bill)
    accruals = accrue(compiled, steps, scene, bill, considered)
    lines = tuple(_quoted(bill, position) for position in range(len(basket.lines)))
    result = Quote(
        programme=compiled.id,
        version=compiled.version,
        hash="",
        totals=_totals(lines),
        lines=lines,
        redemptions=redemptions,
        accruals=accruals,
        tier=tier_progress(
            compiled.programme,
            scene.member,
            spend=facts.tier_spend,
            counted=_counted(compiled, scene, bill),
        ),
        coupons=tuple(CouponVerdict(code, UNKNOWN_COUPON) for code in basket.coupons),
        hints=redemption_hints(compiled, redemptions, bill) if trace else (),
        trace=considered.trace(bill) if trace else (),
    )
    return replace(result, hash=fingerprint(result))


def bill_of(compiled: CompiledProgramme, lines: Sequence[Line]) -> Bill:
    """A bill with nothing taken off yet."""
    return Bill(lines, [compiled.denials.of(line) for line in lines])


def _discount(compiled: CompiledProgramme, steps: Iterable[Step], bill: Bill, considered: Considered) -> None:
    for step in steps:
        rule = step.rule
        if not isinstance(rule, PriceRule) or not considered.holds(step.promotion):
            continue
        positions = bill.free(rule.goods, DISCOUNT)
        if positions and bill.take_off(compiled.promotions[step.promotion].id, rule.cut(bill, positions)):
            considered.applied(step.promotion)


def _counted(compiled: CompiledProgramme, scene: Scene, bill: Bill) -> Minor:
    if scene.member is None or compiled.programme.tiers is None:
        return Minor(0)
    return counted_spend(compiled, bill)


def _quoted(bill: Bill, position: int) -> QuotedLine:
    line = bill.lines[position]
    total = Minor(bill.running[position])
    return QuotedLine(
        id=line.id,
        shelf=line.total,
        effects=tuple(bill.effects[position]),
        points_spent=Minor(bill.points_money[position]),
        total=total,
        splits=splits(line.quantity, total),
    )


def _totals(lines: Sequence[QuotedLine]) -> Totals:
    return Totals(
        shelf=Minor(sum(line.shelf for line in lines)),
        discount=Minor(sum(line.discount for line in lines)),
        points_spent=Minor(sum(line.points_spent for line in lines)),
        to_pay=Minor(sum(line.total for line in lines)),
    )
