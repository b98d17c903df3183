"""What every reward is: a model that compiles to a rule, and the layers in which rules are applied."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from loyalty.engine.bill import Bill
from loyalty.goods import Goods, GoodsCompiler
from loyalty.groups import GroupRef
from loyalty.points import Points
from loyalty.strict import Model

Rounded = Callable[[int, int], int]
"""A named rounding of a ratio: numerator, denominator."""


class Layer(IntEnum):
    """When a rule is applied: each layer sees the running totals that the one before left."""

    LINE = 1
    BASKET = 3
    ACCRUAL = 6


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Takes money off lines.

    `cut` gets the positions that may be discounted, not empty, and answers with the discount of each line,
    in minor units, zeros left out; never more than the line's running total.
    """

    layer: Layer
    goods: Goods
    cut: Callable[[Bill, tuple[int, ...]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class PointsRule:
    """Earns points of one wallet. `earn` gets the earning base of each line in minor units, not empty."""

    layer: Layer
    wallet: str
    goods: Goods
    earn: Callable[[Sequence[int]], Points]


Rule = PriceRule | PointsRule


@dataclass(frozen=True, slots=True)
class Setting:
    """What rewards are compiled with: the programme's goods, its rounding, and the layer that the promotion names."""

    goods: GoodsCompiler
    rounded: Rounded
    layer: Layer | None


class On(Model):
    """Which goods a reward is for."""

    later = frozenset({"units", "skip_discounted"})
    group: GroupRef | None = None


class Reward(Model):
    """One reward of a promotion."""

    on: On | None = None

    @abstractmethod
    def compile(self, setting: Setting) -> Rule:
        """The reward as a closure over the programme's groups and rounding."""

    def goods(self, setting: Setting) -> Goods:
        return setting.goods.ref(self.on.group if self.on else None)
