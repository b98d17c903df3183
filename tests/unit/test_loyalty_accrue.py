"""Points that a receipt earns, and what it adds to the tier."""

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyalty.engine.quote import quote
from loyalty.engine.tiers import tier_for_spend, tier_progress
from loyalty.member import Member

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))


def earned(*lines, facts=None, **parts):
    compiled = kit.run(kit.programme(**{"promotions": [kit.earn()], **parts}))
    return quote(compiled, kit.basket(compiled, *lines), kit.member(compiled, **(facts or {})), kit.NOW)


@pytest.mark.parametrize(
    ("activation", "expiry", "active_from", "expires_on"),
    [
        (14, {"kind": "days", "days": 180, "from": "earning"}, date(2026, 12, 6), date(2027, 5, 21)),
        (14, {"kind": "days", "days": 180, "from": "activation"}, date(2026, 12, 6), date(2027, 6, 4)),
        (0, {"kind": "none"}, date(2026, 11, 22), None),
        (0, None, date(2026, 11, 22), None),
    ],
)
def test_a_lots_dates(activation: int, expiry, active_from: date, expires_on: date | None) -> None:
    """The slip promises two dates; points that start late or lapse early break them."""
    wallet = {**kit.BONUS, "activation": {"days": activation}, "expiry": expiry}

    (accrual,) = earned(kit.line(price="100.00"), wallets=[wallet]).accruals

    assert (accrual.active_from, accrual.expires_on) == (active_from, expires_on)


def test_a_lot_belongs_to_the_business_day() -> None:
    """A purchase at 01:00 in a shop whose day ends at 04:00 is yesterday's."""
    compiled = kit.run(kit.programme(business_day_starts="20:00", promotions=[kit.earn()]))

    (accrual,) = quote(compiled, kit.basket(compiled, kit.line()), kit.member(compiled), kit.NOW).accruals

    assert accrual.active_from == date(2026, 11, 21)


def test_several_rules_add_and_are_named() -> None:
    """A member who was promised double points on coffee gets the coffee's beside the usual ones."""
    extra = kit.earn("extra", on={"group": {"category": "coffee"}})

    (accrual,) = earned(
        kit.line(price="100.00"), kit.line("BEANS", "200.00", category="coffee"), promotions=[kit.earn(), extra]
    ).accruals

    assert (accrual.points, accrual.base, accrual.promotions) == (15 + 10, 30_000, ("earn", "extra"))


def test_each_wallet_earns_by_its_own_rules() -> None:
    """Status points and money points must not run together."""
    status = {"id": "status", "exponent": 2}
    rule = kit.earn("status", wallet="status", points="0.05", per_money="1.00")

    accruals = earned(kit.line(price="99.99"), wallets=[kit.BONUS, status], promotions=[kit.earn(), rule]).accruals

    assert [(accrual.wallet, accrual.points) for accrual in accruals] == [("bonus", 4), ("status", 499)]


def test_goods_that_may_not_earn_do_not() -> None:
    """Points on tobacco are against the law."""
    exclusions = [{"group": {"category": "tobacco"}, "deny": ["earn"]}]
    cigs = kit.line("CIGS", "210.00", category="tobacco")

    result = earned(cigs, exclusions=exclusions)

    assert result.accruals == ()
    assert result.trace[0].reason == "excluded_goods"
    assert result.tier.counted == 0


def test_a_purchase_too_small_for_a_point_earns_none() -> None:
    """An accrual of nothing would make an empty lot in the ledger."""
    result = earned(kit.line(price="19.99"))

    assert (result.accruals, result.trace[0].reason) == ((), "no_effect")


def test_delivery_named_by_a_group_still_needs_the_switch() -> None:
    """A programme that says that delivery does not earn says so for every promotion."""
    group = {"group": {"kind": ["goods", "delivery"]}}
    courier = kit.line("COURIER", "100.00", kind="delivery")

    (without,) = earned(kit.line(price="100.00"), courier, promotions=[kit.earn(on=group)]).accruals
    (with_it,) = earned(
        kit.line(price="100.00"), courier, promotions=[kit.earn(on=group)], earning_base={"delivery": True}
    ).accruals

    assert (without.base, with_it.base) == (10_000, 20_000)


@pytest.mark.parametrize(
    ("spend", "tier"), [(0, "base"), (5_999_999, "base"), (6_000_000, "gold"), (9_000_000, "gold")]
)
def test_tier_for_spend(spend: int, tier: str) -> None:
    """A member one kopeck short of gold is not gold, and one who has it is."""
    assert tier_for_spend(kit.run(kit.programme()).programme, spend) == tier


def test_levels_rank_by_what_they_take_to_enter() -> None:
    """The file's order never matters, for tiers neither."""
    levels = [{"id": "gold", "enter": "60000.00"}, {"id": "silver", "enter": "20000.00"}]
    programme = kit.run(kit.programme(tiers={**kit.TIERS, "levels": levels})).programme

    assert [tier_for_spend(programme, spend) for spend in (1_999_999, 2_000_000, 6_000_000)] == [None, "silver", "gold"]
    assert tier_progress(programme, Member("m"), spend=500_000, counted=0).missing == 1_500_000


def test_progress_to_the_next_tier_leaves_this_receipt_out() -> None:
    """This receipt counts from the next one on; a screen that adds it promises gold too early."""
    tier = earned(kit.line(price="500.00"), facts={"tier": "base", "spend": "59800.00"}).tier

    assert (tier.now, tier.next, tier.missing, tier.counted) == ("base", "gold", 20_000, 50_000)


def test_the_highest_tier_has_no_next() -> None:
    """Gold members must not be told that something is missing."""
    tier = earned(kit.line(), facts={"tier": "gold"}).tier

    assert (tier.next, tier.missing) == (None, None)


def test_a_programme_without_tiers_has_no_progress() -> None:
    """A shop without tiers must not count towards one."""
    compiled = kit.run(kit.programme(tiers=None))
    facts = kit.member(compiled, tier=None)

    tier = quote(compiled, kit.basket(compiled, kit.line()), facts, kit.NOW).tier

    assert (tier.now, tier.counted, tier.next) == (None, 0, None)
    assert tier_for_spend(compiled.programme, 10**9) is None
