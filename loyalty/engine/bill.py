"""A receipt in the making: the running total of each line and what has been taken off it."""

from collections.abc import Mapping, Sequence

from loyalty.basket import Line, LineKind
from loyalty.engine.allocate import spread
from loyalty.exclusions import Deny
from loyalty.goods import Goods
from loyalty.money import Minor
from loyalty.quote import PromotionEffect


class Bill:
    """Mutable, and alive for one quote only. Lines are addressed by position.

    `shelf` and `running` are line totals in minor units before and after what has been taken off so far.
    """

    __slots__ = (
        "_free",
        "_matching",
        "_ties",
        "denied",
        "effects",
        "lines",
        "negative",
        "owed_back",
        "points_money",
        "running",
        "shelf",
    )

    def __init__(self, lines: Sequence[Line], denied: Sequence[Deny]) -> None:
        self.lines = lines
        self.denied = denied
        self.shelf = [line.total for line in lines]
        self.running: list[int] = list(self.shelf)
        self.points_money: list[int] = [0] * len(lines)
        self.effects: list[list[PromotionEffect]] = [[] for _ in lines]
        self.negative = [line.total < 0 or line.quantity < 0 for line in lines]
        # Deposits and exchanges lower what discounts and caps may use, whatever group they belong to.
        self.owed_back = -sum(total for total, negative in zip(self.shelf, self.negative, strict=True) if negative)
        self._matching: dict[tuple[int, bool], tuple[int, ...]] = {}
        self._free: dict[tuple[int, bool, Deny], tuple[int, ...]] = {}
        self._ties: list[int] | None = None

    def matching(self, goods: Goods, *, delivery: bool = False) -> tuple[int, ...]:
        """Positions of the group's lines. A group that names no kind sees goods only, and delivery where asked."""
        key = (goods.number, delivery)
        found = self._matching.get(key)
        if found is None:
            found = tuple(
                position
                for position, line in enumerate(self.lines)
                if (goods.names_kind or line.kind is LineKind.GOODS or (delivery and line.kind is LineKind.DELIVERY))
                and goods.matches(line)
            )
            self._matching[key] = found
        return found

    def free(self, goods: Goods, deny: Deny, *, delivery: bool = False) -> tuple[int, ...]:
        """Those of the group's lines that are not negative and to which `deny` is not denied."""
        key = (goods.number, delivery, deny)
        found = self._free.get(key)
        if found is None:
            found = tuple(
                position
                for position in self.matching(goods, delivery=delivery)
                if not self.negative[position] and not self.denied[position] & deny
            )
            self._free[key] = found
        return found

    def usable(self, positions: Sequence[int]) -> int:
        """The running total of these lines that discounts and caps may use: less what is owed back, never below 0."""
        return max(0, sum(self.running[position] for position in positions) - self.owed_back)

    def ties(self, positions: Sequence[int]) -> list[int]:
        """Ranks that decide who gets an odd minor unit: dearest, then sku, then whatever else tells lines apart."""
        if self._ties is None:
            order = sorted(range(len(self.lines)), key=lambda position: _tie_key(self.lines[position], position))
            self._ties = [0] * len(self.lines)
            for rank, position in enumerate(order):
                self._ties[position] = rank
        ranks = self._ties
        return [ranks[position] for position in positions]

    def spread(self, amount: int, positions: Sequence[int], weights: Sequence[int]) -> dict[int, int]:
        """`amount` over these lines by weight; lines that get nothing are left out."""
        shares = spread(amount, weights, self.ties(positions))
        return {position: share for position, share in zip(positions, shares, strict=True) if share}

    def take_off(self, promotion: str, cuts: Mapping[int, int]) -> int:
        """Takes a promotion's discounts off its lines. Returns their sum, which never takes the receipt below zero."""
        if self.owed_back:
            room = max(0, sum(self.running))
            if sum(cuts.values()) > room:
                cuts = self.spread(room, tuple(cuts), tuple(cuts.values()))
        for position, cut in cuts.items():
            self.running[position] -= cut
            _add(self.effects[position], promotion, cut)
        return sum(cuts.values())

    def pay_with_points(self, money: int, positions: Sequence[int]) -> None:
        """Spreads what points pay over these lines, by their running totals."""
        shares = self.spread(money, positions, [self.running[position] for position in positions])
        for position, share in shares.items():
            self.running[position] -= share
            self.points_money[position] += share


def _add(effects: list[PromotionEffect], promotion: str, cut: int) -> None:
    """One effect for a promotion, also where several of its rewards reach the line."""
    for index, effect in enumerate(effects):
        if effect.promotion == promotion:
            effects[index] = PromotionEffect(promotion, Minor(effect.discount + cut))
            return
    effects.append(PromotionEffect(promotion, Minor(cut)))


def _tie_key(line: Line, position: int) -> tuple[object, ...]:
    # Everything but the id: lines that differ in nothing else are the same goods, in whatever order they were scanned.
    return (
        -line.price,
        line.sku,
        line.kind,
        line.category or "",
        -line.quantity,
        -line.total,
        line.regular_price or 0,
        line.unit,
        sorted((name, type(value).__name__, str(value)) for name, value in line.attributes.items()),
        position,
    )
