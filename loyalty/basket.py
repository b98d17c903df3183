"""A basket: what the customer brings to the register, before anything is calculated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from loyalty.money import Minor, UnitPrice
from loyalty.points import Points
from loyalty.quantity import Milli

Attribute = bool | int | str
NO_ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({})


class LineKind(StrEnum):
    """What a line sells. Offers, thresholds and accrual see goods unless a group names a kind."""

    GOODS = "goods"
    SERVICE = "service"
    DELIVERY = "delivery"
    DEPOSIT = "deposit"
    CERTIFICATE = "certificate"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket.

    Units: `quantity` in thousandths, `price` in ten-thousandths of the main unit, `total` in minor units.
    `total` is the POS's own where it sent one, else price × quantity, half up.
    """

    id: str
    sku: str
    kind: LineKind
    category: str | None
    quantity: Milli
    price: UnitPrice
    total: Minor
    regular_price: UnitPrice | None = None
    unit: str = "pc"
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NO_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it was shown. `code` is text: leading zeros count."""

    code: str
    input: Literal["scan", "swipe", "manual"] = "scan"


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines, the card shown, and what the customer asks for.

    `redeem` holds, per wallet, points asked for or `"max"`. `coupons` are codes as they were read.
    """

    store: str
    register: str
    lines: tuple[Line, ...]
    receipt_key: str | None = None
    channel: str = "store"
    card: Card | None = None
    redeem: Mapping[str, Points | Literal["max"]] = field(default_factory=dict)
    coupons: tuple[str, ...] = ()
    tenders: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NO_ATTRIBUTES)
