"""Goods that come back: money, points, debt, the tier; in parts and as a whole."""

import runpy
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.documents.facts import read_facts
from loyalty.documents.receipt import receipt_from
from loyalty.engine.quote import quote
from loyalty.engine.refund import refund, void
from loyalty.lots import Lot, LotUse
from loyalty.member import GUEST, Facts
from loyalty.receipt import (
    Earned,
    Receipt,
    Refund,
    RefundRefusal,
    RefundRefused,
    ReturnedLine,
    SoldLine,
    Spent,
)

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))
COMPILED = kit.run(kit.programme())
JANUARY = date(2026, 1, 1)


def lot(name, points, *, active_from=JANUARY, expires_on=None):
    return Lot(name, "bonus", points, active_from, expires_on)


def holding(*lots):
    return Facts(lots=lots)


def back(receipt, *returned, earlier=(), facts=GUEST, compiled=COMPILED):
    return refund(compiled, receipt, earlier, [ReturnedLine(*part) for part in returned], facts, kit.NOW)


# 3 kg-pieces for 100.00, of which points paid 20.00 from two lots; 50.00 of bread; 7 points earned.
RECEIPT = Receipt(
    key="R-1",
    member="m-1",
    lines=(
        SoldLine("1", "BEANS", 3000, 8000, points_money=2000),
        SoldLine("2", "BREAD", 1000, 5000, earns=False, counts=False),
    ),
    spent=(Spent("bonus", 20, (LotUse("old", 15), LotUse("new", 5))),),
    earned=(Earned("bonus", 7, "R-1/0"),),
    tier_counted=8000,
)


def test_a_part_is_its_share_of_money_and_points() -> None:
    """One of three packets comes back: a third of what was paid, in money and in points."""
    part = back(RECEIPT, ("1", 1000), facts=holding(lot("R-1/0", 7)))

    # 80.00 / 3 = 26.67, 20.00 / 3 = 6.67; 20 points × 6.67 / 20.00 = 6.67, 7; 7 points × 26.67 / 80.00 = 2.33, 2.
    assert (part.money, part.lines[0].points_money) == (2667, 667)
    assert [(given.points, given.lots) for given in part.given_back] == [(7, (LotUse("new", 5), LotUse("old", 2)))]
    assert [(taken.points, taken.from_lots, taken.debt) for taken in part.taken_back] == [(2, (LotUse("R-1/0", 2),), 0)]
    assert part.tier_counted == 2667


def test_the_last_part_takes_what_is_left() -> None:
    """Three customers' kopecks lost to rounding would show in the shop's books."""
    parts = []
    for _ in range(3):
        parts.append(back(RECEIPT, ("1", 1000), earlier=parts))

    assert [part.money for part in parts] == [2667, 2666, 2667]
    assert sum(part.money for part in parts) == 8000
    assert [part.given_back[0].points for part in parts] == [7, 6, 7]
    assert [part.taken_back[0].points for part in parts] == [2, 3, 2]
    assert sum(part.tier_counted for part in parts) == 8000
    given: dict[str, int] = {}
    for part in parts:
        for use in part.given_back[0].lots:
            given[use.lot] = given.get(use.lot, 0) + use.points
    assert given == {"old": 15, "new": 5}


def test_goods_that_did_not_earn_take_no_points_back() -> None:
    """Who returns bread that earned nothing must not lose points for it."""
    part = back(RECEIPT, ("2", 1000), facts=holding(lot("R-1/0", 7)))

    assert (part.money, part.given_back, part.taken_back, part.tier_counted) == (5000, (), (), 0)


@pytest.mark.parametrize(
    ("lots", "from_lots", "debt"),
    [
        ((lot("R-1/0", 7), lot("a", 9)), (("R-1/0", 7),), 0),
        (
            (lot("R-1/0", 3), lot("late", 9), lot("early", 2, expires_on=date(2026, 12, 1))),
            (("R-1/0", 3), ("early", 2), ("late", 2)),
            0,
        ),
        ((lot("R-1/0", 7, active_from=date(2027, 1, 1)),), (("R-1/0", 7),), 0),
        ((lot("R-1/0", 2), lot("pending", 9, active_from=date(2027, 1, 1))), (("R-1/0", 2),), 5),
        ((lot("lapsed", 9, expires_on=date(2026, 11, 21)),), (), 7),
        ((), (), 7),
    ],
)
def test_where_earned_points_are_taken_from(lots, from_lots, debt: int) -> None:
    """Points are taken from their own lot, then from what is spendable; what is spent already is owed."""
    (taken,) = back(RECEIPT, ("1", 3000), facts=holding(*lots)).taken_back

    assert tuple((use.lot, use.points) for use in taken.from_lots) == from_lots
    assert (taken.points, taken.debt) == (7, debt)


