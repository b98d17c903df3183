"""Points as payment: how many may pay, which bound decides, from which lots."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from loyalty.basket import Basket
from loyalty.conditions.base import Scene, without_member
from loyalty.engine.bill import Bill
from loyalty.exclusions import REDEEM
from loyalty.lots import spendable_points, take
from loyalty.member import Facts
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme, RedemptionPlan, WalletRedemption
from loyalty.programme.model import REDEMPTION_HINT
from loyalty.quote import Hint, Redemption
from loyalty.strict import WHOLE_PPM

NOTHING_ASKED = Points(0)
MINIMUM_RECEIPT = "minimum_receipt"
NEARLY_FRACTION = 2
"""A threshold is nearly reached when no more than one part in so many is missing."""


@dataclass(slots=True)
class _Purse:
    """What is left of the money that points may pay on this receipt. `total` is the eligible total."""

    eligible: tuple[int, ...]
    total: int
    left: int


def redeem(
    compiled: CompiledProgramme, basket: Basket, facts: Facts, scene: Scene, bill: Bill
) -> tuple[Redemption, ...]:
    """Lets points pay what the basket asks for, wallet by wallet, and takes it off the bill.

    A member sees each wallet's bounds also where nothing was asked. The eligible total is what goods cost after
    discounts, without those excluded from redemption, less negative lines.
    """
    plan = compiled.redemption
    if scene.member is None:
        return tuple(_refused(rules, basket, scene) for rules in plan.wallets if rules.wallet in basket.redeem)
    eligible = bill.free(compiled.everything, REDEEM)
    total = bill.usable(eligible)
    purse = _Purse(eligible, total, total if plan.cap_percent is None else total * plan.cap_percent // WHOLE_PPM)
    redemptions = []
    for rules in plan.wallets:
        asked = basket.redeem.get(rules.wallet, NOTHING_ASKED)
        bounds = _bounds(plan, rules, facts, scene.day, purse)
        redemptions.append(_pay(rules, asked, bounds, facts, scene.day, bill, purse))
    return tuple(redemptions)


def redemption_hints(compiled: CompiledProgramme, redemptions: tuple[Redemption, ...], bill: Bill) -> tuple[Hint, ...]:
    """How much more on the receipt would let points pay, where only the least receipt stands in the way."""
    eligible = bill.free(compiled.everything, REDEEM)
    minimum = compiled.redemption.minimum_receipt
    missing = minimum - bill.usable(eligible)
    if not 0 < missing * NEARLY_FRACTION <= minimum:
        return ()
    return tuple(
        Hint(REDEMPTION_HINT, Minor(missing), redemption.wallet)
        for redemption in redemptions
        if MINIMUM_RECEIPT in redemption.bounds and _least_of_others(redemption) >= redemption.step
    )


def _least_of_others(redemption: Redemption) -> int:
    return min(points for name, points in redemption.bounds.items() if name != MINIMUM_RECEIPT)


def _bounds(plan: RedemptionPlan, rules: WalletRedemption, facts: Facts, day: date, purse: _Purse) -> dict[str, Points]:
    """Each bound by name, in order of precedence where several are equally strict."""
    wallet = rules.wallet
    balance = Points(max(0, spendable_points(facts.lots_of(wallet), on=day) - facts.debts.get(wallet, 0)))
    bounds = {
        "balance": balance,
        "receipt" if plan.cap_percent is None else "cap": Points(purse.left * rules.step // rules.step_money),
    }
    if (authority := facts.authority.get(wallet)) is not None:
        bounds["authority"] = Points(max(0, authority.points))
    if balance < rules.minimum_balance:
        bounds["minimum_balance"] = Points(0)
    if purse.total < plan.minimum_receipt:
        bounds[MINIMUM_RECEIPT] = Points(0)
    return bounds


def _pay(
    rules: WalletRedemption,
    asked: Points | Literal["max"],
    bounds: dict[str, Points],
    facts: Facts,
    day: date,
    bill: Bill,
    purse: _Purse,
) -> Redemption:
    allowed, decided_by = _decide(asked, bounds, rules)
    money = Minor(allowed // rules.step * rules.step_money)
    if money:
        bill.pay_with_points(money, purse.eligible)
        purse.left -= money
    return Redemption(
        wallet=rules.wallet,
        asked=asked,
        allowed=allowed,
        money=money,
        bounds=bounds,
        decided_by=decided_by,
        step=rules.step,
        lots=take(facts.lots_of(rules.wallet), allowed, on=day),
    )


def _decide(asked: Points | Literal["max"], bounds: dict[str, Points], rules: WalletRedemption) -> tuple[Points, str]:
    strictest = min(bounds, key=lambda name: bounds[name])
    wanted, decided_by = bounds[strictest], strictest
    if asked != "max" and asked <= wanted:
        wanted, decided_by = Points(max(0, asked)), "asked"
    allowed = Points(wanted // rules.step * rules.step)
    if wanted and allowed < rules.minimum:
        return Points(0), "minimum"
    return allowed, decided_by


def _refused(rules: WalletRedemption, basket: Basket, scene: Scene) -> Redemption:
    reason = without_member(scene).reason or ""
    return Redemption(
        wallet=rules.wallet,
        asked=basket.redeem[rules.wallet],
        allowed=Points(0),
        money=Minor(0),
        bounds={reason: Points(0)},
        decided_by=reason,
        step=rules.step,
        lots=(),
    )
