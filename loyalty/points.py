"""Points of a wallet as integers of its smallest unit, and exact earning rates."""

from dataclasses import dataclass
from typing import NewType

from loyalty.money import decimal_text, parse_decimal

Points = NewType("Points", int)
"""Points in the wallet's smallest unit: whole points, or hundredths where the wallet has two decimals."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many points for so much money, as an exact pair; never a quotient.

    Units: `points` in the wallet's smallest unit, `minor` in the currency's.
    """

    points: int
    minor: int


def parse_points(text: str, exponent: int) -> Points:
    """`"412"` is 412 with exponent 0 and 41200 with exponent 2. Raises `BadAmount`."""
    return Points(parse_decimal(text, exponent))


def points_text(points: Points, exponent: int) -> str:
    """The inverse of `parse_points`."""
    return decimal_text(points, exponent)
