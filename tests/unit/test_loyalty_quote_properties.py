"""What holds for any programme and basket in the scope of this release."""

import runpy
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.documents.facts import read_facts
from loyalty.documents.quote import write_quote
from loyalty.engine.quote import quote
from loyalty.lots import spendable_points

HERE = Path(__file__).parent
kit = SimpleNamespace(**runpy.run_path(str(HERE / "loyalty_kit.py")))
interpret = runpy.run_path(str(HERE / "plain_interpreter.py"))["interpret"]

few = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
cases = st.tuples(kit.programmes(), kit.baskets(), kit.facts(), kit.times)


def priced(case, **options):
    """The compiled programme, basket, facts and quote of a random case."""
    programme, basket_document, facts_document, now = case
    compiled = kit.run(programme)
    basket = kit.basket(compiled, *basket_document["lines"], redeem=redeemable(compiled, basket_document))
    facts = read_facts(facts_document, compiled)
    return compiled, basket, facts, quote(compiled, basket, facts, now, **options)


def redeemable(compiled, basket_document):
    wallets = {rules.wallet for rules in compiled.redemption.wallets}
    return {name: asked for name, asked in basket_document.get("redeem", {}).items() if name in wallets}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(cases)
def test_compiled_engine_agrees_with_the_plain_interpreter(case) -> None:
    """A faster engine that prices differently would cheat every customer at once."""
    programme, basket_document, facts_document, now = case
    compiled, _, _, result = priced(case)
    document = write_quote(result, compiled)

    said = {
        "lines": [{name: line[name] for name in ("effects", "points_spent", "total")} for line in document["lines"]],
        "to_pay": document["totals"]["to_pay"],
        "redemption": {
            paid.wallet: {
                "allowed": paid.allowed,
                "decided_by": paid.decided_by,
                "lots": [[use.lot, use.points] for use in paid.lots],
            }
            for paid in result.redemptions
        },
        "accrual": {
            earned.wallet: {
                "points": earned.points,
                "base": document["accrual"][earned.wallet]["base"],
                "active_from": earned.active_from.isoformat(),
                "expires_on": earned.expires_on.isoformat() if earned.expires_on else None,
            }
            for earned in result.accruals
        },
        "counted": interpreter_amount(result.tier.counted),
        "reasons": {trace.promotion: trace.reason for trace in result.trace},
    }

    assert said == interpret(programme, basket_document, facts_document, now, kit.MOSCOW)


def interpreter_amount(minor):
    return f"{minor // 100}.{minor % 100:02}"


@few
@given(cases)
def test_every_kopek_is_accounted_for(case) -> None:
    """A receipt whose lines do not add up to its total is refused by the fiscal printer."""
    _, basket, _, result = priced(case)

    for line, quoted in zip(basket.lines, result.lines, strict=True):
        assert quoted.shelf - quoted.discount - quoted.points_spent == quoted.total
        assert sum(split.total for split in quoted.splits) == quoted.total
        assert sum(split.quantity for split in quoted.splits) == line.quantity
        assert len(quoted.splits) <= 2
        assert all(effect.discount > 0 for effect in quoted.effects)
    totals = result.totals
    assert totals.to_pay == sum(line.total for line in result.lines)
    assert totals.shelf - totals.discount - totals.points_spent == totals.to_pay
    assert totals.points_spent == sum(paid.money for paid in result.redemptions)


@few
@given(cases)
def test_no_line_is_taken_below_zero_and_negative_lines_are_left_alone(case) -> None:
    """A shop that pays its customers to take goods is soon closed."""
    _, basket, _, result = priced(case)

    for line, quoted in zip(basket.lines, result.lines, strict=True):
        if line.total < 0 or line.quantity < 0:
            assert (quoted.effects, quoted.points_spent, quoted.total) == ((), 0, line.total)
        else:
            assert quoted.total >= 0
    assert result.totals.to_pay >= min(0, result.totals.shelf)


@few
@given(cases)
def test_points_spent_stay_within_every_bound(case) -> None:
    """A customer must not spend points that are not there, or more than the shop allows."""
    _, _, facts, result = priced(case)

    for paid in result.redemptions:
        assert 0 <= paid.allowed <= min(paid.bounds.values())
        assert paid.allowed % paid.step == 0
        assert sum(use.points for use in paid.lots) == paid.allowed
        lots = {lot.id: lot.points for lot in facts.lots_of(paid.wallet)}
        assert all(0 < use.points <= lots[use.lot] for use in paid.lots)


@few
@given(cases)
def test_max_is_asking_for_what_max_answered(case) -> None:
    """A cashier who types the figure that the screen offers must get that figure."""
    programme, basket_document, facts_document, now = case
    wallet = "bonus"
    asking_all = {**basket_document, "redeem": {wallet: "max"}}
    compiled, basket, _, most = priced((programme, asking_all, facts_document, now))
    if not basket.redeem:
        return
    allowed = next(paid.allowed for paid in most.redemptions if paid.wallet == wallet)
    exactly = priced((programme, {**basket_document, "redeem": {wallet: str(allowed)}}, facts_document, now))[3]

    assert compiled.exponent(wallet) == 0
    assert exactly.hash == most.hash


