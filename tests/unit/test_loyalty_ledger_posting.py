"""What effects do to an account, in any order."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import UnbalancedAccount
from loyalty.ledger.effects import Earn, Effect, GiveBack, Owe, Repay, Spend, TakeBack, Tally
from loyalty.ledger.posting import Account, post

TODAY = date(2026, 11, 22)
LOTS = ("a", "b", "c")
EMPTY = Account("m-1")

AMOUNTS = st.integers(1, 50)
EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    st.builds(Earn, st.just("bonus"), st.sampled_from(LOTS), AMOUNTS, st.just(TODAY), st.none()),
    *(st.builds(kind, st.just("bonus"), st.sampled_from(LOTS), AMOUNTS) for kind in (Spend, GiveBack, TakeBack, Repay)),
    st.builds(Owe, st.just("bonus"), AMOUNTS),
    st.builds(Tally, st.integers(-100, 100), st.integers(-1, 1)),
)

SIGN = {Earn: 1, GiveBack: 1, Spend: -1, TakeBack: -1, Owe: -1, Repay: 0, Tally: 0}


def earn(lot: str, points: int) -> Earn:
    return Earn("bonus", lot, points, TODAY, None)


@given(st.lists(EFFECTS, max_size=40))
def test_a_balance_is_the_sum_of_its_postings_and_no_lot_goes_below_zero(effects: list[Effect]) -> None:
    """Whatever arrives in whatever order: what the slip shows is what the entries give, and nobody overdraws."""
    account, expected, spend = EMPTY, 0, 0
    for effect in effects:
        try:
            account = post(account, (effect,))
        except UnbalancedAccount:
            continue
        expected += SIGN[type(effect)] * getattr(effect, "points", 0)
        spend += effect.spend if isinstance(effect, Tally) else 0
        assert account.balance("bonus") == expected
        assert account.spend == spend
        assert all(lot.points >= 0 for lot in account.lots.values())
        assert account.debts.get("bonus", 0) >= 0


@given(st.lists(EFFECTS, max_size=20))
def test_effects_of_one_entry_are_posted_all_or_not_at_all(effects: list[Effect]) -> None:
    """Half an entry posted is a sale whose points were spent and never earned."""
    one_by_one = EMPTY
    try:
        together = post(EMPTY, effects)
    except UnbalancedAccount:
        return
    for effect in effects:
        one_by_one = post(one_by_one, (effect,))
    assert together == one_by_one
    assert Account("m-1") == EMPTY


@pytest.mark.parametrize(
    "effects",
    [
        (Spend("bonus", "a", 1),),
        (earn("a", 5), Spend("bonus", "a", 6)),
        (earn("a", 5), earn("a", 5)),
        (earn("a", 5), Repay("bonus", "a", 1)),
        (GiveBack("bonus", "gone", 1),),
    ],
)
def test_what_would_overdraw_or_double_is_refused(effects: tuple[Effect, ...]) -> None:
    """A lot credited twice, or debt repaid that nobody owes, is points from nowhere."""
    with pytest.raises(UnbalancedAccount, match="m-1"):
        post(EMPTY, effects)


def test_debt_is_repaid_out_of_a_lot() -> None:
    """After a return that could not be covered, the next purchase first settles what is owed."""
    account = post(EMPTY, (Owe("bonus", 30), earn("a", 50), Repay("bonus", "a", 30)))
    assert account.balance("bonus") == 20
    assert account.debts.get("bonus", 0) == 0
    assert account.lots["a"].points == 20
