"""What a quote says: values only; `loyalty.engine.quote` makes them, `loyalty.documents.quote` writes them as JSON.

Units: money in minor units, points in the wallet's smallest unit, quantities in thousandths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from loyalty.lots import LotUse
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.quantity import Milli


@dataclass(frozen=True, slots=True)
class PromotionEffect:
    """What one promotion took off one line. `discount` > 0."""

    promotion: str
    discount: Minor


@dataclass(frozen=True, slots=True)
class Split:
    """So many units at one price each, for a fiscal receipt; `unit_price` None for a weighed line: `total` prevails."""

    quantity: Milli
    unit_price: Minor | None
    total: Minor


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One line after the layers: `total` = `shelf` − Σ discounts − `points_spent`."""

    id: str
    shelf: Minor
    effects: tuple[PromotionEffect, ...]
    points_spent: Minor
    total: Minor
    splits: tuple[Split, ...]

    @property
    def discount(self) -> Minor:
        return Minor(sum(effect.discount for effect in self.effects))


@dataclass(frozen=True, slots=True)
class Redemption:
    """How many points of one wallet pay, worth how much, and which bound decided.

    `bounds` names each bound and the points it would allow; `decided_by` is `asked` where the customer wanted less.
    """

    wallet: str
    asked: Points | Literal["max"]
    allowed: Points
    money: Minor
    bounds: Mapping[str, Points]
    decided_by: str
    step: Points
    lots: tuple[LotUse, ...]


@dataclass(frozen=True, slots=True)
class Accrual:
    """Points that confirming this receipt earns in one wallet, as one lot. `points` ≥ 0.

    `base` is the money that earned them; `promotions` are those that contributed.
    """

    wallet: str
    base: Minor
    points: Points
    active_from: date
    expires_on: date | None
    promotions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TierProgress:
    """The tier at the start of the receipt, what this receipt adds to its metric, and what is missing to the next."""

    now: str | None
    counted: Minor
    next: str | None = None
    missing: Minor | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Why one promotion applied or not. `reason` is None exactly when it applied."""

    promotion: str
    reason: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def applied(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Hint:
    """What is nearly reached: this much more money (minor units) for that gain, in words the screen composes."""

    promotion: str
    missing: Minor
    gain: str


@dataclass(frozen=True, slots=True)
class Totals:
    """`to_pay` = `shelf` − `discount` − `points_spent`, and the sum of the lines' totals."""

    shelf: Minor
    discount: Minor
    points_spent: Minor
    to_pay: Minor


@dataclass(frozen=True, slots=True)
class CouponVerdict:
    """What became of a coupon code that was shown."""

    code: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The result of pricing a basket. It has no effect until it is confirmed.

    `hash` covers the result and the programme version, not the time, the trace, hints or messages.
    """

    programme: str
    version: int
    hash: str
    totals: Totals
    lines: tuple[QuotedLine, ...]
    redemptions: tuple[Redemption, ...] = ()
    accruals: tuple[Accrual, ...] = ()
    tier: TierProgress = TierProgress(None, Minor(0))
    coupons: tuple[CouponVerdict, ...] = ()
    hints: tuple[Hint, ...] = ()
    trace: tuple[Trace, ...] = ()