@pytest.mark.parametrize(
    ("returned", "earlier", "refused"),
    [
        ([], [], RefundRefused(RefundRefusal.NOTHING_RETURNED)),
        ([("1", 0)], [], RefundRefused(RefundRefusal.NOTHING_RETURNED, "1")),
        ([("9", 1000)], [], RefundRefused(RefundRefusal.UNKNOWN_LINE, "9")),
        ([("1", 1000), ("1", 1000)], [], RefundRefused(RefundRefusal.LINE_REPEATED, "1")),
        ([("3", 1000)], [], RefundRefused(RefundRefusal.NOT_RETURNABLE, "3")),
        ([("4", 1000)], [], RefundRefused(RefundRefusal.NOT_RETURNABLE, "4")),
        ([("1", 3001)], [], RefundRefused(RefundRefusal.MORE_THAN_SOLD, "1", 3000)),
        ([("1", 1001)], [("1", 2000)], RefundRefused(RefundRefusal.MORE_THAN_SOLD, "1", 1000)),
        ([("1", 9000), ("3", 1000)], [], RefundRefused(RefundRefusal.NOT_RETURNABLE, "3")),
    ],
)
def test_refusals(returned, earlier, refused: RefundRefused) -> None:
    """A line returned twice pays twice; the cashier must be told which line and how much of it is left."""
    receipt = replace(
        RECEIPT, lines=(*RECEIPT.lines, SoldLine("3", "OLD", -1000, -500), SoldLine("4", "FEE", 1000, -9))
    )
    before = [back(receipt, part) for part in earlier]

    assert back(receipt, *returned, earlier=before) == refused


def test_a_receipt_paid_by_points_alone_gives_points_back_by_quantity() -> None:
    """Where points paid everything, money cannot say what half of it is; the goods can."""
    compiled = kit.run(kit.programme(earning_base={"discounts": "ignore", "own_points": "subtract"}))
    receipt = replace(
        RECEIPT, lines=(SoldLine("1", "BEANS", 4000, 0, points_money=2000),), earned=(Earned("bonus", 8, "L"),)
    )

    part = back(receipt, ("1", 1000), compiled=compiled)

    assert (part.money, part.given_back[0].points, part.taken_back[0].points) == (0, 5, 2)


def test_a_free_line_comes_back_for_nothing() -> None:
    """A free sample that is brought back must not stop the register."""
    receipt = Receipt("R", None, (SoldLine("1", "SAMPLE", 1000, 0),))

    assert back(receipt, ("1", 1000)).money == 0


def test_void_takes_everything_back() -> None:
    """A receipt rung up by mistake must leave nothing behind, negative lines included."""
    receipt = replace(RECEIPT, lines=(*RECEIPT.lines, SoldLine("3", "OLD", -1000, -500, earns=False, counts=False)))

    undone = void(COMPILED, receipt, holding(lot("R-1/0", 3), lot("x", 1)), kit.NOW)

    assert undone.money == 8000 + 5000 - 500
    assert [line.quantity for line in undone.lines] == [3000, 1000, -1000]
    assert undone.given_back[0].lots == receipt.spent[0].lots
    assert (undone.taken_back[0].points, undone.taken_back[0].debt) == (7, 3)
    assert undone.tier_counted == 8000