@few
@given(cases, st.randoms(use_true_random=False))
def test_the_files_order_never_matters(case, chance) -> None:
    """Two shops with the same rules, written down in another order, must price alike."""
    programme, basket_document, facts_document, now = case
    shuffled = {**programme, "promotions": chance.sample(programme["promotions"], len(programme["promotions"]))}

    assert priced(case)[3] == priced((shuffled, basket_document, facts_document, now))[3]


@few
@given(cases)
def test_the_trace_changes_nothing(case) -> None:
    """A cashier who looks at the reasons must not see another price than the one who does not."""
    quiet, loud = priced(case, trace=False)[3], priced(case, trace=True)[3]

    assert quiet.trace == quiet.hints == ()
    assert (quiet.hash, quiet.lines, quiet.totals) == (loud.hash, loud.lines, loud.totals)
    assert (quiet.redemptions, quiet.accruals, quiet.tier) == (loud.redemptions, loud.accruals, loud.tier)


@few
@given(cases)
def test_a_promotion_is_applied_exactly_when_it_had_an_effect(case) -> None:
    """A customer is told of an offer on the slip, or why not; never both, never neither."""
    compiled, _, _, result = priced(case)
    effective = {effect.promotion for line in result.lines for effect in line.effects}
    effective |= {name for accrual in result.accruals for name in accrual.promotions}

    assert [trace.promotion for trace in result.trace] == [promotion.id for promotion in compiled.promotions]
    assert {trace.promotion for trace in result.trace if trace.applied} == effective
    assert all(trace.reason for trace in result.trace if not trace.applied)


@few
@given(cases)
def test_what_did_not_apply_can_be_left_out(case) -> None:
    """A promotion that is not for this customer must leave no trace on the receipt."""
    programme, basket_document, facts_document, now = case
    full = priced(case)[3]
    applied = {trace.promotion for trace in full.trace if trace.applied}
    rest = {**programme, "promotions": [each for each in programme["promotions"] if each["id"] in applied]}

    assert priced((rest, basket_document, facts_document, now))[3].hash == full.hash


@few
@given(cases, st.randoms(use_true_random=False))
def test_permuting_lines_leaves_totals_and_points(case, chance) -> None:
    """What a customer pays must not depend on which bag the cashier scans first."""
    programme, basket_document, facts_document, now = case
    lines = chance.sample(basket_document["lines"], len(basket_document["lines"]))
    one, other = priced(case)[3], priced((programme, {**basket_document, "lines": lines}, facts_document, now))[3]

    assert one.totals == other.totals
    assert one.redemptions == other.redemptions
    assert one.accruals == other.accruals
    assert one.tier == other.tier


@few
@given(cases)
def test_the_same_inputs_give_the_same_bytes(case) -> None:
    """Head office computes each receipt again; a difference would accuse an honest register."""
    compiled, _, _, first = priced(case)
    again = priced(case)[3]

    assert first == again
    assert kit.plain(write_quote(first, compiled)) == kit.plain(write_quote(again, compiled))


@few
@given(cases)
def test_points_never_exceed_what_is_spendable_less_debt(case) -> None:
    """A member in debt who goes on spending owes the shop more each day."""
    compiled, _, facts, result = priced(case)
    day = compiled.calendar.business_day(case[3])

    for paid in result.redemptions:
        spendable = spendable_points(facts.lots_of(paid.wallet), on=day)
        assert paid.allowed <= max(0, spendable - facts.debts.get(paid.wallet, 0))


def test_a_naive_time_is_refused() -> None:
    """A register that guesses its time zone prices a happy hour at midnight."""
    compiled = kit.run(kit.programme())

    with pytest.raises(ValueError, match="time zone"):
        quote(compiled, kit.basket(compiled), kit.member(compiled), kit.NOW.replace(tzinfo=None))


def test_the_hash_ignores_time_within_a_day_and_explanations() -> None:
    """A customer who pays two minutes after the quote must not be told that the price has changed."""
    compiled = kit.run(kit.programme(promotions=[kit.percent("five", "5"), kit.earn()]))
    basket = kit.basket(compiled, kit.line())

    first = quote(compiled, basket, kit.member(compiled), kit.NOW)
    later = quote(compiled, basket, kit.member(compiled, spend="500.00"), kit.NOW + timedelta(minutes=2))

    assert first.hash == later.hash


def test_the_hash_knows_the_programme_version() -> None:
    """A price by yesterday's rules must not be confirmed as one by today's."""
    old, new = (kit.run(kit.programme(version=version)) for version in (1, 2))
    lines = [kit.line()]

    assert (
        quote(old, kit.basket(old, *lines), kit.member(old), kit.NOW).hash
        != quote(new, kit.basket(new, *lines), kit.member(new), kit.NOW).hash
    )
