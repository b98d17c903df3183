"""A percentage off: of each line, or of the receipt's eligible total."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from loyalty.engine.bill import Bill
from loyalty.rewards.base import Layer, PriceRule, Reward, Rounded, Setting
from loyalty.strict import WHOLE_PPM, Percent, later_values

Cut = Callable[[Bill, tuple[int, ...]], Mapping[int, int]]


class PercentReward(Reward):
    """`percent` off the running price, or off the original one; never more than is left of a line.

    Per line it is rounded on each line. Per receipt it is rounded once on the eligible total, then spread by the
    lines' running totals. In the basket layer it is per receipt unless it says otherwise, elsewhere per line.
    """

    later = frozenset({"max", "skip_discounted", "units"})

    kind: Literal["percent"]
    percent: Percent
    base: Literal["running", "original"] = "running"
    per: Annotated[Literal["line", "receipt"], later_values("unit", "set")] | None = None

    def compile(self, setting: Setting) -> PriceRule:
        layer = setting.layer or (Layer.BASKET if self.per == "receipt" else Layer.LINE)
        per_receipt = self.per == "receipt" or (self.per is None and layer is Layer.BASKET)
        off = _off_receipt if per_receipt else _off_lines
        return PriceRule(layer, self.goods(setting), off(self.percent, self.base == "original", setting.rounded))


def _off_lines(percent: int, original: bool, rounded: Rounded) -> Cut:  # noqa: FBT001 - one caller, four lines above
    def cut(bill: Bill, positions: tuple[int, ...]) -> Mapping[int, int]:
        base = bill.shelf if original else bill.running
        cuts = {
            position: min(bill.running[position], rounded(base[position] * percent, WHOLE_PPM))
            for position in positions
        }
        return {position: off for position, off in cuts.items() if off}

    return cut


def _off_receipt(percent: int, original: bool, rounded: Rounded) -> Cut:  # noqa: FBT001 - the same
    def cut(bill: Bill, positions: tuple[int, ...]) -> Mapping[int, int]:
        weights = [bill.running[position] for position in positions]
        usable = bill.usable(positions)
        base = max(0, sum(bill.shelf[position] for position in positions) - bill.owed_back) if original else usable
        return bill.spread(min(usable, rounded(base * percent, WHOLE_PPM)), positions, weights)

    return cut
