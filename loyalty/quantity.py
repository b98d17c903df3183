"""Quantities as integer thousandths of a unit: pieces, kilograms, gallons."""

from typing import NewType

from loyalty.money import decimal_text, parse_decimal

Milli = NewType("Milli", int)
"""A quantity in thousandths."""

QUANTITY_DECIMALS = 3
ONE = Milli(1000)


def parse_quantity(text: str) -> Milli:
    """`"0.642"` is 642. Raises `BadAmount`."""
    return Milli(parse_decimal(text, QUANTITY_DECIMALS))


def quantity_text(quantity: Milli) -> str:
    """The shortest exact text: `"2"`, `"0.642"`."""
    return decimal_text(quantity, QUANTITY_DECIMALS).rstrip("0").removesuffix(".")
