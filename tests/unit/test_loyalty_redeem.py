"""Points that pay: bounds, lots, wallets in turn."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyalty.documents.facts import read_facts
from loyalty.engine.quote import quote
from loyalty.member import GUEST

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))
CENTS = {**kit.BONUS, "id": "cents", "exponent": 2, "rate": {"points": "1.00", "money": "0.50"}}


def pay(facts, *lines, redeem="max", wallets=None, programme=None, **rules):
    """The redemptions of a basket."""
    document = kit.programme(
        wallets=[kit.BONUS, CENTS], redemption={"wallets": wallets or ["bonus"], **rules}, **(programme or {})
    )
    compiled = kit.run(document)
    asked = redeem if isinstance(redeem, dict) else {"bonus": redeem}
    who = GUEST if facts is None else read_facts({"member": {"id": "m", "tier": "base"}, **facts}, compiled)
    return quote(compiled, kit.basket(compiled, *lines, redeem=asked), who, kit.NOW)


def lots(*rows, wallet="bonus", **parts):
    found = [
        {"lot": name, "points": points, "active_from": active, "expires_on": expires}
        for name, points, active, expires in rows
    ]
    return {"wallets": {wallet: {"lots": found, **parts}}}


def one_lot(points, **parts):
    return lots(("L1", points, "2026-01-01", None), **parts)


def test_a_member_sees_the_bounds_without_asking() -> None:
    """The cashier's screen offers what could be spent before the customer has said a word."""
    result = pay(one_lot("200"), kit.line(price="100.00"), redeem={}, cap_percent="50")
    (paid,) = result.redemptions

    assert (paid.asked, paid.allowed, paid.decided_by) == (0, 0, "asked")
    assert dict(paid.bounds) == {"balance": 200, "cap": 50}
    assert result.totals.to_pay == 10_000


def test_a_guest_spends_nothing_and_is_told_why() -> None:
    """Points without an owner would be anybody's."""
    (paid,) = pay(None, kit.line()).redemptions

    assert (paid.allowed, paid.decided_by, paid.lots) == (0, "needs_card", ())


def test_a_guest_who_asks_for_nothing_sees_no_redemption() -> None:
    """A guest's screen must not speak of points."""
    assert pay(None, kit.line(), redeem={}).redemptions == ()


def test_lots_are_spent_by_expiry_then_activation_then_id() -> None:
    """A member whose youngest points go first loses the oldest to the calendar."""
    rows = (
        ("never", "5", "2026-01-01", None),
        ("late", "5", "2026-01-01", "2027-01-01"),
        ("b", "5", "2026-02-01", "2026-12-01"),
        ("a", "5", "2026-02-01", "2026-12-01"),
        ("early", "5", "2026-01-01", "2026-12-01"),
    )

    (paid,) = pay(lots(*rows), kit.line(price="100.00"), redeem="23").redemptions

    assert [(use.lot, use.points) for use in paid.lots] == [
        ("early", 5),
        ("a", 5),
        ("b", 5),
        ("late", 5),
        ("never", 3),
    ]


@pytest.mark.parametrize(
    ("active", "expires", "allowed"),
    [
        ("2026-11-22", None, 10),
        ("2026-11-23", None, 0),
        ("2026-01-01", "2026-11-22", 10),
        ("2026-01-01", "2026-11-21", 0),
    ],
)
def test_lots_pay_from_their_first_to_their_last_day(active: str, expires: str | None, allowed: int) -> None:
    """The slip says until when points may be spent, and the till must keep to it."""
    (paid,) = pay(lots(("L", "10", active, expires)), kit.line(price="100.00")).redemptions

    assert paid.allowed == allowed


def test_debt_lowers_what_may_be_spent() -> None:
    """Who owes 30 points and has 50 may spend 20."""
    assert pay(one_lot("50", debt="30"), kit.line(price="100.00")).redemptions[0].allowed == 20
    assert pay(one_lot("50", debt="80"), kit.line(price="100.00")).redemptions[0].allowed == 0


def test_minimum_balance() -> None:
    """A shop that lets points pay from 100 on the account means it."""
    minimum = {"balance": "100"}
    (below,) = pay(one_lot("99"), kit.line(price="100.00"), minimum=minimum).redemptions
    (reached,) = pay(one_lot("100"), kit.line(price="100.00"), minimum=minimum).redemptions

    assert (below.allowed, below.decided_by) == (0, "minimum_balance")
    assert reached.allowed == 100


def test_what_the_step_leaves_may_fall_below_the_minimum() -> None:
    """15 points in steps of 10 are 10, fewer than the least 12: then none."""
    (paid,) = pay(one_lot("15"), kit.line(price="100.00"), step="10", minimum={"points": "12"}).redemptions

    assert (paid.allowed, paid.decided_by) == (0, "minimum")


def test_the_minimum_itself_is_enough() -> None:
    """Points pay from 10 on: a member with just 10 must not be sent home with them."""
    (paid,) = pay(one_lot("10"), kit.line(price="100.00"), minimum={"points": "10"}).redemptions

    assert (paid.allowed, paid.decided_by) == (10, "balance")


def test_wallets_pay_in_the_programmes_order_under_one_cap() -> None:
    """A cap of half the receipt is half for all wallets together."""
    facts = {
        "wallets": {
            "cents": {"lots": [{"lot": "C", "points": "40.00", "active_from": "2026-01-01"}]},
            "bonus": {"lots": [{"lot": "B", "points": "100", "active_from": "2026-01-01"}]},
        }
    }

    cents, bonus = pay(
        facts,
        kit.line(price="100.00"),
        wallets=["cents", "bonus"],
        redeem={"cents": "max", "bonus": "max"},
        cap_percent="50",
    ).redemptions

    # 40.00 points at 0.50 are 20.00 of the 50.00 that may be paid; 30.00 are left for the other wallet.
    assert (cents.allowed, cents.money, cents.decided_by) == (4000, 2000, "balance")
    assert (bonus.allowed, bonus.money, bonus.bounds["cap"]) == (30, 3000, 30)


def test_points_do_not_pay_for_delivery_or_deposits() -> None:
    """The courier is paid in money."""
    courier = kit.line("COURIER", "99.00", kind="delivery")

    result = pay(one_lot("500"), kit.line(price="10.00"), courier)

    assert (result.redemptions[0].allowed, result.redemptions[0].decided_by) == (10, "receipt")
    assert [line.total for line in result.lines] == [0, 9900]


def test_a_negative_line_lowers_the_cap() -> None:
    """Points must never come back as cash for an exchanged item."""
    result = pay(one_lot("500"), kit.line(price="100.00"), kit.line("OLD", "70.00", "-1"))

    assert result.redemptions[0].allowed == 30
    assert result.totals.to_pay == 0


def test_no_hint_where_the_account_is_empty_or_the_receipt_far_off() -> None:
    """A hint that leads nowhere makes the cashier a liar."""
    minimum = {"receipt": "500.00"}

    assert pay(one_lot("50"), kit.line(price="300.00"), minimum=minimum).hints[0].missing == 20_000
    assert pay(one_lot("50"), kit.line(price="200.00"), minimum=minimum).hints == ()
    assert pay({}, kit.line(price="300.00"), minimum=minimum).hints == ()
    assert pay(one_lot("50"), kit.line(price="500.00"), minimum=minimum).hints == ()
    # Points have paid 50.00 of 510.00, which leaves less than the least receipt, and nothing is missing.
    assert pay(one_lot("50"), kit.line(price="510.00"), minimum=minimum).hints == ()
