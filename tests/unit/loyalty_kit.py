"""What the tests of `loyalty` share: small documents, and random ones in the scope of this release.

Read by `runpy` beside each test file: tests are no packages here.
"""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from loyalty.documents.basket import read_basket
from loyalty.documents.facts import read_facts
from loyalty.programme.compile import compile_programme
from loyalty.programme.read import read_programme

MOSCOW = ZoneInfo("Europe/Moscow")
# A Sunday, 19:05 in Moscow.
NOW = datetime(2026, 11, 22, 16, 5, tzinfo=UTC)

BONUS = {
    "id": "bonus",
    "exponent": 0,
    "rate": {"points": "1", "money": "1.00"},
    "activation": {"days": 0},
    "own_receipt": False,
    "expiry": {"kind": "days", "days": 180, "from": "earning"},
}
TIERS = {
    "metric": {"spend": "after_discounts_and_points"},
    "period": {"months": 12, "since": "tier_reached"},
    "counts": "next_receipt",
    "fall": "to_earned",
    "levels": [{"id": "base", "enter": "0"}, {"id": "gold", "enter": "60000.00", "keep": "50000.00"}],
}
EARN = {"kind": "points", "wallet": "bonus", "points": "5", "per_money": "100.00"}


def programme(**parts):
    """A programme of these parts on top of the least that one needs."""
    least = {
        "format": "kopilka.programme/1",
        "id": "shop",
        "version": 1,
        "currency": "RUB",
        "time_zone": "Europe/Moscow",
        "business_day_starts": "00:00",
        "wallets": [BONUS],
        "tiers": TIERS,
    }
    return {**least, **parts}


def percent(promotion_id, off, **parts):
    """A promotion of one percentage; what belongs to the reward goes there."""
    inner = {name: parts.pop(name) for name in ("on", "base", "per") if name in parts}
    return {"id": promotion_id, "rewards": [{"kind": "percent", "percent": off, **inner}], **parts}


def earn(promotion_id="earn", **parts):
    """A promotion of points: 5 for 100.00, or as the parts say."""
    inner = {name: parts.pop(name) for name in [*parts] if name not in ("when", "valid", "priority", "layer")}
    return {"id": promotion_id, "rewards": [{**EARN, **inner}], **parts}


def run(document, zone=MOSCOW):
    """The programme of a document, compiled."""
    return compile_programme(read_programme(document), zone)


def line(sku="MILK", price="100.00", quantity="1", **parts):
    return {"sku": sku, "price": price, "quantity": quantity, **parts}


def basket(compiled, *lines, **parts):
    """A basket of these lines."""
    return read_basket({"lines": list(lines), **parts}, compiled=compiled, store="S7", register="R2")


def member(compiled, *, tier="base", points=0, status="active", spend="0", **parts):
    """Facts of one member with one lot of so many points."""
    lots = [{"lot": "L1", "points": str(points), "active_from": "2026-01-01", "expires_on": "2026-12-31"}]
    return read_facts(
        {
            "member": {"id": "m-1", "status": status, "tier": tier},
            "wallets": {"bonus": {"lots": lots if points else []}},
            "tier_metric": {"spend": spend},
            **parts,
        },
        compiled,
    )


def plain(value):
    """A value as JSON gives it: tuples are lists."""
    return json.loads(json.dumps(value))


# Random damage

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=3),
        st.sampled_from(("-1", "0.00001", "1e5", "2026-02-30", "24:00", "max", "x" * 300, "\ud800")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=3), st.sampled_from(("kind", "id", "all", "group"))), inner, max_size=3
        ),
    ),
    max_leaves=4,
)


@st.composite
def damaged(draw, document):
    """The document with one value somewhere replaced, removed or added."""
    if draw(st.integers(0, 9)) == 0 or not isinstance(document, dict | list) or not document:
        return draw(json_values)
    copy = list(document) if isinstance(document, list) else dict(document)
    key = draw(st.sampled_from(range(len(copy)) if isinstance(copy, list) else sorted(copy)))
    if isinstance(copy, dict) and draw(st.integers(0, 9)) == 0:
        copy[draw(st.text(max_size=3))] = draw(json_values)
    copy[key] = draw(damaged(copy[key]))
    return copy


