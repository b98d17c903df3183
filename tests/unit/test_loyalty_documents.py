"""Baskets and facts from JSON, quotes and refunds to JSON."""

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings

from loyalty.basket import Card, LineKind
from loyalty.canonical import canonical
from loyalty.documents.basket import LINES_MAX, read_basket
from loyalty.documents.facts import read_facts
from loyalty.documents.quote import write_quote
from loyalty.engine.quote import quote
from loyalty.errors import BadDocument, Problem
from loyalty.member import GUEST, Authority

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))
STATUS = {"id": "status", "exponent": 2}
COMPILED = kit.run(
    kit.programme(
        wallets=[kit.BONUS, STATUS],
        redemption={"wallets": ["bonus"], "cap_percent": "30", "step": "10"},
        groups={"discountable": {"not": {"category": "tobacco"}}},
        promotions=[
            kit.percent("gold-5", "5", when={"tier": ["gold"]}, on={"group": "discountable"}),
            kit.percent("night", "50", when={"hours": {"from": "22:00", "to": "23:00"}}),
            kit.earn(),
        ],
    )
)
BASKET = {
    "receipt_key": "S7-R2-000123",
    "store": "S7",
    "register": "R2",
    "channel": "store",
    "card": {"code": "2900001234566", "input": "scan"},
    "redeem": {"bonus": "max"},
    "coupons": ["WELCOME"],
    "claims": [],
    "certificates": [],
    "manual_discounts": [],
    "tenders": ["bank_card"],
    "attributes": {},
    "lines": [
        {
            "id": "1",
            "sku": "MILK",
            "kind": "goods",
            "category": "dairy",
            "quantity": "2",
            "price": "89.90",
            "name": "Молоко",
            "attributes": {"own_brand": True},
        },
        {"sku": "CHEESE", "quantity": "0.642", "unit": "kg", "price": "990.00", "total": "635.58"},
    ],
}
FACTS = {
    "member": {
        "id": "m-17850",
        "status": "active",
        "tier": "gold",
        "tier_since": "2026-05-01",
        "registered_on": "2025-03-14",
        "birthday": "03-14",
        "segments": ["regulars"],
        "attributes": {},
    },
    "wallets": {
        "bonus": {
            "spendable": "412",
            "lots": [
                {"lot": "S7-R2/1/881/0", "points": "412", "active_from": "2026-06-01", "expires_on": "2026-12-31"}
            ],
        }
    },
    "tier_metric": {"spend": "41770.00"},
    "counters": {},
    "visits": "37",
    "last_visit_on": "2026-11-15",
    "uses": {"promotions": {}, "coupons": {}},
    "offers": [],
    "certificates": [],
    "budgets": {},
    "authority": {"bonus": {"points": "412", "by": "grant"}},
    "refunded": {},
}


def basket_problems(**parts) -> dict[str, str]:
    return problems(lambda: read_basket({**BASKET, **parts}, compiled=COMPILED))


def line_problems(**parts) -> dict[str, str]:
    return basket_problems(lines=[{"sku": "MILK", "quantity": "1", "price": "1.00", **parts}])


def facts_problems(**parts) -> dict[str, str]:
    return problems(lambda: read_facts({**FACTS, **parts}, COMPILED))


def problems(read) -> dict[str, str]:
    with pytest.raises(BadDocument) as caught:
        read()
    return {problem.path: problem.code for problem in caught.value.problems}


def test_a_basket_is_read() -> None:
    """What a POS sends must arrive as it was meant."""
    basket = read_basket(BASKET, compiled=COMPILED)
    milk, cheese = basket.lines

    assert (basket.store, basket.register, basket.receipt_key) == ("S7", "R2", "S7-R2-000123")
    assert (basket.card, basket.redeem, basket.coupons) == (Card("2900001234566"), {"bonus": "max"}, ("WELCOME",))
    assert (milk.quantity, milk.price, milk.total, milk.kind) == (2000, 899_000, 17_980, LineKind.GOODS)
    assert (milk.category, milk.attributes) == ("dairy", {"own_brand": True})
    assert (cheese.id, cheese.quantity, cheese.total, cheese.unit) == ("2", 642, 63_558, "kg")


