"""Effects: what an entry claims to do to a member's account. Head office derives its postings from these and the facts.

Units: points in the wallet's smallest unit, money in minor units. `lot` ids read `register/epoch/seq/number`.
"""

from datetime import date

import msgspec

from loyalty.ledger.values import Positive, Whole


class Earn(msgspec.Struct, frozen=True, tag="earn", tag_field="kind"):
    """A new lot of points. `expires_on` is its last spendable day, None for never."""

    wallet: str
    lot: str
    points: Positive
    active_from: date
    expires_on: date | None


class Spend(msgspec.Struct, frozen=True, tag="spend", tag_field="kind"):
    """Points of a lot that paid for a receipt."""

    wallet: str
    lot: str
    points: Positive


class GiveBack(msgspec.Struct, frozen=True, tag="give_back", tag_field="kind"):
    """Spent points that return to their lot, under its own dates."""

    wallet: str
    lot: str
    points: Positive


class TakeBack(msgspec.Struct, frozen=True, tag="take_back", tag_field="kind"):
    """Earned points taken out of a lot because their purchase came back."""

    wallet: str
    lot: str
    points: Positive


class Owe(msgspec.Struct, frozen=True, tag="owe", tag_field="kind"):
    """Points that should have been taken back and were spent already: the member's debt grows."""

    wallet: str
    points: Positive


class Repay(msgspec.Struct, frozen=True, tag="repay", tag_field="kind"):
    """Points of a lot that pay off debt."""

    wallet: str
    lot: str
    points: Positive


class Tally(msgspec.Struct, frozen=True, tag="tally", tag_field="kind"):
    """What the receipt adds to the tier's metric and to the visits; negative on the way back."""

    spend: Whole
    visits: Whole


Effect = Earn | Spend | GiveBack | TakeBack | Owe | Repay | Tally
