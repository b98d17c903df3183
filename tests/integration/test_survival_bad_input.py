"""Cards and files that are not as they should be: clear words, nothing lost, the sale goes on."""

import json
from typing import Any

import pytest

from loyalty.ledger.sale import SaleFacts


def bring(register: Any, kind: str, contents: bytes, *, name: str) -> Any:
    """Hands a file to the running register as the command line does."""
    incoming = register.data / "incoming"
    incoming.mkdir(exist_ok=True)
    (incoming / name).write_bytes(contents)
    with register.cli_client() as client:
        return client.post("/v1/imports", json={"kind": kind, "file": name, "name": name})


def facts_of(register: Any, key: str) -> SaleFacts:
    """The sale under that key, as the ledger has it."""
    [facts] = [entry.facts for entry in register.entries() if getattr(entry.facts, "receipt", None) == key]
    assert isinstance(facts, SaleFacts)
    return facts


@pytest.mark.parametrize(("code", "verdict"), [("2900007770003", "unknown"), ("2900005550001", "blocked")])
def test_a_strange_card_is_named_and_the_sale_goes_on_as_a_guests(
    open_shop: Any, kit: Any, code: str, verdict: str
) -> None:
    """A customer with a foreign or blocked card would be turned away, or somebody else's points would pay."""
    key = f"strange-{verdict}"
    basket = kit.basket("250.00", card=code, redeem="max")
    with open_shop.client() as client:
        shown = client.post("/v1/identify", json={"code": code, "input": "scan"}).json()
        quote = client.post("/v1/quotes", json=basket).json()
        guest = client.post("/v1/quotes", json=kit.without_card(basket)).json()
        sold = client.put(f"/v1/receipts/{key}", json={**basket, "quote_hash": quote["hash"]})

    assert (shown["card"]["verdict"], shown["member"], shown["wallets"]) == (verdict, None, [])
    assert shown["card"]["masked"] == "29•••••••" + code[-4:]
    assert quote["card"]["verdict"] == verdict
    assert quote["totals"] == guest["totals"]
    assert sold.status_code == 201
    assert sold.json()["warnings"] == [f"card_{verdict}"]
    assert sold.json()["balances"] == {}
    facts = facts_of(open_shop, key)
    assert facts.card is not None
    assert (facts.card.verdict, facts.projection, facts.accrued) == (verdict, None, ())
    assert [(part.points, part.decided_by) for part in facts.redeemed] == [(0, "needs_card")]


def test_a_bad_programme_is_refused_with_every_problem_and_the_old_one_goes_on(open_shop: Any, kit: Any) -> None:
    """A typing error at the desk would stop every sale of the shop, or be found one place at a time."""
    document = json.loads(kit.programme_file(version=2))
    document["wallets"][0]["exponent"] = -1
    document["promotions"][1]["rewards"][0]["percent"] = "3 %"
    document["promotions"][2]["when"] = {"card": "lost"}
    document["redemption"]["cap_precent"] = "30"
    kept = sorted(path.name for path in (open_shop.data / "imports").iterdir())

    refused = bring(open_shop, "programme", json.dumps(document).encode(), name="bad.json")

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_document")
    found = {problem["path"] for problem in refused.json()["problems"]}
    assert {
        "wallets[0].exponent",
        "promotions[1].rewards[0].percent",
        "promotions[2].when.card",
        "redemption.cap_precent",
    } <= found
    assert all(problem["message"] for problem in refused.json()["problems"])
    assert sorted(path.name for path in (open_shop.data / "imports").iterdir()) == kept
    assert list((open_shop.data / "incoming").iterdir()) == []
    with open_shop.client() as client:
        assert client.get("/v1/status").json()["programme"]["version"] == 1
        assert client.put("/v1/receipts/after-bad-programme", json=kit.basket("10.00")).status_code == 201


def test_a_file_that_is_no_programme_is_refused_in_words(open_shop: Any) -> None:
    """Store IT picks the wrong file; the register must say so, not stop."""
    refused = bring(open_shop, "programme", "не programme".encode(), name="letter.txt")

    assert refused.status_code == 422
    assert refused.json()["code"] in {"bad_document", "import_refused"}
    assert refused.json()["problems"]


def test_bad_rows_are_listed_and_the_good_ones_come_in(open_shop: Any) -> None:
    """One torn row among a thousand members would keep all of them out, or vanish without a word."""
    rows = "id,name,status,points.bonus\nm-new,Новый,active,7\nm-bad,Плохой,asleep,\nm-torn,Рваный\n"

    report = bring(open_shop, "members", rows.encode(), name="members.csv").json()

    assert (report["rows"], report["refused"], report["openings"]) == (1, 2, 1)
    assert [row["row"] for row in report["refused_rows"]] == [3, 4]
    assert all(row["why"] for row in report["refused_rows"])
    with open_shop.client() as client:
        assert client.get("/v1/members/m-new").status_code == 200
        assert client.get("/v1/members/m-bad").status_code == 404
