"""A POS asks again, changes its mind, or comes late: each receipt happens once, by the rules the customer saw."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

QUOTE_MINUTES = 15
SCAN_SECONDS = 600
ANSWER_DAYS = 90
THREADS = 8


def reordered(document: Any) -> Any:
    """The same JSON with every object's fields the other way round."""
    match document:
        case dict():
            return {name: reordered(document[name]) for name in reversed(document)}
        case list():
            return [reordered(part) for part in document]
    return document


def sales(register: Any) -> int:
    """How many sales the ledger holds."""
    with register.services.readings.reading() as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM entry WHERE kind = 'sale'").fetchall()
    return int(count)


def new_programme(kit: Any, *, percent: str) -> bytes:
    """Version 2: another discount for whoever shows a card."""
    document = json.loads(kit.programme_file(version=2))
    document["promotions"][1]["rewards"][0]["percent"] = percent
    return json.dumps(document).encode()


def test_a_repeated_sale_gets_the_very_same_answer(register_inside: Any, kit: Any) -> None:
    """After a lost answer the POS would charge twice, or show points that the ledger does not have."""
    basket = {**kit.basket("200.00", "3.45", card=kit.ANNA.card, redeem="max"), "receipt_key": "K1"}
    first = register_inside.api.put("/v1/receipts/K1", json=basket)
    assert first.status_code == 201
    assert "Kopilka-Replayed" not in first.headers

    again = register_inside.api.put("/v1/receipts/K1", json=basket)
    other_order = register_inside.api.put("/v1/receipts/K1", content=json.dumps(reordered(basket), indent=3))
    register_inside.clocks.go_on(timedelta(days=30))
    register_inside.restart()
    register_inside.bring({"programme": new_programme(kit, percent="9")})
    restarted = register_inside.api.put("/v1/receipts/K1", json=basket)

    for repeated in (again, other_order, restarted):
        assert repeated.status_code == 200
        assert repeated.content == first.content
        assert repeated.headers["Kopilka-Replayed"] == "true"
    assert sales(register_inside) == 1


def test_returns_and_voids_are_repeated_safely_too(register_inside: Any, kit: Any) -> None:
    """A customer would get the money and the points of one returned jar twice."""
    for key in ("K1", "K2"):
        register_inside.confirm(key, kit.basket("200.00", card=kit.ANNA.card, redeem="max", quantity="2"))
    part = {"original": {"receipt_key": "K1"}, "lines": [{"id": "1", "quantity": "1"}]}
    for path, body in (("/v1/refunds/R1", part), ("/v1/receipts/K2/void", {"cashier": "C-7", "reason": "mistake"})):
        first = register_inside.api.put(path, json=body)
        assert first.status_code == 201
        register_inside.restart()
        again = register_inside.api.put(path, json=reordered(body))
        assert (again.status_code, again.content) == (200, first.content)

    changed = register_inside.api.put("/v1/refunds/R1", json={**part, "reason": "other"})
    assert (changed.status_code, changed.json()["code"]) == (409, "key_reused")
    assert register_inside.api.put("/v1/refunds/R2", json=part).status_code == 201
    too_much = register_inside.api.put("/v1/refunds/R3", json=part)
    assert (too_much.status_code, too_much.json()["code"]) == (409, "more_than_sold")
    twice_void = register_inside.api.put("/v1/receipts/K2/void", json={"cashier": "C-8"})
    assert twice_void.json()["code"] == "key_reused"


def test_another_body_under_the_same_key_is_refused(register_inside: Any, kit: Any) -> None:
    """A POS that lost count would overwrite one customer's receipt with the next one's."""
    first = register_inside.confirm("K1", kit.basket("200.00", card=kit.ANNA.card))

    refused = register_inside.api.put("/v1/receipts/K1", json=kit.basket("200.01", card=kit.ANNA.card))

    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")
    assert refused.json()["seq"] == first["entry"]["seq"]
    assert "K1" in refused.json()["detail"]
    assert sales(register_inside) == 1


