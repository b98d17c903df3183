"""Decimal texts of documents, and how large they may be so that every sum stays below 2⁵³."""

from collections.abc import Callable
from typing import TypeVar

from loyalty.errors import BadAmount
from loyalty.money import Currency, Minor, UnitPrice, parse_amount, parse_price
from loyalty.points import Points, parse_points
from loyalty.quantity import ONE, Milli, parse_quantity

LINE_TOTAL_MAX = Minor(10**10)
"""In minor units; 1,000 such lines with the highest earning rate stay below 2⁵³."""
SPEND_MAX = Minor(10**13)
QUANTITY_MAX = Milli(1_000_000 * ONE)
PRICE_MAX = UnitPrice(10**12)
POINTS_MAX = Points(10**13)

Number = TypeVar("Number", bound=int)


def quantity(text: str) -> Milli:
    """A quantity of either sign. Raises `BadAmount`, as all here do."""
    return _within(parse_quantity(text), QUANTITY_MAX, text)


def price(text: str) -> UnitPrice:
    """A unit price of either sign: real tills book adjustments that way."""
    return _within(parse_price(text), PRICE_MAX, text)


def line_amount(currency: Currency) -> Callable[[str], Minor]:
    """A line's total of either sign."""
    return lambda text: _within(parse_amount(text, currency), LINE_TOTAL_MAX, text)


def spend(currency: Currency) -> Callable[[str], Minor]:
    """Money spent over time, ≥ 0."""
    return lambda text: _not_negative(_within(parse_amount(text, currency), SPEND_MAX, text), text)


def points(exponent: int) -> Callable[[str], Points]:
    """Points ≥ 0 of a wallet with so many decimals."""
    return lambda text: _not_negative(_within(parse_points(text, exponent), POINTS_MAX, text), text)


def _within(value: Number, limit: int, text: str) -> Number:
    if abs(value) > limit:
        raise BadAmount(text, "is more than can be")
    return value


def _not_negative(value: Number, text: str) -> Number:
    if value < 0:
        raise BadAmount(text, "is negative")
    return value
