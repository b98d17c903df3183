"""The index: cost grows with the promotions that can match, and none that can is left out."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings

from loyalty.documents.facts import read_facts
from loyalty.engine.quote import quote
from loyalty.engine.scene import scene_of
from loyalty.member import GUEST

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))


def candidates(compiled, basket, facts=GUEST, now=kit.NOW) -> list[str]:
    """The promotions that the engine looks at."""
    scene = scene_of(compiled.calendar, facts, now)
    steps = compiled.index.candidates(scene, basket.lines)
    return [compiled.promotions[compiled.steps[number].promotion].id for number in steps]


def test_promotions_that_cannot_match_are_not_looked_at() -> None:
    """A chain with ten thousand offers must not make the customer wait for each of them."""
    other = [
        kit.percent(f"p{number}", "5", on={"group": {"sku": [f"OTHER-{number}"]}}, priority=number)
        for number in range(200)
    ]
    document = kit.programme(
        promotions=[
            *other,
            kit.percent("tobacco", "5", on={"group": {"category": "tobacco"}}),
            kit.percent("dairy", "5", on={"group": {"category": "dairy"}}, priority=-1),
            kit.percent("gold", "5", when={"tier": ["gold"]}, priority=-2),
            kit.percent("guests", "5", when={"card": "not_shown"}, priority=-3),
            kit.percent("over", "5", valid={"until": "2026-11-21"}, priority=-4),
            kit.percent("milk", "5", on={"group": {"sku": ["MILK"]}}, priority=-5),
            kit.earn(),
        ]
    )
    compiled = kit.run(document)
    basket = kit.basket(compiled, kit.line("MILK", category="dairy/milk"))

    assert candidates(compiled, basket) == ["dairy", "guests", "milk"]
    assert candidates(compiled, basket, kit.member(compiled)) == ["dairy", "milk", "earn"]
    assert candidates(compiled, basket, kit.member(compiled, tier="gold")) == ["dairy", "gold", "milk", "earn"]


def test_what_is_not_looked_at_still_has_its_reason() -> None:
    """The member's "why not" must not depend on how the engine saves time."""
    document = kit.programme(
        promotions=[
            kit.percent("coffee", "5", on={"group": {"category": "coffee"}}),
            kit.percent("gold-coffee", "5", on={"group": {"category": "coffee"}}, when={"tier": ["gold"]}, priority=1),
            kit.percent("over", "5", valid={"until": "2026-11-21"}, priority=2),
            kit.earn(on={"group": {"category": "coffee"}}),
        ]
    )
    compiled = kit.run(document)

    trace = quote(compiled, kit.basket(compiled, kit.line("MILK")), GUEST, kit.NOW).trace

    assert {each.promotion: each.reason for each in trace} == {
        "coffee": "no_goods",
        "gold-coffee": "needs_card",
        "over": "outside_window",
        "earn": "needs_card",
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(kit.programmes(), kit.baskets(), kit.facts(), kit.times)
def test_whatever_applies_was_a_candidate(programme, basket_document, facts_document, now) -> None:
    """A discount that the index forgets is a promise broken at one register and kept at the next."""
    compiled = kit.run(programme)
    basket = kit.basket(compiled, *basket_document["lines"])
    facts = read_facts(facts_document, compiled)
    found = set(candidates(compiled, basket, facts, now))

    met = {
        promotion.id
        for promotion in compiled.promotions
        if promotion.is_open(scene_of(compiled.calendar, facts, now))
        and promotion.judge(scene_of(compiled.calendar, facts, now)).reason is None
        and any(rule.goods.matches(line) for rule in promotion.rules for line in basket.lines)
        and (facts.member is not None or promotion.id in price_promotions(programme))
    }

    if facts.member is None or facts.member.status == "active":
        assert met <= found


def price_promotions(programme) -> set[str]:
    return {
        promotion["id"]
        for promotion in programme["promotions"]
        if all(reward["kind"] == "percent" for reward in promotion["rewards"])
    }


@pytest.mark.parametrize("count", [1, 400])
def test_the_number_of_steps_looked_at_does_not_grow_with_other_shops_offers(count: int) -> None:
    """The figure of a small programme must hold for a large one."""
    offers = [
        kit.percent(f"p{number}", "5", on={"group": {"category": f"c{number}"}}, priority=number)
        for number in range(count)
    ]
    compiled = kit.run(kit.programme(promotions=offers))

    assert len(candidates(compiled, kit.basket(compiled, kit.line(category="c0/x")))) == 1