def test_the_register_names_itself_where_the_pos_does_not() -> None:
    """A POS with one register need not know its number."""
    document = {"lines": []}

    basket = read_basket(document, compiled=COMPILED, store="S7", register="R2")

    assert (basket.store, basket.register, basket.channel, basket.card) == ("S7", "R2", "store", None)
    assert problems(lambda: read_basket(document, compiled=COMPILED)) == {"store": "missing", "register": "missing"}


def test_a_card_code_stays_text() -> None:
    """Leading zeros are part of a card's number."""
    assert read_basket({**BASKET, "card": {"code": "0012"}}, compiled=COMPILED).card == Card("0012")


def test_all_of_a_baskets_problems_come_at_once() -> None:
    """An integrator who sees one error a day needs a week for one basket."""
    found = basket_problems(
        colour="red",
        claims=[{"promotion": "p"}],
        redeem={"gems": "1", "status": "1", "bonus": "-1"},
        lines=[
            {"quantity": 1, "price": 1.5, "sku": "A"},
            {"id": "1", "sku": "", "quantity": "0", "price": "1,50", "size": "L"},
            "milk",
        ],
    )

    assert found == {
        "colour": "unknown_field",
        "claims": "not_built_yet",
        "redeem.gems": "unknown_wallet",
        "redeem.status": "not_redeemable",
        "redeem.bonus": "bad_amount",
        "lines[0].quantity": "wrong_type",
        "lines[0].price": "float",
        "lines[1].id": "duplicate_line_id",
        "lines[1].size": "unknown_field",
        "lines[1].sku": "bad_text",
        "lines[1].quantity": "zero_quantity",
        "lines[1].price": "bad_amount",
        "lines[2]": "wrong_type",
    }


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ({"sku": None}, "sku", "missing"),
        ({"sku": "x" * 65}, "sku", "bad_text"),
        ({"sku": "\ud800"}, "sku", "bad_text"),
        ({"sku": 5}, "sku", "wrong_type"),
        ({"kind": "certificate"}, "kind", "not_built_yet"),
        ({"kind": "top_up"}, "kind", "not_built_yet"),
        ({"kind": "thing"}, "kind", "unknown_value"),
        ({"min_price": "1.00"}, "min_price", "not_built_yet"),
        ({"quantity": "1.0001"}, "quantity", "bad_amount"),
        ({"quantity": "1000000.001"}, "quantity", "bad_amount"),
        ({"quantity": "1e3"}, "quantity", "bad_amount"),
        ({"quantity": 0.5}, "quantity", "float"),
        ({"price": "0.00001"}, "price", "bad_amount"),
        ({"price": "100000000.01"}, "price", "bad_amount"),
        ({"price": "99999999", "quantity": "2"}, "price", "out_of_range"),
        ({"price": "+1"}, "price", "bad_amount"),
        ({"price": True}, "price", "wrong_type"),
        ({"total": "1.001"}, "total", "bad_amount"),
        ({"total": "100000000.01"}, "total", "bad_amount"),
        ({"attributes": {"a": 1.5}}, "attributes.a", "float"),
        ({"attributes": {"a": ["x"]}}, "attributes.a", "bad_attribute"),
        ({"attributes": {"a": 2**53}}, "attributes.a", "bad_attribute"),
        ({"attributes": {"ключ": 1}}, "attributes.ключ", "bad_name"),
        ({"attributes": {f"a{number}": 1 for number in range(33)}}, "attributes", "too_many"),
        ({"attributes": "x"}, "attributes", "wrong_type"),
        ({"name": 7}, "name", "bad_text"),
    ],
)
def test_a_line_that_cannot_be_priced_says_why(line, field: str, code: str) -> None:
    """A cashier who hears "error" instead of "quantity" scans the whole basket again."""
    assert line_problems(**line)[f"lines[0].{field}"] == code


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        ([], "", "wrong_type"),
        ({**BASKET, "lines": {}}, "lines", "wrong_type"),
        ({**BASKET, "lines": None}, "lines", "missing"),
        ({**BASKET, "lines": [BASKET["lines"][1]] * (LINES_MAX + 1)}, "lines", "too_many_lines"),
        ({**BASKET, "coupons": [1]}, "coupons[0]", "bad_text"),
        ({**BASKET, "coupons": ["x"] * 33}, "coupons", "too_many_coupons"),
        ({**BASKET, "certificates": [{"code": "1"}]}, "certificates", "not_built_yet"),
        ({**BASKET, "manual_discounts": [{"percent": "5"}]}, "manual_discounts", "not_built_yet"),
        ({**BASKET, "card": {"input": "scan"}}, "card.code", "missing"),
        ({**BASKET, "card": {"code": "1", "input": "sniff"}}, "card.input", "unknown_value"),
        ({**BASKET, "card": "2900"}, "card", "wrong_type"),
        ({**BASKET, "redeem": {"bonus": 5}}, "redeem.bonus", "wrong_type"),
        ({**BASKET, "redeem": {"bonus": "1.5"}}, "redeem.bonus", "bad_amount"),
        ({**BASKET, "receipt_key": "k" * 129}, "receipt_key", "bad_text"),
    ],
)
def test_a_basket_that_cannot_be_read_says_where(document, path: str, code: str) -> None:
    """The POS integrator works from these paths alone."""
    assert problems(lambda: read_basket(document, compiled=COMPILED))[path] == code


