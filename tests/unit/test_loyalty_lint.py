"""The programme check: what is well formed and cannot be meant."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyalty.programme.lint import ERRORS, WARNINGS, lint
from loyalty.programme.read import read_programme

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))
YEAR = {"from": "2026-01-01", "until": "2026-12-31"}


def found(*promotions, **parts) -> list[tuple[str, str]]:
    """Path and code of each finding, with an end set where a promotion names none."""
    ended = [{"valid": YEAR, **promotion} for promotion in promotions]
    problems = lint(read_programme(kit.programme(promotions=ended, **parts)))
    assert all(problem.code in ERRORS | WARNINGS for problem in problems)
    return [(problem.path, problem.code) for problem in problems]


def test_a_sound_programme_has_no_findings() -> None:
    """A check that cries at good rules is soon not read."""
    assert (
        found(
            kit.percent("gold", "5", when={"tier": ["gold"]}, priority=2),
            kit.percent("evening", "3", layer="basket", when={"hours": {"from": "18:00", "to": "22:00"}}),
            kit.earn(when={"card": "shown"}),
        )
        == []
    )


@pytest.mark.parametrize(
    "promotion",
    [
        kit.percent("p", "5", when={"all": [{"card": "not_shown"}, {"tier": ["gold"]}]}),
        kit.percent("p", "5", when={"all": [{"tier": ["base"]}, {"tier": ["gold"]}]}),
        kit.percent("p", "5", when={"window": {"from": "2027-01-01"}}),
        kit.percent("p", "5", when={"all": [{"weekdays": ["mon"]}, {"weekdays": ["tue"]}]}),
        kit.percent(
            "p",
            "5",
            when={"all": [{"hours": {"from": "08:00", "to": "10:00"}}, {"hours": {"from": "10:00", "to": "12:00"}}]},
        ),
        kit.percent("p", "5", when={"all": [{"card": "shown"}, {"not": {"card": "shown"}}]}),
        kit.percent("p", "5", valid={"from": "2026-11-23", "until": "2026-11-23"}, when={"weekdays": ["sun"]}),
        kit.percent("p", "5", on={"group": {"category": "tobacco/pipes"}}),
        kit.percent("p", "5", on={"group": {"all": [{"sku": ["A"]}, {"sku": ["B"]}]}}),
        kit.percent("p", "5", on={"group": {"all": [{"category": "a"}, {"not": {"category": "a"}}]}}),
        kit.percent("p", "5", on={"group": {"all": [{"attribute": {"x": 1}}, {"attribute": {"x": 2}}]}}),
        kit.percent("p", "5", on={"group": {"all": [{"price": {"below": "5"}}, {"price": {"at_least": "5"}}]}}),
        kit.earn("p", when={"card": "not_shown"}),
        kit.earn("p", on={"group": {"category": "tobacco"}}),
    ],
)
def test_a_promotion_that_can_never_apply(promotion) -> None:
    """A shop advertises an offer that no receipt will ever show."""
    exclusions = [{"group": {"category": "tobacco"}, "deny": ["discount", "earn"]}]

    assert ("promotions[0]", "never_applies") in found(promotion, exclusions=exclusions)


@pytest.mark.parametrize(
    "promotion",
    [
        kit.percent("p", "5", when={"all": [{"weekdays": ["mon"]}, {"hours": {"from": "23:00", "to": "02:00"}}]}),
        kit.percent("p", "5", valid={"from": "2026-11-23T10:00", "until": "2026-11-23T10:01"}),
        kit.percent("p", "5", when={"not": {"window": {"from": "2026-02-01", "until": "2026-12-30"}}}),
        kit.percent("p", "5", on={"group": {"all": [{"category": "a"}, {"category": "a/b"}]}}),
        kit.percent("p", "5", on={"group": {"all": [{"sku": ["A", "B"]}, {"sku": ["B", "C"]}]}}),
        kit.percent("p", "5", on={"group": {"kind": ["delivery"]}}),
        kit.percent("p", "5", on={"group": {"not": {"attribute": {"x": 1}}}}),
    ],
)
def test_a_promotion_that_can_apply(promotion) -> None:
    """A check that forbids a good offer costs the shop that offer."""
    assert found(promotion) == []


def test_equal_priorities_that_can_meet_are_an_error() -> None:
    """10 % and then 20 %, or 20 % and then 10 %: two registers must not be left to choose."""
    assert found(kit.percent("a", "10"), kit.percent("b", "20")) == [("promotions[1].priority", "order_matters")]
    assert found(kit.percent("a", "10", layer="basket"), kit.percent("b", "20", layer="basket")) == [
        ("promotions[1].priority", "order_matters")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"priority": 1}, {"priority": 2}),
        ({"layer": "basket"}, {}),
        ({"on": {"group": {"category": "a"}}}, {"on": {"group": {"category": "b"}}}),
        ({"on": {"group": {"sku": ["A"]}}}, {"on": {"group": {"not": {"sku": ["A"]}}}}),
        ({"when": {"tier": ["base"]}}, {"when": {"tier": ["gold"]}}),
        ({"when": {"weekdays": ["mon"]}}, {"when": {"weekdays": ["tue", "wed"]}}),
        ({"valid": {"until": "2026-03-31"}}, {"valid": {"from": "2026-04-01", "until": "2026-12-31"}}),
        ({"when": {"hours": {"from": "08:00", "to": "12:00"}}}, {"when": {"hours": {"from": "12:00", "to": "20:00"}}}),
    ],
)
def test_equal_priorities_that_cannot_meet_are_fine(one, other) -> None:
    """Who has told two offers apart by day or goods need not number them too."""
    assert found(kit.percent("a", "10", **one), kit.percent("b", "20", **other)) == []


def test_points_add_in_any_order() -> None:
    """Rules that only earn need no priorities."""
    assert found(kit.earn("a"), kit.earn("b")) == []


def test_too_many_of_equal_priority_are_said_so() -> None:
    """A check that gives up must not look like one that found nothing."""
    many = [kit.percent(f"p{number}", "5", on={"group": {"sku": [f"S{number}"]}}) for number in range(66)]

    assert found(*many)[-1] == ("promotions", "too_many_equal")


def test_a_tier_entered_together_with_a_higher_one_is_unreachable() -> None:
    """Members would be told of a silver tier that nobody ever gets."""
    levels = [{"id": "base", "enter": "0"}, {"id": "a", "enter": "10.00"}, {"id": "b", "enter": "10.00"}]

    assert found(tiers={**kit.TIERS, "levels": levels}) == [("tiers.levels[1]", "unreachable_tier")]


def test_a_promotion_without_end_is_a_warning() -> None:
    """An offer that nobody ends runs for years."""
    assert found(kit.percent("p", "5", valid={"from": "2026-01-01"})) == [("promotions[0].valid", "no_end_no_budget")]
    assert "no_end_no_budget" in WARNINGS


@pytest.mark.parametrize(
    ("when", "warned"),
    [
        ({"card": "not_shown"}, True),
        ({"not": {"tier": ["gold"]}}, True),
        ({"any": [{"card": "not_shown"}, {"tier": ["base"]}]}, True),
        ({"any": [{"card": "not_shown"}, {"tier": ["base", "gold"]}]}, False),
        ({"card": "shown"}, False),
    ],
)
def test_a_card_that_makes_the_customer_pay_more_is_a_warning(when, warned: bool) -> None:  # noqa: FBT001 - a table
    """A regular who pays more than a stranger does not come back."""
    assert found(kit.percent("p", "5", when=when)) == ([("promotions[0]", "card_costs_more")] if warned else [])


def test_a_programme_too_large_to_sample_is_still_checked_quickly() -> None:
    """The check runs at head office while somebody waits."""
    wide = {"any": [{"attribute": {f"a{number}": 1}} for number in range(20)]}

    assert found(kit.percent("p", "5", on={"group": wide})) == []
