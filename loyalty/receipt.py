"""A confirmed basket as it can be read back from its sale entry, and what refunds make of it.

Units: money in minor units, points in the wallet's smallest unit, quantities in thousandths.
"""

from dataclasses import dataclass
from enum import StrEnum

from loyalty.lots import LotUse
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.quantity import Milli


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line as it was sold. `total` is what was payable; `points_money` the part that points paid."""

    id: str
    sku: str
    quantity: Milli
    total: Minor
    points_money: Minor = Minor(0)
    earns: bool = True
    """Whether the line was part of the earning base."""
    counts: bool = True
    """Whether the line counted in the tier's metric."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Points of one wallet that paid for a receipt, and the lots they came from."""

    wallet: str
    points: Points
    lots: tuple[LotUse, ...]


@dataclass(frozen=True, slots=True)
class Earned:
    """Points of one wallet that a receipt earned, and the lot they went to."""

    wallet: str
    points: Points
    lot: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The snapshot that refunds are computed from. `member` None: a guest's."""

    key: str
    member: str | None
    lines: tuple[SoldLine, ...]
    spent: tuple[Spent, ...] = ()
    earned: tuple[Earned, ...] = ()
    tier_counted: Minor = Minor(0)


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """So much of one original line comes back. `quantity` > 0 in thousandths."""

    line: str
    quantity: Milli


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """What one line's return pays: `money` to the original tenders, `points_money` returned as points."""

    line: str
    quantity: Milli
    money: Minor
    points_money: Minor


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Spent points that return to the lots they came from, under the lots' original dates."""

    wallet: str
    points: Points
    lots: tuple[LotUse, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Earned points that are taken back: `from_lots` now, the rest becomes `debt`."""

    wallet: str
    points: Points
    from_lots: tuple[LotUse, ...]
    debt: Points


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of one receipt. `money` = Σ lines' money."""

    lines: tuple[RefundedLine, ...]
    money: Minor
    given_back: tuple[GivenBack, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    tier_counted: Minor = Minor(0)
    """How much the tier's metric falls; ≥ 0."""


class RefundRefusal(StrEnum):
    """Why a refund is not possible, in order of precedence."""

    NOTHING_RETURNED = "nothing_returned"
    UNKNOWN_LINE = "unknown_line"
    LINE_REPEATED = "line_repeated"
    NOT_RETURNABLE = "not_returnable"
    MORE_THAN_SOLD = "more_than_sold"


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """A refund that is not possible, the line that decides it, and how much of it may still come back."""

    reason: RefundRefusal
    line: str | None = None
    returnable: Milli = Milli(0)