# Random documents

SKUS = ("MILK", "BEANS", "CHEESE", "CIGS")
CATEGORIES = (None, "dairy", "dairy/milk", "coffee/beans", "tobacco")
KINDS = ("goods", "goods", "goods", "service", "delivery", "deposit")

leaves = st.one_of(
    st.lists(st.sampled_from(SKUS), min_size=1, max_size=2, unique=True).map(lambda skus: {"sku": skus}),
    st.sampled_from(("dairy", "coffee", "tobacco", "dairy/milk")).map(lambda category: {"category": category}),
    st.lists(st.sampled_from(("goods", "service", "delivery")), min_size=1, max_size=2, unique=True).map(
        lambda kinds: {"kind": kinds}
    ),
    st.sampled_from((True, False, 1)).map(lambda value: {"attribute": {"new": value}}),
    st.sampled_from(({"at_least": "50"}, {"below": "100.00"}, {"at_least": "1", "below": "99.90"})).map(
        lambda bounds: {"price": bounds}
    ),
    st.just({"group": "g"}),
)
groups = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda many: {"all": many}),
        st.lists(parts, min_size=1, max_size=3).map(lambda many: {"any": many}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)
windows = st.sampled_from(
    (
        {"from": "2026-11-22", "until": "2026-11-22"},
        {"from": "2026-11-23"},
        {"until": "2026-11-21"},
        {"from": "2026-11-22T19:05", "until": "2026-11-22T22:00"},
        {"until": "2026-11-22T19:05"},
    )
)
conditions = st.recursive(
    st.one_of(
        st.sampled_from(("shown", "not_shown")).map(lambda shown: {"card": shown}),
        st.lists(st.sampled_from(("base", "gold")), min_size=1, max_size=2).map(lambda tiers: {"tier": tiers}),
        windows.map(lambda window: {"window": window}),
        st.lists(st.sampled_from(("sat", "sun", "mon")), min_size=1, max_size=2).map(lambda days: {"weekdays": days}),
        st.sampled_from((("18:00", "22:00"), ("22:00", "03:00"), ("19:05", "19:06"))).map(
            lambda pair: {"hours": {"from": pair[0], "to": pair[1]}}
        ),
    ),
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda many: {"all": many}),
        st.lists(parts, min_size=1, max_size=3).map(lambda many: {"any": many}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)
percents = st.fixed_dictionaries(
    {"kind": st.just("percent"), "percent": st.sampled_from(("0.5", "3", "7.25", "10", "33.3333", "50", "100"))},
    optional={
        "base": st.sampled_from(("running", "original")),
        "per": st.sampled_from(("line", "receipt")),
        "on": st.one_of(groups, st.just("g")).map(lambda group: {"group": group}),
    },
)
points = st.fixed_dictionaries(
    {
        "kind": st.just("points"),
        "wallet": st.sampled_from(("bonus", "cents")),
        "points": st.sampled_from(("1", "5", "13")),
        "per_money": st.sampled_from(("1.00", "10.00", "100.00", "0.07")),
    },
    optional={
        "whole_steps": st.booleans(),
        "round": st.sampled_from(("down", "nearest", "up")),
        "place": st.sampled_from(("receipt", "line")),
        "on": st.one_of(groups, st.just("g")).map(lambda group: {"group": group}),
    },
)


@st.composite
def promotions(draw, number):
    rewards = draw(st.lists(st.one_of(percents, points), min_size=1, max_size=2))
    promotion = {"id": f"p{number}", "priority": draw(st.integers(-2, 2)), "rewards": rewards}
    if draw(st.booleans()) and any(reward["kind"] == "percent" for reward in rewards):
        promotion["layer"] = draw(st.sampled_from(("line", "basket")))
    if draw(st.booleans()):
        promotion["when"] = draw(conditions)
    if draw(st.integers(0, 3)) == 0:
        promotion["valid"] = draw(windows)
    return promotion


