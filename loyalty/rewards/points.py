"""Points for money spent."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from loyalty.points import Points, Rate
from loyalty.rewards.base import Layer, PointsRule, Reward, Rounded, Setting
from loyalty.rounding import down, half_up, up
from loyalty.strict import Amount, Fault, WalletId, WalletPoints, later_values, refuse

RATE_MAX = 500
"""Points of the smallest unit for a minor unit; keeps what a receipt can earn below 2⁵³."""

_ROUNDINGS: dict[str, Rounded] = {"down": down, "nearest": half_up, "up": up}


class PointsReward(Reward):
    """`points` for every `per_money` of the earning base, in proportion or for whole steps only.

    Rounded once: on the receipt's base, or on each line's where `place` is line.
    """

    later = frozenset({"per_unit", "fixed", "percent"})

    kind: Literal["points"]
    wallet: WalletId
    points: WalletPoints
    per_money: Annotated[Amount, Field(gt=0)]
    whole_steps: StrictBool = False
    round: Literal["down", "nearest", "up"] = "down"
    place: Annotated[Literal["receipt", "line"], later_values("unit")] = "receipt"

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.points > RATE_MAX * self.per_money:
            refuse(
                [Fault(("points",), "out_of_range", f"more than {RATE_MAX} points a minor unit is a slip of the pen")]
            )
        return self

    def compile(self, setting: Setting) -> PointsRule:
        rate = Rate(self.points, self.per_money)
        earned = _steps(rate) if self.whole_steps else _share(rate, _ROUNDINGS[self.round])
        place = _per_line(earned) if self.place == "line" else lambda bases: Points(earned(sum(bases)))
        return PointsRule(Layer.ACCRUAL, self.wallet, self.goods(setting), place)


def _steps(rate: Rate) -> Callable[[int], int]:
    return lambda base: base // rate.minor * rate.points


def _share(rate: Rate, rounded: Rounded) -> Callable[[int], int]:
    return lambda base: rounded(base * rate.points, rate.minor)


def _per_line(earned: Callable[[int], int]) -> Callable[[Sequence[int]], Points]:
    return lambda bases: Points(sum(earned(base) for base in bases))
