"""A programme that is wrong must say all that is wrong, and where."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings

from loyalty.errors import BadDocument, Problem
from loyalty.programme.compile import compile_programme
from loyalty.programme.document import decode, walk
from loyalty.programme.read import BYTES_MAX, PROBLEMS_MAX, read_programme
from loyalty.programme.schema import programme_schema

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))

REDEMPTION = {"as": "discount", "wallets": ["bonus"], "cap_percent": "30", "minimum": {"points": "10"}, "step": "1"}
# The scope of this release in one document, in the shape that integrators are given.
FIRST = {
    "format": "kopilka.programme/1",
    "id": "first-shop",
    "version": 1,
    "currency": "RUB",
    "time_zone": "Europe/Moscow",
    "business_day_starts": "00:00",
    "prices": "tax_included",
    "rounding": {"target": "discount", "mode": "half_up", "place": "line", "odd_cent": "largest_remainder"},
    "wallets": [kit.BONUS],
    "groups": {
        "tobacco": {"category": "tobacco"},
        "discountable": {"all": [{"kind": ["goods"]}, {"not": {"group": "tobacco"}}]},
    },
    "exclusions": [{"group": "tobacco", "deny": ["discount", "earn", "redeem", "coupon"]}],
    "tiers": kit.TIERS,
    "promotions": [
        {
            "id": "gold-5",
            "priority": 20,
            "valid": {"from": "2026-01-01", "until": "2027-12-31"},
            "when": {"tier": ["gold"]},
            "rewards": [{"kind": "percent", "percent": "5", "on": {"group": "discountable"}}],
        },
        {
            "id": "evening-3",
            "priority": 10,
            "layer": "basket",
            "valid": {"from": "2026-01-01", "until": "2027-12-31"},
            "when": {"all": [{"card": "shown"}, {"hours": {"from": "18:00", "to": "22:00"}}]},
            "rewards": [{"kind": "percent", "percent": "3", "on": {"group": "discountable"}}],
        },
        {
            "id": "earn",
            "valid": {"from": "2026-01-01", "until": "2027-12-31"},
            "when": {"card": "shown"},
            "rewards": [{**kit.EARN, "whole_steps": False, "round": "down", "place": "receipt"}],
        },
    ],
    "earning_base": {"discounts": "subtract", "own_points": "subtract", "certificates": "payment", "delivery": False},
    "redemption": REDEMPTION,
    "refund": {
        "earned": "debt",
        "spent": "in_proportion",
        "spent_expiry": "original",
        "sets": "re_evaluate",
        "pay_to": "original_tenders",
    },
    "offline": {"mode": "strict"},
}


def problems(document) -> dict[str, str]:
    """The code of each problem by its path."""
    with pytest.raises(BadDocument) as caught:
        read_programme(document)
    return {problem.path: problem.code for problem in caught.value.problems}


def promoted(**promotion):
    return kit.programme(promotions=[{"id": "p", "rewards": [{"kind": "percent", "percent": "5"}], **promotion}])


def rewarded(**reward):
    return kit.programme(promotions=[{"id": "p", "rewards": [reward]}])


def test_the_first_shops_programme_is_read_whole() -> None:
    """A shop that follows the published example must not be turned away."""
    programme = read_programme(json.dumps(FIRST).encode())

    assert [promotion.id for promotion in programme.promotions] == ["gold-5", "evening-3", "earn"]
    assert programme == read_programme(FIRST)


def test_all_errors_come_at_once_each_with_its_path() -> None:
    """A manager who mends one error and finds the next gives up at the fifth."""
    document = kit.programme(
        currency="rub",
        wallets=[{**kit.BONUS, "colour": "red"}, kit.BONUS],
        promotions=[
            {"id": "p", "when": {"all": [{"tier": ["silver"]}, {"moon": "full"}]}, "rewards": [{"kind": "percent"}]},
            {"id": "q", "rewards": [{"kind": "points", "wallet": "gems", "points": "5", "per_money": "1.005"}]},
        ],
    )

    assert problems(document) == {
        "currency": "bad_text",
        "wallets[0].colour": "unknown_field",
        "promotions[0].when.all[0].tier[0]": "unknown_tier",
        "promotions[0].when.all[1].moon": "unknown_field",
        "promotions[0].rewards[0].percent": "missing",
        "promotions[1].rewards[0].wallet": "unknown_wallet",
        "promotions[1].rewards[0].per_money": "bad_amount",
    }


def test_what_is_not_built_yet_is_refused_with_its_path() -> None:
    """An offer that a release silently ignores is an offer that customers were promised and do not get."""
    document = kit.programme(
        rounding={"mode": "half_up", "odd_cent": "cascade", "round_total_to": "1.00"},
        wallets=[{**kit.BONUS, "own_receipt": True, "expiry": {"kind": "fixed_date", "date": "03-01"}}],
        counters=[{"id": "stamps"}],
        floors=[{"group": "g"}],
        caps=[{"per": "line"}],
        stack_groups=[{"id": "g"}],
        coupon_series=[{"id": "W"}],
        earning_base={"certificates": "reduce"},
        redemption={**REDEMPTION, "as": "payment", "confirm_above": {"points": "1000", "by": "pin"}},
        refund={"earned": "forgiven", "sets": "in_proportion"},
        offline={"mode": "rights+risk"},
        tiers={**kit.TIERS, "counts": "at_once"},
        promotions=[
            {
                "id": "p",
                "layer": "set",
                "set": {"slots": []},
                "stacking": {"mode": "exclusive"},
                "limits": [{"per": "member"}],
                "claim": "required",
                "price": {"wallet": "bonus"},
                "deny": ["coupon"],
                "experiment": {"id": "e"},
                "when": {"all": [{"coupon": "W"}, {"total": {"at_least": "1.00"}}, {"first_purchase": True}]},
                "rewards": [
                    {"kind": "gift", "choose": ["LATTE"]},
                    {"kind": "percent", "percent": "5", "max": "1.00", "on": {"skip_discounted": "shelf"}},
                    {"kind": "percent", "percent": "5", "on": {"group": {"brand": "X"}, "units": {"pick": "cheapest"}}},
                    {"kind": "percent", "percent": "5", "per": "unit"},
                ],
            }
        ],
    )

    found = problems(document)

    assert set(found.values()) == {"not_built_yet"}
    assert set(found) == {
        "rounding.odd_cent",
        "rounding.round_total_to",
        "wallets[0].own_receipt",
        "wallets[0].expiry.kind",
        "counters",
        "floors",
        "caps",
        "stack_groups",
        "coupon_series",
        "earning_base.certificates",
        "redemption.as",
        "redemption.confirm_above",
        "refund.earned",
        "refund.sets",
        "offline.mode",
        "tiers.counts",
        "promotions[0].layer",
        "promotions[0].set",
        "promotions[0].stacking",
        "promotions[0].limits",
        "promotions[0].claim",
        "promotions[0].price",
        "promotions[0].deny",
        "promotions[0].experiment",
        "promotions[0].when.all[0].coupon",
        "promotions[0].when.all[1].total",
        "promotions[0].when.all[2].first_purchase",
        "promotions[0].rewards[0].kind",
        "promotions[0].rewards[1].max",
        "promotions[0].rewards[1].on.skip_discounted",
        "promotions[0].rewards[2].on.group.brand",
        "promotions[0].rewards[2].on.units",
        "promotions[0].rewards[3].per",
    }


def test_what_is_not_built_yet_may_be_null() -> None:
    """A document that says "none of it" says nothing that this release could get wrong."""
    assert read_programme(kit.programme(rounding={"round_total_to": None}, counters=None))


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        (rewarded(kind="percent", percent=5), "promotions[0].rewards[0].percent", "wrong_type"),
        (rewarded(kind="percent", percent=5.5), "promotions[0].rewards[0].percent", "float"),
        (rewarded(kind="percent", percent="0"), "promotions[0].rewards[0].percent", "out_of_range"),
        (rewarded(kind="percent", percent="100.5"), "promotions[0].rewards[0].percent", "out_of_range"),
        (rewarded(kind="percent", percent="1.23456"), "promotions[0].rewards[0].percent", "bad_amount"),
        (
            rewarded(kind="percent", percent="5", on={"group": "x"}),
            "promotions[0].rewards[0].on.group",
            "unknown_group",
        ),
        (rewarded(kind="cashback"), "promotions[0].rewards[0].kind", "unknown_value"),
        (rewarded(percent="5"), "promotions[0].rewards[0].kind", "missing"),
        (rewarded(**{**kit.EARN, "points": "5.5"}), "promotions[0].rewards[0].points", "bad_amount"),
        (rewarded(**{**kit.EARN, "points": "0"}), "promotions[0].rewards[0].points", "out_of_range"),
        (rewarded(**{**kit.EARN, "per_money": "0"}), "promotions[0].rewards[0].per_money", "out_of_range"),
        (
            rewarded(**{**kit.EARN, "points": "501", "per_money": "0.01"}),
            "promotions[0].rewards[0].points",
            "out_of_range",
        ),
        (promoted(when={}), "promotions[0].when", "one_key"),
        (promoted(when={"card": "shown", "tier": ["gold"]}), "promotions[0].when", "one_key"),
        (promoted(when={"all": []}), "promotions[0].when.all", "too_short"),
        (promoted(when=["card"]), "promotions[0].when", "wrong_type"),
        (promoted(when={"card": "maybe"}), "promotions[0].when.card", "unknown_value"),
        (promoted(when={"not": {"tier": ["x"]}}), "promotions[0].when.not.tier[0]", "unknown_tier"),
        (promoted(when={"hours": {"from": "18:00", "to": "18:00"}}), "promotions[0].when.hours.to", "empty_window"),
        (promoted(when={"hours": {"from": "18:00", "to": "24:00"}}), "promotions[0].when.hours.to", "bad_time"),
        (promoted(valid={"from": "2026-02-30"}), "promotions[0].valid.from", "bad_date"),
        (promoted(valid={"from": "1.2.2026"}), "promotions[0].valid.from", "bad_date"),
        (promoted(valid={"from": "2026-02-02", "until": "2026-02-01"}), "promotions[0].valid.until", "empty_window"),
        (
            promoted(valid={"from": "2026-02-02", "until": "2026-02-02T00:00"}),
            "promotions[0].valid.until",
            "empty_window",
        ),
        (promoted(id="redemption"), "promotions[0].id", "reserved_id"),
        (promoted(id="Цена"), "promotions[0].id", "bad_text"),
        (promoted(layer="accrual"), "promotions[0].layer", "wrong_layer"),
        (promoted(rewards=[]), "promotions[0].rewards", "too_short"),
        (promoted(priority="1"), "promotions[0].priority", "wrong_type"),
        (kit.programme(promotions=[kit.earn(layer="line")]), "promotions[0].layer", "wrong_layer"),
        (kit.programme(promotions=[kit.earn("a"), kit.earn("a")]), "promotions[1].id", "duplicate_id"),
        (kit.programme(wallets=[kit.BONUS, kit.BONUS]), "wallets[1].id", "duplicate_id"),
        (kit.programme(groups={"a": {"group": "b"}, "b": {"not": {"group": "a"}}}), "groups.a", "group_cycle"),
        (
            kit.programme(groups={"a": {"price": {"at_least": "5", "below": "5"}}}),
            "groups.a.price.below",
            "empty_range",
        ),
        (kit.programme(groups={"a": {"category": "/x"}}), "groups.a.category", "bad_text"),
        (kit.programme(groups={"a": {"attribute": {"new": 1.5}}}), "groups.a.attribute.new", "float"),
        (kit.programme(exclusions=[{"group": "x", "deny": ["earn"]}]), "exclusions[0].group", "unknown_group"),
        (
            kit.programme(exclusions=[{"group": {"sku": ["a"]}, "deny": ["live"]}]),
            "exclusions[0].deny[0]",
            "unknown_value",
        ),
        (kit.programme(redemption={"wallets": ["gems"]}), "redemption.wallets[0]", "unknown_wallet"),
        (kit.programme(redemption={"wallets": ["bonus", "bonus"]}), "redemption.wallets[1]", "duplicate_wallet"),
        (kit.programme(redemption={**REDEMPTION, "step": "0"}), "redemption.step", "out_of_range"),
        (kit.programme(redemption={**REDEMPTION, "step": "0.5"}), "redemption", "bad_amount"),
        (kit.programme(format="kopilka.programme/2"), "format", "unknown_value"),
        (kit.programme(version=True), "version", "wrong_type"),
        (kit.programme(version=2**53), "version", "out_of_range"),
        (kit.programme(time_zone="Moscow time"), "time_zone", "bad_text"),
        (kit.programme(business_day_starts="4"), "business_day_starts", "bad_time"),
    ],
)
def test_a_mistake_is_named(document, path: str, code: str) -> None:
    """Who writes a programme by hand needs to be told which field to mend."""
    assert problems(document)[path] == code


def test_a_wallet_that_may_not_pay_is_not_redeemed() -> None:
    """Status points that turn out to be money would empty the till."""
    status = {**kit.BONUS, "redeemable": False}
    unpriced = {name: value for name, value in kit.BONUS.items() if name != "rate"}

    for wallet in (status, unpriced):
        assert problems(kit.programme(wallets=[wallet], redemption=REDEMPTION)) == {
            "redemption.wallets[0]": "not_redeemable"
        }


def test_a_step_is_worth_whole_minor_units() -> None:
    """Three points for a rouble make one point a third of a kopeck short: somebody would lose it."""
    thirds = {**kit.BONUS, "rate": {"points": "3", "money": "1.00"}}

    assert problems(kit.programme(wallets=[thirds], redemption=REDEMPTION)) == {"redemption.step": "inexact_step"}
    assert read_programme(kit.programme(wallets=[thirds], redemption={**REDEMPTION, "step": "3"}))


def test_points_that_lapse_before_they_are_active_are_refused() -> None:
    """A customer would be promised points that can never be spent."""
    wallet = {**kit.BONUS, "activation": {"days": 200}}

    assert problems(kit.programme(wallets=[wallet])) == {"wallets[0].expiry.days": "lapses_before_active"}


def test_a_tier_is_kept_no_harder_than_entered() -> None:
    """A member who reaches gold would lose it the next day."""
    levels = [{"id": "gold", "enter": "100.00", "keep": "200.00"}]

    assert problems(kit.programme(tiers={**kit.TIERS, "levels": levels})) == {"tiers.levels[0].keep": "out_of_range"}


def test_a_key_that_stands_twice_is_refused() -> None:
    """Of two limits in one object JSON keeps the last without a word, and nobody knows which was meant."""
    data = json.dumps(kit.programme()).replace('"version": 1', '"version": 1, "version": 2').encode()

    assert problems(data) == {"version": "duplicate_key"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "not_json"),
        (b"\xff{}", "not_json"),
        (b"[]", "wrong_type"),
        (b"[" * 100_000, "too_deep"),
        (b" " * (BYTES_MAX + 1), "too_large"),
    ],
    ids=["cut short", "not UTF-8", "a list", "too deep", "too large"],
)
def test_bytes_that_are_no_programme(data: bytes, code: str) -> None:
    """A wrong file on the memory stick must give one clear line and no traceback."""
    assert problems(data) == {"": code}


def test_conditions_nested_too_deep_are_refused() -> None:
    """A document made to exhaust the register's stack must not stop the shop."""
    condition = {"card": "shown"}
    for _ in range(40):
        condition = {"not": condition}

    assert set(problems(promoted(when=condition)).values()) == {"too_deep"}