@st.composite
def programmes(draw):
    """A programme in scope of this release, with two wallets: whole points, and points with two decimals."""
    cents = {
        "id": "cents",
        "exponent": 2,
        "rate": {"points": "1.00", "money": "0.50"},
        "activation": {"days": draw(st.integers(0, 3))},
        "expiry": draw(
            st.sampled_from(
                ({"kind": "none"}, {"kind": "days", "days": 30, "from": "activation"}, {"kind": "days", "days": 9})
            )
        ),
    }
    document = programme(
        business_day_starts=draw(st.sampled_from(("00:00", "04:00", "20:00"))),
        rounding={"mode": draw(st.sampled_from(("half_up", "half_even", "down", "up")))},
        wallets=[BONUS, cents],
        groups={"g": draw(leaves.filter(lambda leaf: "group" not in leaf))},
        exclusions=draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "group": groups,
                        "deny": st.lists(
                            st.sampled_from(("discount", "earn", "redeem")), min_size=1, max_size=2, unique=True
                        ),
                    }
                ),
                max_size=1,
            )
        ),
        earning_base={
            "discounts": draw(st.sampled_from(("subtract", "ignore"))),
            "own_points": draw(st.sampled_from(("subtract", "ignore"))),
            "delivery": draw(st.booleans()),
        },
        promotions=[draw(promotions(number)) for number in range(draw(st.integers(0, 5)))],
    )
    if draw(st.booleans()):
        document["redemption"] = {
            "wallets": draw(st.sampled_from((["bonus"], ["cents", "bonus"], ["bonus", "cents"]))),
            "step": draw(st.sampled_from(("2", "10"))),
            "minimum": draw(st.sampled_from(({}, {"points": "10"}, {"balance": "50"}, {"receipt": "150.00"}))),
        }
        if draw(st.booleans()):
            document["redemption"]["cap_percent"] = draw(st.sampled_from(("30", "99.5", "100")))
    return document


@st.composite
def lines(draw, *, negative=True):
    quantity = draw(
        st.one_of(
            st.integers(1, 4).map(str),
            st.sampled_from(("0.642", "1.5", "74215", "3.001")),
            *([st.sampled_from(("-1", "-2", "-0.3"))] if negative else []),
        )
    )
    document = {
        "sku": draw(st.sampled_from(SKUS)),
        "kind": draw(st.sampled_from(KINDS)),
        "quantity": quantity,
        "price": draw(st.sampled_from(("0.00", "0.001", "0.01", "0.07", "33.33", "50", "99.90", "100.00", "549.0001"))),
    }
    category = draw(st.sampled_from(CATEGORIES))
    if category is not None:
        document["category"] = category
    if draw(st.integers(0, 4)) == 0:
        document["attributes"] = {"new": draw(st.sampled_from((True, False, 1)))}
    return document


def baskets(*, negative=True):
    """A basket's document, which may ask for points."""
    return st.fixed_dictionaries(
        {"lines": st.lists(lines(negative=negative), max_size=6)},
        optional={"redeem": st.dictionaries(st.just("bonus"), st.sampled_from(("max", "7", "20", "0", "100000")))},
    )


@st.composite
def facts(draw):
    """A guest's facts, or a member's with lots around the day of the receipt."""
    if draw(st.integers(0, 3)) == 0:
        return {}
    starts = st.sampled_from(("2026-01-01", "2026-11-22", "2026-11-23"))
    ends = st.sampled_from((None, "2026-11-21", "2026-11-22", "2027-01-01"))
    wallets = {
        name: {
            "lots": [
                {
                    "lot": f"{name}{number}",
                    "points": str(draw(st.integers(1, 400))),
                    "active_from": draw(starts),
                    "expires_on": draw(ends),
                }
                for number in range(draw(st.integers(0, 3)))
            ],
            "debt": str(draw(st.sampled_from((0, 0, 15)))),
        }
        for name in ("bonus", "cents")
    }
    document = {
        "member": {
            "id": "m-1",
            "status": draw(st.sampled_from(("active", "active", "active", "blocked"))),
            "tier": draw(st.sampled_from(("base", "gold", None))),
        },
        "wallets": wallets,
        "tier_metric": {"spend": draw(st.sampled_from(("0", "59999.99", "70000.00")))},
    }
    if draw(st.booleans()):
        document["authority"] = {"bonus": {"points": str(draw(st.integers(0, 300))), "by": "own_ledger"}}
    return document


times = st.sampled_from([NOW + timedelta(minutes=shift) for shift in (-1, 0, 1, 235, 295, 600)])