def test_lines_that_real_tills_send_are_taken() -> None:
    """Free goods, tenths of a penny, adjustments and missing names are a shop's daily bread."""
    lines = [
        {"sku": "SAMPLE", "quantity": "1", "price": "0", "name": ""},
        {"sku": "FUEL", "quantity": "74215", "price": "0.001", "name": None},
        {"sku": "M", "quantity": "1", "price": "-11062.06"},
        {"sku": "D", "quantity": "-1", "price": "27.50"},
    ]

    basket = read_basket({**BASKET, "lines": lines}, compiled=COMPILED)

    assert [line.total for line in basket.lines] == [0, 7422, -1_106_206, -2750]


def test_facts_are_read() -> None:
    """What the ledger knows of a member must reach the engine whole."""
    facts = read_facts(FACTS, COMPILED)

    assert facts.member is not None
    assert (facts.member.id, facts.member.tier, facts.member.birthday) == ("m-17850", "gold", "03-14")
    assert (facts.member.tier_since, facts.member.segments) == (date(2026, 5, 1), ("regulars",))
    assert [(lot.id, lot.points, lot.expires_on) for lot in facts.lots] == [("S7-R2/1/881/0", 412, date(2026, 12, 31))]
    assert (facts.tier_spend, facts.authority) == (4_177_000, {"bonus": Authority(412, "grant")})
    assert read_facts({}, COMPILED) == GUEST


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"member": {**FACTS["member"], "tier": "silver"}}, "member.tier", "unknown_tier"),
        ({"member": {**FACTS["member"], "id": None}}, "member.id", "missing"),
        ({"member": {**FACTS["member"], "status": "lost"}}, "member.status", "unknown_value"),
        ({"member": {**FACTS["member"], "birthday": "02-30"}}, "member.birthday", "bad_date"),
        ({"member": {**FACTS["member"], "tier_since": "yesterday"}}, "member.tier_since", "bad_date"),
        ({"member": {**FACTS["member"], "name": "Ann"}}, "member.name", "unknown_field"),
        ({"member": "m-1"}, "member", "wrong_type"),
        ({"wallets": {"gems": {}}}, "wallets.gems", "unknown_wallet"),
        ({"wallets": {"bonus": {"spendable": "1"}}}, "wallets.bonus.spendable", "does_not_add_up"),
        (
            {"wallets": {"bonus": {"lots": [{"lot": "L", "active_from": "2026-01-01"}]}}},
            "wallets.bonus.lots[0].points",
            "missing",
        ),
        ({"wallets": {"bonus": {"debt": "-1"}}}, "wallets.bonus.debt", "bad_amount"),
        (
            {"wallets": {"bonus": {"lots": [{"lot": "L", "points": "0", "active_from": "2026-01-01"}]}}},
            "wallets.bonus.lots[0].points",
            "bad_amount",
        ),
        ({"tier_metric": {"spend": 5}}, "tier_metric.spend", "wrong_type"),
        ({"tier_metric": {"visits": "5"}}, "tier_metric.visits", "not_built_yet"),
        ({"counters": {"coffee_stamps": "3"}}, "counters", "not_built_yet"),
        ({"uses": {"promotions": {"p": 1}}}, "uses.promotions", "not_built_yet"),
        ({"budgets": {"p": "1.00"}}, "budgets", "not_built_yet"),
        ({"authority": {"gems": {"points": "1", "by": "grant"}}}, "authority.gems", "unknown_wallet"),
        ({"authority": {"bonus": {"points": "1"}}}, "authority.bonus.by", "missing"),
        ({"last_visit_on": "15.11.2026"}, "last_visit_on", "bad_date"),
        ({"mood": "good"}, "mood", "unknown_field"),
    ],
)
def test_facts_that_are_wrong_say_where(parts, path: str, code: str) -> None:
    """A member priced by half-read facts is priced wrong."""
    assert facts_problems(**parts) == {path: code}