def test_half_a_surrogate_pair_is_refused() -> None:
    """A text without bytes would stop the ledger at the first sale."""
    decoded, broken = decode(b'{"a": ["\\ud800", "\\u20bd"]}')

    assert broken == ()
    assert [(problem.path, problem.code) for problem in walk(decoded)] == [("a[0]", "bad_text")]


def test_problems_are_limited() -> None:
    """Ten thousand lines of errors hide the one that matters."""
    document = kit.programme(promotions=[{"id": f"p{number}"} for number in range(PROBLEMS_MAX + 50)])

    assert len(problems(document)) == PROBLEMS_MAX


def test_the_schema_describes_the_document_as_written() -> None:
    """An editor that follows the schema must propose the words that the engine reads."""
    schema = programme_schema()
    definitions = schema["$defs"]

    assert schema["additionalProperties"] is False
    assert set(FIRST) == set(schema["properties"])
    assert set(definitions["Window"]["properties"]) == {"from", "until"}
    assert definitions["PercentReward"]["properties"]["percent"]["type"] == "string"
    assert set(definitions["NotCondition"]["properties"]) == {"not"}
    assert json.loads(json.dumps(schema)) == schema


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(kit.damaged(FIRST))
def test_damage_is_refused_and_never_a_crash(document) -> None:
    """A programme broken in transit must leave the register on the last good one, not on its back."""
    found: tuple[Problem, ...] = ()
    compiled = None
    try:
        compiled = compile_programme(read_programme(document), kit.MOSCOW)
    except BadDocument as error:
        found = error.problems

    assert bool(found) != bool(compiled)
    assert all(problem.code and problem.message for problem in found)