def test_two_tills_may_count_alike(open_shop: Any, kit: Any) -> None:
    """Two programs with receipts numbered from one could not share a register."""
    with open_shop.client("pos") as one, open_shop.client("pos-2") as two:
        first = one.put("/v1/receipts/count-1", json=kit.basket("10.00"))
        second = two.put("/v1/receipts/count-1", json=kit.basket("20.00"))
        assert (first.status_code, second.status_code) == (201, 201)
        assert one.put("/v1/receipts/count-1/void", json={}).json()["money"] == "10.00"
        assert two.get("/v1/receipts/count-1").json()["voided"] is False


def test_a_key_in_the_body_must_be_the_paths(register_inside: Any, kit: Any) -> None:
    """A proxy or a template that mixes two receipts up would book one under the other's number."""
    refused = register_inside.api.put("/v1/receipts/K1", json={**kit.basket("200.00"), "receipt_key": "K2"})

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_document")
    assert [(part["path"], part["code"]) for part in refused.json()["problems"]] == [
        ("receipt_key", "receipt_key_differs")
    ]
    assert sales(register_inside) == 0


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/receipts/K1"), ("POST", "/v1/quotes")])
def test_a_float_is_refused_with_its_place(register_inside: Any, kit: Any, method: str, path: str) -> None:
    """A price of 0.1 + 0.2 would be a kopeck more here than at the POS."""
    basket = kit.basket("10.00", "20.00")
    basket["lines"][1]["price"] = 0.30000000000000004

    refused = register_inside.api.request(method, path, json=basket)

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_document")
    assert refused.json()["path"] == "lines[1].price"
    assert sales(register_inside) == 0


def test_points_spent_meanwhile_ask_the_customer_again(register_inside: Any, kit: Any) -> None:
    """The customer would be charged another sum than the one on the screen, or pay with points already gone."""
    basket = kit.basket("100.00", card=kit.BORIS.card, redeem="max")
    seen = register_inside.api.post("/v1/quotes", json=basket).json()
    register_inside.confirm("elsewhere", basket)

    asked = register_inside.api.put("/v1/receipts/K1", json={**basket, "quote_hash": seen["hash"]})

    assert (asked.status_code, asked.json()["code"]) == (409, "requote")
    fresh = asked.json()["quote"]
    assert fresh["totals"]["to_pay"] != seen["totals"]["to_pay"]
    assert sales(register_inside) == 1
    agreed = register_inside.confirm("K1", {**basket, "quote_hash": fresh["hash"]})
    assert agreed["quote"]["totals"] == fresh["totals"]


def test_a_quote_stands_by_its_own_programme_for_its_minutes(register_inside: Any, kit: Any) -> None:
    """A promotion that ends at noon would be taken from the customer who already counts the money."""
    basket = kit.basket("1000.00", card=kit.ANNA.card)
    seen = register_inside.api.post("/v1/quotes", json=basket).json()
    register_inside.bring({"programme": new_programme(kit, percent="9")})
    register_inside.clocks.go_on(timedelta(minutes=QUOTE_MINUTES, seconds=-1))

    sold = register_inside.confirm("K1", {**basket, "quote_hash": seen["hash"]})

    assert sold["quote"]["programme"]["version"] == 1
    assert sold["quote"]["totals"] == seen["totals"]


def test_a_quote_does_not_stand_longer(register_inside: Any, kit: Any) -> None:
    """A forgotten basket would sell by last week's prices."""
    basket = kit.basket("1000.00", card=kit.ANNA.card)
    seen = register_inside.api.post("/v1/quotes", json=basket).json()
    register_inside.bring({"programme": new_programme(kit, percent="9")})
    register_inside.clocks.go_on(timedelta(minutes=QUOTE_MINUTES))

    asked = register_inside.api.put("/v1/receipts/K1", json={**basket, "quote_hash": seen["hash"]})

    assert (asked.status_code, asked.json()["code"]) == (409, "requote")
    assert asked.json()["quote"]["programme"]["version"] == 2
    assert asked.json()["quote"]["totals"]["discount"] == "90.00"
    assert sales(register_inside) == 0