def test_a_quote_is_written_in_the_agreed_shape() -> None:
    """Every POS integration reads these names."""
    basket = read_basket(BASKET, compiled=COMPILED)
    result = quote(COMPILED, basket, read_facts(FACTS, COMPILED), kit.NOW)

    document = write_quote(result, COMPILED)

    assert document == kit.plain(document)
    assert document.pop("hash") == result.hash
    assert result.hash.startswith("sha256:")
    assert document == {
        "programme": {"id": "shop", "version": 1},
        # 179.80 and 635.58 less 5 %: 8.99 and 31.78; 30 % of 774.61 is 232, in steps of ten 230.
        "totals": {"shelf": "815.38", "discount": "40.77", "points_spent": "230.00", "to_pay": "544.61"},
        "lines": [
            {
                "id": "1",
                "shelf": "179.80",
                "effects": [{"promotion": "gold-5", "discount": "8.99"}],
                "points_spent": "50.72",
                "total": "120.09",
                "splits": [{"quantity": "1", "price": "60.05"}, {"quantity": "1", "price": "60.04"}],
            },
            {
                "id": "2",
                "shelf": "635.58",
                "effects": [{"promotion": "gold-5", "discount": "31.78"}],
                "points_spent": "179.28",
                "total": "424.52",
                "splits": [{"quantity": "0.642", "total": "424.52"}],
            },
        ],
        "gifts": [],
        "coupons": [{"code": "WELCOME", "verdict": "unknown"}],
        "claims": [],
        "certificates": [],
        "redemption": {
            "bonus": {
                "asked": "max",
                "allowed": "230",
                "money": "230.00",
                "bounds": {"balance": "412", "cap": "232", "authority": "412"},
                "decided_by": "cap",
                "step": "10",
                "lots": [{"lot": "S7-R2/1/881/0", "points": "230"}],
            }
        },
        "accrual": {
            "bonus": {
                "base": "544.61",
                "points": "27",
                "active_from": "2026-11-22",
                "expires_on": "2027-05-21",
                "promotions": ["earn"],
            }
        },
        "grants": {"counters": [], "coupons": [], "tickets": []},
        "tier": {"now": "gold", "counted": "544.61", "next": None, "missing": None},
        "hints": [],
        "trace": [
            {"promotion": "earn", "applied": True},
            {"promotion": "gold-5", "applied": True},
            {"promotion": "night", "applied": False, "reason": "outside_window", "needs": ["22:00", "23:00"]},
        ],
        "variant": {},
        "messages": [],
    }


def test_a_guests_quote_speaks_of_no_points() -> None:
    """A guest's slip must not show a balance or a tier."""
    result = quote(COMPILED, kit.basket(COMPILED, kit.line()), GUEST, kit.NOW)

    document = write_quote(result, COMPILED)

    assert (document["redemption"], document["accrual"], document["tier"]) == ({}, {}, None)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(kit.damaged(BASKET), kit.damaged(FACTS))
def test_damage_is_refused_and_never_a_crash(basket_document, facts_document) -> None:
    """Whatever a POS sends, the register answers; a traceback at the till stops the queue."""
    found: tuple[Problem, ...] = ()
    answer = b""
    try:
        basket = read_basket(basket_document, compiled=COMPILED, store="S7", register="R2")
        facts = read_facts(facts_document, COMPILED)
    except BadDocument as error:
        found = error.problems
    else:
        answer = canonical(kit.plain(write_quote(quote(COMPILED, basket, facts, kit.NOW), COMPILED)))

    assert bool(found) != bool(answer)
