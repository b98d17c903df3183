"""Points that a receipt earns, and what it adds to the tier's metric."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from loyalty.basket import LineKind
from loyalty.conditions.base import Scene
from loyalty.engine.bill import Bill
from loyalty.engine.considered import Considered
from loyalty.exclusions import EARN
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme, Step
from loyalty.quote import Accrual
from loyalty.rewards.base import PointsRule


@dataclass(slots=True)
class _Earning:
    """What one wallet has earned so far, on which money of which lines."""

    points: int = 0
    bases: dict[int, int] = field(default_factory=dict)
    promotions: list[str] = field(default_factory=list)


def accrue(
    compiled: CompiledProgramme, steps: Iterable[Step], scene: Scene, bill: Bill, considered: Considered
) -> tuple[Accrual, ...]:
    """One accrual for each wallet that earns. Several rules add, each rounded once by itself."""
    earnings = {wallet: _Earning() for wallet in compiled.wallets}
    for step in steps:
        rule = step.rule
        if scene.member is None or not isinstance(rule, PointsRule) or not considered.holds(step.promotion):
            continue
        bases = _bases(compiled, rule, bill)
        if points := rule.earn(tuple(bases.values())):
            considered.applied(step.promotion)
            earning = earnings[rule.wallet]
            earning.points += points
            earning.bases |= bases
            if (promotion := compiled.promotions[step.promotion].id) not in earning.promotions:
                earning.promotions.append(promotion)
    return tuple(
        Accrual(
            wallet=wallet,
            base=Minor(sum(earning.bases.values())),
            points=Points(earning.points),
            active_from=compiled.wallets[wallet].active_from(scene.day),
            expires_on=compiled.wallets[wallet].expires_on(scene.day),
            promotions=tuple(earning.promotions),
        )
        for wallet, earning in earnings.items()
        if earning.points
    )


def earning_lines(compiled: CompiledProgramme, rule: PointsRule, bill: Bill) -> tuple[int, ...]:
    """Positions of the lines that earn by this rule."""
    return _unless_delivery(compiled, bill, bill.free(rule.goods, EARN, delivery=_delivery_earns(compiled)))


def counting_lines(compiled: CompiledProgramme, bill: Bill) -> tuple[int, ...]:
    """Positions of the lines that count in the tier's metric: goods that may earn."""
    return bill.free(compiled.everything, EARN)


def counted_spend(compiled: CompiledProgramme, bill: Bill) -> Minor:
    """What the receipt adds to the tier's metric: its counting lines after discounts and points, less negative ones."""
    spent = sum(bill.running[position] for position in counting_lines(compiled, bill))
    return Minor(max(0, spent - _owed_back(bill, bill.matching(compiled.everything))))


def _delivery_earns(compiled: CompiledProgramme) -> bool:
    return compiled.programme.earning_base.delivery


def _unless_delivery(compiled: CompiledProgramme, bill: Bill, goods: tuple[int, ...]) -> tuple[int, ...]:
    """The goods without delivery, which a group may name while the programme's switch still says no."""
    if _delivery_earns(compiled):
        return goods
    return tuple(position for position in goods if bill.lines[position].kind is not LineKind.DELIVERY)


def _bases(compiled: CompiledProgramme, rule: PointsRule, bill: Bill) -> dict[int, int]:
    """The money that earns by this rule, in minor units, by line.

    Negative lines among the rule's goods lower it: else who exchanges goods on one receipt would earn on them twice.
    """
    earning = earning_lines(compiled, rule, bill)
    bases = [_base(compiled, bill, position) for position in earning]
    goods = bill.matching(rule.goods, delivery=_delivery_earns(compiled))
    if owed_back := _owed_back(bill, _unless_delivery(compiled, bill, goods)):
        return bill.spread(max(0, sum(bases) - owed_back), earning, bases)
    return dict(zip(earning, bases, strict=True))


def _owed_back(bill: Bill, goods: tuple[int, ...]) -> int:
    return -sum(
        bill.shelf[position] for position in goods if bill.negative[position] and not bill.denied[position] & EARN
    )


def _base(compiled: CompiledProgramme, bill: Bill, position: int) -> int:
    rules = compiled.programme.earning_base
    if rules.discounts == "subtract":
        base = bill.running[position] + bill.points_money[position]
    else:
        base = bill.shelf[position]
    return max(0, base - bill.points_money[position]) if rules.own_points == "subtract" else base
