"""A small basket that any programme can price, so that whoever writes one sees what it does at once."""

from datetime import date

from loyalty.basket import Basket
from loyalty.documents.basket import read_basket
from loyalty.lots import Lot
from loyalty.member import Facts, Member
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme

POINTS = 500
_LONG_AGO = date(2020, 1, 1)
_LINES = [
    {"sku": "MILK", "category": "dairy", "quantity": "2", "price": "89.90", "attributes": {"own_brand": True}},
    {"sku": "BEANS", "category": "coffee/beans", "quantity": "3", "price": "549.00"},
    {"sku": "CHEESE", "category": "dairy", "quantity": "0.642", "unit": "kg", "price": "990.00"},
    {"sku": "CIGS", "category": "tobacco", "quantity": "1", "price": "210.00", "regular_price": "210.00"},
]


def sample_basket(compiled: CompiledProgramme) -> Basket:
    """Two bottles of milk, three of beans, a piece of cheese, a packet of cigarettes; as many points as may be."""
    redeem = {plan.wallet: "max" for plan in compiled.redemption.wallets}
    return read_basket({"lines": _LINES, "redeem": redeem}, compiled=compiled, store="store", register="register")


def sample_member(compiled: CompiledProgramme, tier: str | None) -> Facts:
    """A member of that tier with 500 points in each wallet that pays."""
    return Facts(
        member=Member("sample", tier=tier, tier_since=_LONG_AGO, registered_on=_LONG_AGO),
        lots=tuple(
            Lot(
                f"sample/{plan.wallet}",
                plan.wallet,
                Points(POINTS * 10 ** compiled.exponent(plan.wallet)),
                _LONG_AGO,
                None,
            )
            for plan in compiled.redemption.wallets
        ),
    )


def tiers_of(compiled: CompiledProgramme) -> list[str | None]:
    """The programme's tiers, lowest first; None alone where it has none."""
    tiers = compiled.programme.tiers
    return [level.id for level in tiers.levels] if tiers else [None]
