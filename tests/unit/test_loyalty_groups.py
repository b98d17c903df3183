"""Which goods a rule sees."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyalty.engine.quote import quote
from loyalty.goods import GoodsCompiler, categories_above
from loyalty.groups import in_a_circle
from loyalty.member import GUEST

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))
LINES = {
    "milk": kit.line("MILK", "89.90", category="dairy/milk", attributes={"own_brand": True, "shelf": 1}),
    "beans": kit.line("BEANS", "549.00", category="coffee/beans"),
    "mill": kit.line("MILL", "100.00", category="coffeeware"),
    "courier": kit.line("COURIER", "99.00", kind="delivery"),
    "bottle": kit.line("BOTTLE", "10.00", kind="deposit", attributes={"own_brand": 1}),
}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({"sku": ["MILK", "NONE"]}, {"milk"}),
        ({"category": "dairy"}, {"milk"}),
        ({"category": "coffee"}, {"beans"}),
        ({"kind": ["delivery", "deposit"]}, {"courier", "bottle"}),
        ({"attribute": {"own_brand": True}}, {"milk"}),
        ({"attribute": {"own_brand": True, "shelf": 2}}, set()),
        ({"all": [{"kind": ["deposit"]}, {"attribute": {"own_brand": True}}]}, set()),
        ({"all": [{"kind": ["deposit"]}, {"attribute": {"own_brand": 1}}]}, {"bottle"}),
        ({"price": {"at_least": "89.90", "below": "100.00"}}, {"milk"}),
        ({"price": {"at_least": "100"}}, {"beans", "mill"}),
        ({"all": [{"category": "coffee"}, {"sku": ["BEANS", "MILK"]}]}, {"beans"}),
        ({"any": [{"category": "coffee"}, {"sku": ["MILK"]}]}, {"beans", "milk"}),
        ({"not": {"category": "coffee"}}, {"milk", "mill"}),
        ({"not": {"kind": ["goods"]}}, {"courier", "bottle"}),
        ({"group": "named"}, {"mill"}),
        ("named", {"mill"}),
    ],
)
def test_group(group, expected: set[str]) -> None:
    """An offer that catches one line too many loses money; one too few breaks a promise."""
    compiled = kit.run(
        kit.programme(groups={"named": {"sku": ["MILL"]}}, promotions=[kit.percent("p", "50", on={"group": group})])
    )
    basket = kit.basket(compiled, *({"id": name, **line} for name, line in LINES.items()))

    result = quote(compiled, basket, GUEST, kit.NOW)

    assert {line.id for line in result.lines if line.effects} == expected


def test_exclusions_reach_lines_of_any_kind() -> None:
    """A shop that excludes a sku means that sku, whatever the till calls it."""
    document = kit.programme(
        exclusions=[{"group": {"sku": ["COURIER"]}, "deny": ["discount"]}],
        promotions=[kit.percent("p", "50", on={"group": {"kind": ["delivery"]}})],
    )
    compiled = kit.run(document)

    result = quote(compiled, kit.basket(compiled, LINES["courier"]), GUEST, kit.NOW)

    assert (result.totals.discount, result.trace[0].reason) == (0, "excluded_goods")


def test_groups_in_a_circle_are_found() -> None:
    """A group defined by itself would never end the register's start."""
    read = kit.run(kit.programme(groups={"a": {"sku": ["X"]}, "b": {"not": {"group": "a"}}})).programme

    assert in_a_circle(read.groups) == ()


def test_reach_is_a_superset_of_what_matches() -> None:
    """An index that is too narrow drops a customer's discount without a word."""
    programme = kit.run(
        kit.programme(
            groups={
                "narrow": {"all": [{"category": "coffee"}, {"sku": ["BEANS"]}]},
                "wide": {"any": [{"category": "coffee"}, {"sku": ["MILK"]}]},
                "open": {"any": [{"category": "coffee"}, {"price": {"below": "1"}}]},
                "outside": {"not": {"sku": ["MILK"]}},
            }
        )
    ).programme
    goods = GoodsCompiler(programme.groups)
    reaches = {name: goods.ref(name).reach for name in programme.groups}

    assert reaches["narrow"].size == 1
    assert (reaches["wide"].skus, reaches["wide"].categories) == ({"MILK"}, {"coffee"})
    assert reaches["open"] is reaches["outside"] is None


def test_equal_groups_are_compiled_once() -> None:
    """Two hundred offers for the same goods must not look at each line two hundred times."""
    goods = GoodsCompiler({})
    programme = kit.run(kit.programme(groups={"a": {"sku": ["X"]}, "b": {"sku": ["X"]}})).programme

    assert goods.group(programme.groups["a"]) is goods.group(programme.groups["b"])


def test_categories_above() -> None:
    """An offer for coffee must find coffee/beans/arabica."""
    assert categories_above("a/b/c") == ("a/b/c", "a/b", "a")
