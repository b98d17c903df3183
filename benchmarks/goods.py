"""What the figures are measured with: a programme of so many promotions, baskets of so many lines, members' cards."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec

from drivers.scanners.checks import gs1_check_digit

STORE = "S1"
REGISTER = "R1"
CARD_PREFIX = "29"
CARD_DIGITS = 12
AISLES = 400
MEMBERS_WITH_POINTS = 100
WHEN: tuple[dict[str, Any], ...] = (
    {"card": "shown"},
    {"tier": ["gold"]},
    {"all": [{"card": "shown"}, {"hours": {"from": "00:00", "to": "23:00"}}]},
)


def programme(promotions: int) -> bytes:
    """A programme document with so many active promotions: half of them on aisles, some by tier, card and hour."""
    forever = {"from": "2026-01-01", "until": "2030-12-31"}
    found: list[dict[str, Any]] = [
        {
            "id": "earn",
            "valid": forever,
            "when": {"card": "shown"},
            "rewards": [{"kind": "points", "wallet": "bonus", "points": "5", "per_money": "100.00", "round": "down"}],
        },
        {
            "id": "basket-2",
            "priority": 1,
            "layer": "basket",
            "valid": forever,
            "when": {"card": "shown"},
            "rewards": [{"kind": "percent", "percent": "2"}],
        },
    ]
    for number in range(len(found), promotions):
        group = {"category": f"aisle-{number % AISLES}"}
        when = WHEN[number % len(WHEN)]
        found.append(
            {
                "id": f"aisle-{number}",
                "priority": number + 10,
                "valid": forever,
                "when": when,
                "rewards": [{"kind": "percent", "percent": str(1 + number % 9), "on": {"group": group}}],
            }
        )
    return msgspec.json.encode(
        {
            "format": "kopilka.programme/1",
            "id": "benchmark",
            "version": 1,
            "currency": "RUB",
            "time_zone": "Europe/Moscow",
            "business_day_starts": "00:00",
            "prices": "tax_included",
            "rounding": {
                "target": "discount",
                "mode": "half_up",
                "place": "line",
                "odd_cent": "largest_remainder",
            },
            "wallets": [
                {
                    "id": "bonus",
                    "exponent": 0,
                    "rate": {"points": "1", "money": "1.00"},
                    "activation": {"days": 0},
                    "own_receipt": False,
                    "expiry": {"kind": "days", "days": 180, "from": "earning"},
                }
            ],
            "groups": {},
            "exclusions": [],
            "tiers": {
                "metric": {"spend": "after_discounts_and_points"},
                "period": {"months": 12, "since": "tier_reached"},
                "counts": "next_receipt",
                "fall": "to_earned",
                "levels": [{"id": "base", "enter": "0"}, {"id": "gold", "enter": "60000.00", "keep": "50000.00"}],
            },
            "promotions": found,
            "earning_base": {
                "discounts": "subtract",
                "own_points": "subtract",
                "certificates": "payment",
                "delivery": False,
            },
            "redemption": {
                "as": "discount",
                "wallets": ["bonus"],
                "cap_percent": "30",
                "minimum": {"points": "10"},
                "step": "1",
            },
            "refund": {
                "earned": "debt",
                "spent": "in_proportion",
                "spent_expiry": "original",
                "sets": "re_evaluate",
                "pay_to": "original_tenders",
            },
            "offline": {"mode": "strict"},
        }
    )


def basket(lines: int, *, card: str | None, chance: random.Random) -> dict[str, Any]:
    """A basket of so many different goods; with a card it asks for as many points as may be spent."""
    aisles = chance.sample(range(AISLES), lines)
    document: dict[str, Any] = {
        "lines": [
            {
                "sku": f"SKU-{aisle:05}",
                "category": f"aisle-{aisle}",
                "quantity": str(chance.randint(1, 5)),
                "price": f"{chance.randint(20, 900)}.{chance.randint(0, 99):02}",
            }
            for aisle in aisles
        ],
        "tenders": ["cash"],
    }
    if card is not None:
        document |= {"card": {"code": card, "input": "scan"}, "redeem": {"bonus": "max"}}
    return document


def card_of(member: int) -> str:
    """The EAN-13 card of a member: prefix 29, the member's number, a check digit."""
    body = CARD_PREFIX + f"{member:0{CARD_DIGITS - len(CARD_PREFIX)}}"
    return body + gs1_check_digit(body)


def members_csv(members: int) -> Iterator[str]:
    """The members file, line by line; the first hundred bring points along."""
    yield "id,name,tier,points.bonus\n"
    for member in range(members):
        points = "5000" if member < MEMBERS_WITH_POINTS else ""
        yield f"m-{member},Member {member},{'gold' if member % 10 == 0 else 'base'},{points}\n"


def cards_csv(members: int) -> Iterator[str]:
    """The cards file, line by line."""
    yield "card,member\n"
    for member in range(members):
        yield f"{card_of(member)},m-{member}\n"
