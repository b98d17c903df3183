"""Money as integers of a currency's minor unit, and unit prices with four decimals.

Source: ISO 4217 for the number of decimals of each currency.
"""

import re
from dataclasses import dataclass
from typing import NewType

from loyalty.errors import BadAmount
from loyalty.rounding import half_up

Minor = NewType("Minor", int)
"""An amount in minor units (kopecks, pence)."""

UnitPrice = NewType("UnitPrice", int)
"""A price of one unit in ten-thousandths of the currency's main unit; real tills have tenths of a penny."""

PRICE_DECIMALS = 4
AMOUNT_DIGITS_MAX = 15

_NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code and how many decimals its amounts have."""

    code: str
    decimals: int

    @classmethod
    def of(cls, code: str) -> "Currency":
        if code in _NO_DECIMALS:
            return cls(code, 0)
        return cls(code, 3 if code in _THREE_DECIMALS else 2)


def parse_amount(text: str, currency: Currency) -> Minor:
    """`"129.90"` in roubles is 12990. Raises `BadAmount` for anything but a plain decimal that fits."""
    return Minor(parse_decimal(text, currency.decimals))


def amount_text(amount: Minor, currency: Currency) -> str:
    """12990 in roubles is `"129.90"`: always all decimals, a point, no grouping."""
    return decimal_text(amount, currency.decimals)


def parse_price(text: str) -> UnitPrice:
    """`"0.001"` is 10 ten-thousandths. Raises `BadAmount`."""
    return UnitPrice(parse_decimal(text, PRICE_DECIMALS))


def price_text(price: UnitPrice, currency: Currency) -> str:
    """The shortest exact text with at least the currency's decimals."""
    text = decimal_text(price, PRICE_DECIMALS)
    spare = PRICE_DECIMALS - currency.decimals
    while spare and text.endswith("0"):
        text, spare = text[:-1], spare - 1
    return text.removesuffix(".")


def line_total(price: UnitPrice, quantity_milli: int, currency: Currency) -> Minor:
    """Price × quantity in minor units, half up. `quantity_milli` is in thousandths of the unit."""
    return Minor(half_up(price * quantity_milli * 10**currency.decimals, 10 ** (PRICE_DECIMALS + 3)))


def parse_decimal(text: str, decimals: int) -> int:
    """A plain decimal as an integer of 10^-`decimals`. Raises `BadAmount`; never rounds."""
    match = _PLAIN_NUMBER.fullmatch(text)
    if match is None:
        raise BadAmount(text, "is not a plain decimal such as 129.90")
    fraction = match[3] or ""
    if len(fraction) > decimals:
        raise BadAmount(text, f"has more than {decimals} decimals")
    if len(text) > AMOUNT_DIGITS_MAX:
        raise BadAmount(text[:AMOUNT_DIGITS_MAX] + "…", f"is longer than {AMOUNT_DIGITS_MAX} characters")
    value = int(match[1] + fraction.ljust(decimals, "0"))
    return -value if text.startswith("-") else value


def decimal_text(value: int, decimals: int) -> str:
    """The inverse of `parse_decimal`, with all decimals."""
    if not decimals:
        return str(value)
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{'-' if value < 0 else ''}{whole}.{fraction:0{decimals}}"
