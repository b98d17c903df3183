"""Exclusions: goods that must not be discounted, earn, be paid with points, or take coupons."""

from enum import IntFlag, auto
from typing import Annotated, Literal

from pydantic import Field

from loyalty.basket import Line
from loyalty.goods import Goods, GoodsCompiler
from loyalty.groups import GroupRef
from loyalty.strict import Model


class Deny(IntFlag):
    """What may not be done with a line."""

    DISCOUNT = auto()
    EARN = auto()
    REDEEM = auto()
    COUPON = auto()


NOTHING = Deny(0)


class Exclusion(Model):
    """What is denied to a group of goods, whatever their kind."""

    group: GroupRef
    deny: Annotated[tuple[Literal["discount", "earn", "redeem", "coupon"], ...], Field(min_length=1, max_length=4)]


class Denials:
    """The exclusions of a programme, compiled."""

    __slots__ = ("_rules",)

    def __init__(self, exclusions: tuple[Exclusion, ...], goods: GoodsCompiler) -> None:
        self._rules: tuple[tuple[Goods, Deny], ...] = tuple(
            (goods.ref(exclusion.group), _flags(exclusion)) for exclusion in exclusions
        )

    def of(self, line: Line) -> Deny:
        """All that is denied to a line."""
        denied = NOTHING
        for goods, deny in self._rules:
            if goods.matches(line):
                denied |= deny
        return denied


def _flags(exclusion: Exclusion) -> Deny:
    flags = NOTHING
    for name in exclusion.deny:
        flags |= Deny[name.upper()]
    return flags