@st.composite
def sold(draw):
    """A confirmed random basket, and an order in which its goods come back."""
    compiled = kit.run(draw(kit.programmes()))
    document = draw(kit.baskets(negative=draw(st.booleans())))
    wallets = {rules.wallet for rules in compiled.redemption.wallets}
    redeem = {name: asked for name, asked in document.get("redeem", {}).items() if name in wallets}
    basket = kit.basket(compiled, *document["lines"], redeem=redeem)
    facts = read_facts(draw(kit.facts()), compiled)
    result = quote(compiled, basket, facts, kit.NOW)
    receipt = receipt_from(basket, result, compiled, lambda wallet: f"new-{wallet}", key="R", member="m-1")
    goods = [line for line in receipt.lines if line.quantity > 0 and line.total >= 0]
    returns = [(line.id, part) for line in goods for part in parts_of(draw, line.quantity)]
    return compiled, receipt, facts, draw(st.permutations(returns))


def parts_of(draw, quantity):
    cuts = sorted(draw(st.lists(st.integers(1, quantity), max_size=2)))
    edges = [0, *cuts, quantity]
    return [after - before for before, after in pairwise(edges) if after > before]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(sold())
def test_refunding_in_parts_is_refunding_the_whole(case) -> None:
    """Who brings goods back one by one must get neither a kopeck nor a point more or less."""
    compiled, receipt, facts, returns = case
    whole = [ReturnedLine(line.id, line.quantity) for line in receipt.lines if line.quantity > 0 and line.total >= 0]
    if not whole:
        return
    parts: list[Refund] = []
    for name, quantity in returns:
        part = refund(compiled, receipt, parts, [ReturnedLine(name, quantity)], facts, kit.NOW)
        assert isinstance(part, Refund)
        parts.append(part)
    at_once = refund(compiled, receipt, [], whole, facts, kit.NOW)
    assert isinstance(at_once, Refund)

    assert (
        sum(part.money for part in parts)
        == at_once.money
        == sum(line.total for line in receipt.lines if line.total > 0 and line.quantity > 0)
    )
    assert (
        points(parts, "given_back")
        == points([at_once], "given_back")
        == {paid.wallet: paid.points for paid in receipt.spent}
    )
    assert (
        points(parts, "taken_back")
        == points([at_once], "taken_back")
        == {earned.wallet: earned.points for earned in receipt.earned}
    )
    assert (
        by_lot(parts)
        == by_lot([at_once])
        == {(paid.wallet, use.lot): use.points for paid in receipt.spent for use in paid.lots}
    )
    assert sum(part.tier_counted for part in parts) == at_once.tier_counted == receipt.tier_counted
    for part in parts:
        assert all(line.money >= 0 and line.points_money >= 0 for line in part.lines)
        assert part.money == sum(line.money for line in part.lines)


def points(parts, field):
    found: dict[str, int] = {}
    for part in parts:
        for each in getattr(part, field):
            assert each.points > 0
            found[each.wallet] = found.get(each.wallet, 0) + each.points
    return found


def by_lot(parts):
    found: dict[tuple[str, str], int] = {}
    for part in parts:
        for given_back in part.given_back:
            assert sum(use.points for use in given_back.lots) == given_back.points
            for use in given_back.lots:
                key = (given_back.wallet, use.lot)
                found[key] = found.get(key, 0) + use.points
    return found


def test_what_the_receipt_remembers() -> None:
    """A refund next month has nothing but the receipt; what it forgets is lost."""
    document = kit.programme(
        exclusions=[{"group": {"category": "tobacco"}, "deny": ["earn"]}],
        promotions=[kit.earn(on={"group": {"sku": ["MILK"]}})],
        redemption={"wallets": ["bonus"]},
    )
    compiled = kit.run(document)
    goods = [kit.line("MILK"), kit.line("BREAD"), kit.line("CIGS", category="tobacco"), kit.line("FEE", kind="service")]
    basket = kit.basket(compiled, *goods, redeem={"bonus": "30"})
    result = quote(compiled, basket, kit.member(compiled, points=50), kit.NOW)

    receipt = receipt_from(basket, result, compiled, lambda wallet: f"lot-of-{wallet}", key="R", member="m-1")

    assert [(line.earns, line.counts) for line in receipt.lines] == [
        (True, True),
        (False, True),
        (False, False),
        (False, False),
    ]
    assert [line.points_money for line in receipt.lines] == [1000, 1000, 1000, 0]
    assert receipt.spent == (Spent("bonus", 30, (LotUse("L1", 30),)),)
    assert receipt.earned == (Earned("bonus", 4, "lot-of-bonus"),)
    assert receipt.tier_counted == result.tier.counted == 18_000
