"""The bonus slip after a sale and the slip of a refund: their facts, and the documents that say them.

Order of a bonus slip, as a customer asks: what do I pay, what did I save, what did I earn, what do I have, until when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loyalty.money import Minor
from loyalty.points import Points
from slips.errors import UnevenSlip
from slips.templates import Tool, shipped_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from i18n import Words
    from loyalty.money import Currency
    from slips.document import Document


@dataclass(frozen=True, slots=True)
class PromotionLine:
    """What one promotion took off the receipt, under the name that customers know. `discount` > 0."""

    name: str
    discount: Minor


@dataclass(frozen=True, slots=True)
class Expiring:
    """The part of the balance that is lost next. `last_day` is the last day to spend it."""

    points: Points
    last_day: date


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on top of every slip.

    `at` is the shop's local time. `masked_card` is a code as `drivers.values.masked` shows it; `greeting` a name that
    the programme lets this register say. `notes` are codes of `note.*` words, such as `clock_unsure`.
    """

    shop: str
    register: str
    receipt: str
    at: datetime
    currency: Currency
    masked_card: str | None = None
    greeting: str | None = None
    tier: str | None = None
    points_exponent: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BonusSlip:
    """The facts of a slip after a sale.

    Units: money in minor units, points in the wallet's smallest unit (`heading.points_exponent`).
    `to_pay` = `shelf` − `discount` − `points_money`; `promotions` may explain only part of `discount`.
    Raises `UnevenSlip` for amounts that contradict each other.
    """

    heading: Heading
    shelf: Minor
    to_pay: Minor
    discount: Minor = Minor(0)
    points_money: Minor = Minor(0)
    promotions: tuple[PromotionLine, ...] = ()
    points_spent: Points = Points(0)
    earned: Points = Points(0)
    balance: Points = Points(0)
    active_from: date | None = None
    expiring: Expiring | None = None
    debt: Points = Points(0)
    guest: bool = False

    def __post_init__(self) -> None:
        if self.shelf - self.discount - self.points_money != self.to_pay:
            raise UnevenSlip(self.heading.receipt, "prices less discounts and points are not what is to pay")
        if self.other_discounts < 0:
            raise UnevenSlip(self.heading.receipt, "the promotions took more than the whole discount")

    @property
    def other_discounts(self) -> Minor:
        """The part of the discount that no promotion line explains."""
        return Minor(self.discount - sum(promotion.discount for promotion in self.promotions))

    @property
    def saved(self) -> Minor:
        """Discounts, and money that points paid."""
        return Minor(self.discount + self.points_money)

    @property
    def waits(self) -> bool:
        """Whether the earned points can be spent only from a later day."""
        return self.active_from is not None and self.active_from > self.heading.at.date()


@dataclass(frozen=True, slots=True)
class RefundSlip:
    """The facts of a slip after a refund. `original` is the key of the receipt that the goods came from.

    Units: `money` in minor units; points ≥ 0 in the wallet's smallest unit. `given_back` were spent on the original,
    `taken_back` were earned by it, `debt` is what is owed now.
    """

    heading: Heading
    original: str
    money: Minor
    given_back: Points = Points(0)
    taken_back: Points = Points(0)
    balance: Points = Points(0)
    debt: Points = Points(0)
    guest: bool = False


def bonus_slip(facts: BonusSlip, words: Words) -> Document | None:
    """The slip after a sale; None for a guest, who has nothing on it that the cash receipt does not say."""
    return None if facts.guest else _document("bonus", facts, words)


def refund_slip(facts: RefundSlip, words: Words) -> Document | None:
    """The slip after a refund; None for a guest."""
    return None if facts.guest else _document("refund", facts, words)


def tools(words: Words, currency: Currency, points_exponent: int) -> Mapping[str, Tool]:
    """What templates call: `say`, `day`, `moment`; `money` and `priced` (with the currency's sign); `points`."""

    def money(minor: Minor) -> str:
        return words.money(minor, decimals=currency.decimals)

    def priced(minor: Minor) -> str:
        return words.money(minor, decimals=currency.decimals, currency=currency.code)

    def points(amount: Points) -> str:
        return words.count("unit.points", amount, exponent=points_exponent)

    functions: dict[str, Callable[..., str]] = {
        "say": words.say,
        "day": words.day,
        "moment": words.moment,
        "money": money,
        "priced": priced,
        "points": points,
    }
    return {name: Tool(function) for name, function in functions.items()}


def _document(template: str, facts: BonusSlip | RefundSlip, words: Words) -> Document:
    heading = facts.heading
    helpers = tools(words, heading.currency, heading.points_exponent)
    return shipped_template(template).document(facts, helpers, words.locale)
