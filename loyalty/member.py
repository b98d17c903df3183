"""Facts: everything the engine may know of the outside world, handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from loyalty.basket import NO_ATTRIBUTES, Attribute
from loyalty.lots import Lot
from loyalty.money import Minor
from loyalty.points import Points

MemberStatus = Literal["active", "blocked"]


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the register knows them; no name, no card number.

    `birthday` is `"MM-DD"`. `tier` is the level at the start of the receipt, None where the programme has none.
    """

    id: str
    status: MemberStatus = "active"
    tier: str | None = None
    tier_since: date | None = None
    registered_on: date | None = None
    birthday: str | None = None
    segments: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: NO_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Authority:
    """How many points may be spent here and now, and who says so: `own_ledger`, `grant`, `head_office`."""

    points: Points
    by: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts for one receipt. `member` None is a guest.

    Units: `debts` and authorities in each wallet's smallest unit, `tier_spend` in minor units.
    A wallet without an authority is bounded by its lots alone.
    """

    member: Member | None = None
    lots: tuple[Lot, ...] = ()
    debts: Mapping[str, Points] = field(default_factory=dict)
    tier_spend: Minor = Minor(0)
    authority: Mapping[str, Authority] = field(default_factory=dict)

    def lots_of(self, wallet: str) -> tuple[Lot, ...]:
        """The lots of one wallet."""
        return tuple(lot for lot in self.lots if lot.wallet == wallet)


GUEST = Facts()
