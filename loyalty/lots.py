"""Lots: points of one earning, and the order in which they are spent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from loyalty.points import Points

NEVER = date.max


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one earning.

    Units: `points` in the wallet's smallest unit. `active_from` starts that local day;
    `expires_on` is the last spendable day, None for never.
    """

    id: str
    wallet: str
    points: Points
    active_from: date
    expires_on: date | None = None

    def spendable(self, *, on: date) -> bool:
        """Whether the lot is active and has not lapsed on that business day."""
        return self.active_from <= on and (self.expires_on is None or on <= self.expires_on)


@dataclass(frozen=True, slots=True)
class LotUse:
    """So many points of one lot. `points` > 0."""

    lot: str
    points: Points


def spendable_points(lots: Iterable[Lot], *, on: date) -> Points:
    """The sum of what may be spent on that business day."""
    return Points(sum(lot.points for lot in lots if lot.spendable(on=on)))


def spending_order(lots: Iterable[Lot]) -> list[Lot]:
    """By (expiry, activation, id); those without expiry last."""
    return sorted(lots, key=lambda lot: (lot.expires_on or NEVER, lot.active_from, lot.id))


def take(lots: Sequence[Lot], points: Points, *, on: date) -> tuple[LotUse, ...]:
    """Which lots pay for `points`, oldest expiry first. The caller has checked that they suffice."""
    uses: list[LotUse] = []
    wanted = points
    for lot in spending_order(lot for lot in lots if lot.spendable(on=on)):
        if wanted <= 0:
            break
        part = Points(min(lot.points, wanted))
        if part > 0:
            uses.append(LotUse(lot.id, part))
            wanted = Points(wanted - part)
    return tuple(uses)
