"""Worked examples: each file in tests/examples/loyalty derives its figures by hand in one sentence, `why`."""

import runpy
import tomllib
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from loyalty.documents.quote import write_quote
from loyalty.engine.quote import quote
from loyalty.member import GUEST

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parent / "examples" / "loyalty").glob("*.toml"))
kit = SimpleNamespace(**runpy.run_path(str(HERE / "loyalty_kit.py")))


def test_the_examples_are_there() -> None:
    """A folder that moved away would leave the engine without a single checked figure."""
    assert len(EXAMPLES) >= 30


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    """A customer pays and earns what the shop's people work out on paper."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case.pop("why")
    expected = case.pop("expect")
    compiled = kit.run(kit.programme(**case.pop("programme", {})))
    basket = kit.basket(compiled, *case.pop("lines"), redeem=case.pop("redeem", {}))
    now = datetime.fromisoformat(case.pop("at")).replace(tzinfo=kit.MOSCOW) if "at" in case else kit.NOW
    facts = who(case, compiled)
    assert case == {}, "the example says something that this test does not read"

    result = write_quote(quote(compiled, basket, facts, now), compiled)

    assert {name: said(result, name, wanted) for name, wanted in expected.items()} == expected


def who(case, compiled):
    if "member" not in case:
        return GUEST
    authority = {"bonus": {"points": str(case.pop("authority")), "by": "grant"}} if "authority" in case else {}
    return kit.member(compiled, **case.pop("member"), authority=authority)


def said(result, name, wanted):
    """What the quote says about one thing that the example expects, in the example's shape."""
    lines = {line["id"]: line for line in result["lines"]}
    match name:
        case "to_pay" | "discount":
            return result["totals"][name]
        case "totals":
            return {line: lines[line]["total"] for line in wanted}
        case "effects":
            return {
                line: {effect["promotion"]: effect["discount"] for effect in lines[line]["effects"]} for line in wanted
            }
        case "splits":
            return {
                line: [[part["quantity"], part.get("price", part.get("total"))] for part in lines[line]["splits"]]
                for line in wanted
            }
        case "reasons":
            return {trace["promotion"]: trace.get("reason") for trace in result["trace"]}
        case "earned":
            return {name: {key: found[key] for key in ("points", "base")} for name, found in result["accrual"].items()}
        case "spent":
            return {
                name: {key: found[key] for key in ("allowed", "decided_by")}
                for name, found in result["redemption"].items()
            }
        case _:
            return result[name]
