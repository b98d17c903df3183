"""What became of each promotion: judged once, at its first layer; applied exactly when it had an effect."""

from collections.abc import Iterable

from loyalty.conditions.base import NO_DETAILS, Scene, Verdict, unmet, without_member
from loyalty.conditions.window import OUTSIDE
from loyalty.engine.bill import Bill
from loyalty.exclusions import DISCOUNT, EARN
from loyalty.programme.compile import CompiledProgramme, Step
from loyalty.quote import Trace
from loyalty.rewards.base import PointsRule, Rule

NO_GOODS = unmet("no_goods")
EXCLUDED_GOODS = unmet("excluded_goods")
NO_EFFECT = unmet("no_effect")


class Considered:
    """The promotions of one quote, by index. Verdicts are given when first asked for, and kept."""

    __slots__ = ("_applied", "_compiled", "_reached", "_scene", "_verdicts")

    def __init__(self, compiled: CompiledProgramme, scene: Scene, steps: Iterable[Step]) -> None:
        self._compiled = compiled
        self._scene = scene
        self._reached = {step.promotion for step in steps}
        self._verdicts: dict[int, Verdict] = {}
        self._applied: set[int] = set()

    def holds(self, promotion: int) -> bool:
        """Whether the promotion's window is open and its conditions are met."""
        return self._verdict(promotion).reason is None

    def applied(self, promotion: int) -> None:
        """It had an effect."""
        self._applied.add(promotion)

    def trace(self, bill: Bill) -> tuple[Trace, ...]:
        """For each promotion of the programme: applied, or exactly one reason."""
        return tuple(self._trace(number, bill) for number in range(len(self._compiled.promotions)))

    def _trace(self, number: int, bill: Bill) -> Trace:
        promotion = self._compiled.promotions[number]
        if number in self._applied:
            return Trace(promotion.id, None, NO_DETAILS)
        verdict = self._verdict(number)
        if verdict.reason is None:
            verdict = self._why_nothing(number, promotion.rules[0], bill)
        return Trace(promotion.id, verdict.reason, verdict.details)

    def _verdict(self, number: int) -> Verdict:
        verdict = self._verdicts.get(number)
        if verdict is None:
            promotion = self._compiled.promotions[number]
            verdict = promotion.judge(self._scene) if promotion.is_open(self._scene) else OUTSIDE
            self._verdicts[number] = verdict
        return verdict

    def _why_nothing(self, number: int, rule: Rule, bill: Bill) -> Verdict:
        if isinstance(rule, PointsRule) and self._scene.member is None:
            return without_member(self._scene)
        # A member's promotion whose conditions hold is left out by the index only where its goods are not there.
        if rule.goods.reach is not None and number not in self._reached:
            return NO_GOODS
        if all(bill.negative[position] for position in bill.matching(rule.goods)):
            return NO_GOODS
        deny = EARN if isinstance(rule, PointsRule) else DISCOUNT
        return NO_EFFECT if bill.free(rule.goods, deny) else EXCLUDED_GOODS