def test_without_a_quote_the_sale_is_priced_now(register_inside: Any, kit: Any) -> None:
    """A simple POS that never asks for quotes would sell by rules that are no longer valid."""
    basket = kit.basket("1000.00", card=kit.ANNA.card)
    register_inside.api.post("/v1/quotes", json=basket)
    register_inside.bring({"programme": new_programme(kit, percent="9")})

    sold = register_inside.confirm("K1", basket)

    assert sold["quote"]["programme"]["version"] == 2
    assert sold["quote"]["totals"]["discount"] == "90.00"


def test_a_scan_reaches_only_the_customer_who_stands_there(register_inside: Any, kit: Any) -> None:
    """A card scanned long ago would collect the points of whoever comes to the till later."""
    scan = register_inside.api.post("/v1/identify", json={"code": kit.ANNA.card, "input": "scan"}).json()["scan_id"]
    basket = {**kit.basket("100.00"), "card": {"scan": scan}}
    register_inside.clocks.go_on(timedelta(seconds=SCAN_SECONDS))
    assert register_inside.confirm("K1", basket)["card"]["verdict"] == "known"
    register_inside.clocks.go_on(timedelta(seconds=1))

    late = register_inside.api.put("/v1/receipts/K2", json=basket)
    late_quote = register_inside.api.post("/v1/quotes", json=basket)
    repeated = register_inside.api.put("/v1/receipts/K1", json=basket)

    assert (late.status_code, late.json()["code"]) == (409, "scan_expired")
    assert "Scan the card again" in late.json()["detail"]
    assert late_quote.json()["code"] == "scan_expired"
    # What was sold while the scan was young is answered all the same.
    assert repeated.status_code == 200
    assert sales(register_inside) == 1


def test_an_old_receipt_is_still_not_sold_twice(register_inside: Any, kit: Any) -> None:
    """A POS restored from an old backup would sell last winter's receipts again."""
    basket = kit.basket("100.00", card=kit.ANNA.card)
    register_inside.confirm("K1", basket)
    register_inside.clocks.go_on(timedelta(days=ANSWER_DAYS, hours=1))
    register_inside.upkeep.forget()

    repeated = register_inside.api.put("/v1/receipts/K1", json=basket)
    other = register_inside.api.put("/v1/receipts/K1", json=kit.basket("100.01"))

    assert repeated.status_code == 200
    assert repeated.headers["Kopilka-Replayed"] == "true"
    assert (repeated.json()["key"], repeated.json()["archived"]) == ("K1", True)
    assert "97.00 RUB" in repeated.json()["summary"]
    assert other.json()["code"] == "key_reused"
    assert sales(register_inside) == 1


def test_eight_at_once_with_one_key_make_one_sale(open_shop: Any, kit: Any) -> None:
    """An impatient POS that sends again before the answer would double the receipt."""
    before = len(open_shop.entries())
    basket = json.dumps(kit.basket("100.00", card=kit.ANNA.card, redeem="max")).encode()
    ready = threading.Barrier(THREADS)
    answers: list[tuple[int, bytes]] = []

    def ask() -> None:
        with open_shop.client(**{"Content-Type": "application/json"}) as client:
            client.get("/v1/status")
            ready.wait()
            response = client.put("/v1/receipts/at-once", content=basket)
            answers.append((response.status_code, response.content))

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _ in answers) == [200] * (THREADS - 1) + [201]
    assert len({content for _, content in answers}) == 1
    assert len(open_shop.entries()) == before + 1


def test_answers_outlive_the_process(new_register: Callable[..., Any], kit: Any) -> None:
    """After a power cut the POS would get another answer than the one on the customer's receipt."""
    register = new_register().bring().start()
    basket = kit.basket("100.00", card=kit.ANNA.card, redeem="max")
    with register.client() as client:
        first = client.put("/v1/receipts/K1", json=basket)
    register.kill()

    register.start()

    with register.client() as client:
        again = client.put("/v1/receipts/K1", json=reordered(basket))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
