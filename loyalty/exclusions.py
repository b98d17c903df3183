"""Exclusions: goods that must not be discounted, earn, be paid with points, or take coupons."""

from collections.abc import Sequence
from typing import Annotated, Literal, NewType

from pydantic import Field

from loyalty.basket import Line
from loyalty.goods import Goods, GoodsCompiler
from loyalty.groups import GroupRef
from loyalty.strict import Model

# Plain bits: each line is asked for them in each step, and an enum's `&` costs ten times as much.
Deny = NewType("Deny", int)
"""What may not be done with a line, as bits."""

DISCOUNT = Deny(1)
EARN = Deny(2)
REDEEM = Deny(4)
COUPON = Deny(8)
NOTHING = Deny(0)

_BITS = {"discount": DISCOUNT, "earn": EARN, "redeem": REDEEM, "coupon": COUPON}


class Exclusion(Model):
    """What is denied to a group of goods, whatever their kind."""

    group: GroupRef
    deny: Annotated[tuple[Literal["discount", "earn", "redeem", "coupon"], ...], Field(min_length=1, max_length=4)]


class Denials:
    """The exclusions of a programme, compiled."""

    __slots__ = ("_rules",)

    def __init__(self, exclusions: tuple[Exclusion, ...], goods: GoodsCompiler) -> None:
        self._rules: tuple[tuple[Goods, Deny], ...] = tuple(
            (goods.ref(exclusion.group), _together([_BITS[name] for name in exclusion.deny]))
            for exclusion in exclusions
        )

    def of(self, line: Line) -> Deny:
        """All that is denied to a line."""
        return _together([deny for goods, deny in self._rules if goods.matches(line)])


def _together(denials: Sequence[Deny]) -> Deny:
    bits = 0
    for deny in denials:
        bits |= deny
    return Deny(bits)
