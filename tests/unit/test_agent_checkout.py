"""The use cases at the counter, on real databases."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from agent.checkout.baskets import ScanExpired
from agent.checkout.confirm import Requote
from agent.checkout.requests import Done, KeyReused, MoneyRequest, Replayed
from agent.checkout.reverse import Refused
from agent.clock import RuleTime
from agent.services import Services
from agent.stores.keys import PosKey
from agent.stores.reference import ReferenceWriter
from agent.stores.verification import verify_ledger
from loyalty.errors import BadDocument, NotCanonical

ANNA = "2900000000018"
BORIS = "2900000000025"


def basket(card: str | None = ANNA, price: str = "100.00", **more: Any) -> dict[str, Any]:
    shown = {"card": {"code": card}} if card else {}
    return {**shown, "lines": [{"id": "1", "sku": "MILK", "quantity": "2", "price": price}], **more}


def request(key: str, body: dict[str, Any], operation: str = "sale", client: str = "pos") -> MoneyRequest:
    return MoneyRequest(PosKey(client, 1, key, operation), body)


def sell(services: Services, key: str, body: dict[str, Any]) -> dict[str, Any]:
    outcome = services.confirm(request(key, body))
    assert isinstance(outcome, Done)
    answer: dict[str, Any] = msgspec.json.decode(outcome.answer)
    return answer


def refund(services: Services, key: str, original: str, *lines: tuple[str, str]) -> dict[str, Any]:
    body = {
        "original": {"receipt_key": original},
        "lines": [{"id": line, "quantity": quantity} for line, quantity in lines],
    }
    outcome = services.reverse.refund(request(key, body, "refund"))
    assert isinstance(outcome, Done)
    answer: dict[str, Any] = msgspec.json.decode(outcome.answer)
    return answer


def balance(services: Services, member: str = "m-anna") -> int:
    return services.readings.account(member).balance("bonus")


def test_a_sale_spends_and_earns_and_says_so(services: Services) -> None:
    """What the slip promises is what the ledger holds."""
    answer = sell(services, "K1", basket(redeem={"bonus": "max"}))
    # 200.00 shelf, at most half by points: 100 points; 10 % of the other 100.00 is 10 points.
    assert answer["quote"]["totals"] == {
        "shelf": "200.00",
        "discount": "0.00",
        "points_spent": "100.00",
        "to_pay": "100.00",
    }
    assert answer["balances"] == {"bonus": "410"}
    assert balance(services) == 410
    assert verify_ledger(services.readings).complaint is None


def test_an_unknown_card_sells_as_a_guest_and_says_so(services: Services) -> None:
    """A card from another chain must not stop the queue, nor earn for anybody."""
    answer = sell(services, "K1", basket("2900000000070"))
    assert answer["card"] == {"verdict": "unknown", "masked": "29•••••••0070"}
    assert answer["warnings"] == ["card_unknown"]
    assert answer["quote"]["accrual"] == {}
    entry = services.readings.entries(limit=1)[0].entry
    assert entry.member is None
    assert entry.facts.card.verdict == "unknown"


def test_a_blocked_card_sells_as_a_guest(services: Services) -> None:
    """A stolen card must buy nothing with its owner's points."""
    services.importer("cards", "c.csv", f"card,member,status\n{ANNA},m-anna,blocked\n".encode())
    answer = sell(services, "K1", basket(redeem={"bonus": "max"}))
    assert answer["warnings"] == ["card_blocked"]
    assert answer["quote"]["totals"]["points_spent"] == "0.00"
    assert balance(services) == 500


def test_the_same_key_and_body_gets_the_same_bytes(services: Services, open_register: Callable[[], Services]) -> None:
    """A POS that repeats itself after a time-out, or after a restart of the register, must not sell twice."""
    first = services.confirm(request("K1", basket(redeem={"bonus": "max"})))
    reordered = dict(reversed(list(basket(redeem={"bonus": "max"}).items())))
    assert isinstance(first, Done)
    assert services.confirm(request("K1", reordered)) == Replayed(first.answer, "R1/1/2 100.00 RUB")
    services.ledger.close()
    again = open_register()
    assert again.confirm(request("K1", reordered)) == Replayed(first.answer, "R1/1/2 100.00 RUB")
    assert again.readings.count() == 2


def test_the_same_key_for_another_body_is_an_error(services: Services) -> None:
    """Two receipts under one number: one of them would vanish."""
    sell(services, "K1", basket())
    assert services.confirm(request("K1", basket(price="100.01"))) == KeyReused("K1", 2)
    assert services.readings.count() == 2


def test_another_client_may_use_the_same_key(services: Services) -> None:
    """The cashier's page and the POS count their receipts each for themselves, and each gets its own slip."""
    sell(services, "K1", basket())
    outcome = services.confirm(request("K1", basket(price="5.00"), client="screen"))
    assert isinstance(outcome, Done)
    assert services.spool.find_slip(2) is not None
    assert [row.client for row in services.readings.receipts(10)] == ["screen", "pos"]


def test_a_quote_that_no_longer_holds_is_quoted_anew(services: Services) -> None:
    """The customer must see the price they pay, also when another sale was quicker with their points."""
    quoted = services.quote(basket(redeem={"bonus": "max"}, price="600.00"))
    assert quoted.quote.totals.points_spent == 50000
    sell(services, "K1", basket(redeem={"bonus": "max"}))
    outcome = services.confirm(
        request("K2", basket(redeem={"bonus": "max"}, price="600.00", quote_hash=quoted.quote.hash))
    )
    assert isinstance(outcome, Requote)
    assert outcome.quoted.quote.totals.points_spent == 41000
    assert services.readings.count() == 2
    answer = sell(services, "K2", basket(redeem={"bonus": "max"}, price="600.00", quote_hash=outcome.quoted.quote.hash))
    assert answer["quote"]["totals"]["points_spent"] == "410.00"


def test_a_quote_stands_by_its_programme_while_it_is_young(services: Services, programme: dict[str, Any]) -> None:
    """A programme that arrives while the customer pays must not change what they were told."""
    body = basket(BORIS)
    quoted = services.quote(body)
    programme["version"] = 2
    programme["promotions"][1]["rewards"][0]["points"] = "20"
    services.importer("programme", "p.json", json.dumps(programme).encode())
    assert sell(services, "K1", {**body, "quote_hash": quoted.quote.hash})["quote"]["programme"]["version"] == 1
    assert sell(services, "K2", body)["quote"]["programme"]["version"] == 2


def test_an_old_quote_is_judged_by_todays_rules(
    services: Services, programme: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quote left on the counter overnight must not bring yesterday's rules to today's customer."""
    body = basket(BORIS)
    quoted = services.quote(body)
    programme["version"] = 2
    services.importer("programme", "p.json", json.dumps(programme).encode())
    later = services.clock.now().at + timedelta(minutes=15)
    monkeypatch.setattr(services.clock, "now", lambda: RuleTime(later, later, ()))
    outcome = services.confirm(request("K1", {**body, "quote_hash": quoted.quote.hash}))
    assert isinstance(outcome, Requote)
    assert outcome.quoted.quote.version == 2


def test_a_scan_reaches_no_later_customer(services: Services) -> None:
    """A handle that is not known, or too old, must be scanned again and never guessed."""
    handle = services.identify(ANNA, how="scan").scan
    body = {**basket(None), "card": {"scan": handle}}
    assert services.quote(body).card.member.id == "m-anna"
    assert services.confirm(request("K1", {**basket(None), "card": {"scan": "gone"}})) == ScanExpired()
    assert services.readings.count() == 1


def test_a_key_in_the_body_must_be_the_one_in_the_path(services: Services) -> None:
    """An integrator who mixes up receipts must hear it before the customer does."""
    with pytest.raises(BadDocument) as refused:
        services.confirm(request("K1", basket(receipt_key="K2")))
    assert refused.value.problems[0].code == "receipt_key_differs"
    assert isinstance(services.confirm(request("K1", basket(receipt_key="K1"))), Done)


def test_floats_are_refused(services: Services) -> None:
    """129.90 as a binary fraction is not 129.90."""
    with pytest.raises(NotCanonical) as refused:
        services.confirm(request("K1", basket(price=100.0)))  # type: ignore[arg-type]
    assert refused.value.path == ".lines[0].price"


def test_refunds_in_parts_are_the_whole(services: Services) -> None:
    """Bringing goods back one by one must neither cost nor win anything."""
    sell(services, "K1", basket(price="33.33", redeem={"bonus": "max"}))
    first = refund(services, "R1", "K1", ("1", "1"))
    second = refund(services, "R2", "K1", ("1", "1"))
    assert float(first["money"]) + float(second["money"]) == pytest.approx(66.66 - 33.0)
    assert balance(services) == 500
    outcome = services.reverse.refund(
        request("R3", {"original": {"receipt_key": "K1"}, "lines": [{"id": "1", "quantity": "1"}]}, "refund")
    )
    assert isinstance(outcome, Refused)
    assert (outcome.refusal, outcome.line, outcome.returnable) == ("more_than_sold", "1", "0")
    assert verify_ledger(services.readings).complaint is None


def test_points_that_were_spent_already_become_debt_and_later_earnings_pay_it(services: Services) -> None:
    """Buy, spend the points, bring it back: the shop must not be left with the loss, nor the balance below zero."""
    sell(services, "K1", basket(BORIS, price="400.00"))
    assert balance(services, "m-boris") == 80
    # 200.00 with all 80 points: 120.00 to pay earn 12.
    sell(services, "K2", basket(BORIS, price="100.00", redeem={"bonus": "max"}))
    assert balance(services, "m-boris") == 12
    answer = refund(services, "R1", "K1", ("1", "2"))
    assert (answer["points_taken"], answer["debt"]) == ({"bonus": "80"}, {"bonus": "68"})
    assert answer["balances"] == {"bonus": "-68"}
    assert services.identify(BORIS, how="scan").wallets[0].spendable == 0
    sell(services, "K3", basket(BORIS, price="400.00"))
    assert balance(services, "m-boris") == 12
    assert services.readings.account("m-boris").debts == {}
    assert verify_ledger(services.readings).complaint is None


def test_a_void_leaves_the_member_as_if_nothing_had_been(services: Services) -> None:
    """The cashier rang up the wrong customer and cancels at once."""
    before = services.readings.account("m-anna")
    sell(services, "K1", basket(redeem={"bonus": "max"}))
    outcome = services.reverse.void(request("K1", {"cashier": "c-7", "reason": "wrong-card"}, "void"))
    assert isinstance(outcome, Done)
    after = services.readings.account("m-anna")
    assert (after.balance("bonus"), after.spend, after.visits) == (before.balance("bonus"), before.spend, 0)
    assert services.reverse.void(request("K1", {"cashier": "c-7", "reason": "wrong-card"}, "void")) == Replayed(
        outcome.answer, "R1/1/3 100.00 RUB"
    )
    outcome = services.reverse.refund(request("R1", {"original": {"receipt_key": "K1"}}, "refund"))
    assert isinstance(outcome, Refused)
    assert outcome.refusal == "original_void"


def test_a_refund_without_an_original_is_refused(services: Services) -> None:
    """Points must not come out of a receipt that nobody can show."""
    outcome = services.reverse.refund(request("R1", {"original": {"receipt_key": "K9"}}, "refund"))
    assert isinstance(outcome, Refused)
    assert outcome.refusal == "no_original"


def test_a_tier_is_reached_by_spending_from_the_next_receipt(services: Services) -> None:
    """Who has just spent 1,000 becomes gold, and gets the ten percent on the next receipt."""
    assert sell(services, "K1", basket(BORIS, price="500.00"))["quote"]["totals"]["discount"] == "0.00"
    assert sell(services, "K2", basket(BORIS, price="50.00"))["quote"]["totals"]["discount"] == "10.00"


def test_balances_that_were_edited_are_found(services: Services) -> None:
    """Somebody with a database tool gives a friend a thousand points."""
    sell(services, "K1", basket())
    with services.ledger.exclusive() as writer, writer.transaction():
        writer.connection.execute("UPDATE lot SET points = points + 1000 WHERE member = 'm-anna' AND points = 500")
    verdict = verify_ledger(services.readings)
    assert verdict.complaint == "member m-anna: lot R1/1/1/0 is 1500, the entries give 500"


def test_an_old_answer_is_archived_and_still_not_executed_again(services: Services) -> None:
    """A retry that comes months late must be told that it was done, and do nothing."""
    sell(services, "K1", basket())
    with services.ledger.exclusive() as writer:
        assert writer.forget_answers(before_ms=2**52, most=10) == 1
    assert services.confirm(request("K1", basket())) == Replayed(None, "R1/1/2 200.00 RUB")
    assert services.readings.count() == 2


def test_a_slip_that_cannot_be_drawn_costs_no_sale(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a slip's template must not stop the queue."""
    monkeypatch.setattr("agent.checkout.slip_maker.bonus_slip", lambda *_: 1 / 0)
    answer = sell(services, "K1", basket())
    assert (answer["slip"], answer["warnings"]) == (None, ["slip_failed"])
    assert balance(services) == 520


def test_returning_what_never_counted_lowers_no_tier(services: Services, programme: dict[str, Any]) -> None:
    """Bringing cigarettes back must not take a customer's gold card away."""
    programme["version"] = 2
    programme["groups"] = {"tobacco": {"category": "tobacco"}}
    programme["exclusions"] = [{"group": "tobacco", "deny": ["discount", "earn", "redeem"]}]
    services.importer("programme", "p.json", json.dumps(programme).encode())
    body = basket(BORIS, price="500.00")
    body["lines"].append({"id": "2", "sku": "CIGS", "quantity": "1", "price": "300.00", "category": "tobacco"})
    sell(services, "K1", body)
    assert services.readings.account("m-boris").spend == 100000
    refund(services, "R1", "K1", ("2", "1"))
    assert services.readings.account("m-boris").spend == 100000


def test_a_typed_card_is_booked_as_typed(services: Services) -> None:
    """A cashier who types their own card all day is found by the entries alone."""
    handle = services.identify(ANNA, how="manual").scan
    sell(services, "K1", {**basket(None), "card": {"scan": handle}})
    assert services.readings.entries(limit=1)[0].entry.facts.card.input == "manual"


def test_each_receipt_has_its_own_slip_in_the_list(services: Services) -> None:
    """Two programs count their receipts from 1: Boris must not be handed Anna's slip."""
    sell(services, "1", basket(ANNA))
    services.confirm(request("1", basket(BORIS), client="screen"))
    rows = services.readings.receipts(2)
    slips = services.readings.slips_of(rows)
    texts = [services.slips.as_text(services.spool.find_slip(slips[row.epoch, row.seq][0])) for row in rows]
    assert ["Борис" in text for text in texts] == [True, False]
    assert ["Анна" in text for text in texts] == [False, True]


def test_everything_left_leaves_out_what_cannot_come_back(services: Services) -> None:
    """A POS writes a discount as a line of its own: "return everything" must still return the goods."""
    body = basket(price="10.00")
    body["lines"].append({"id": "2", "sku": "DISCOUNT", "quantity": "1", "price": "-4.00"})
    sell(services, "K1", body)
    outcome = services.reverse.refund(request("R1", {"original": {"receipt_key": "K1"}}, "refund"))
    assert isinstance(outcome, Done)


def test_a_name_that_does_not_open_stops_no_sale(services: Services) -> None:
    """A flipped bit in one record must not send a customer away."""
    writer = ReferenceWriter(services.reference.file)
    with writer.chunk():
        writer._connection.execute("UPDATE member SET name_sealed = x'00112233445566778899aabbccddeeff00' ")
    writer.close()
    answer = sell(services, "K1", basket())
    assert answer["card"]["verdict"] == "known"
    assert answer["slip"] is not None


def test_the_order_of_tiers_in_the_file_does_not_matter(services: Services, programme: dict[str, Any]) -> None:
    """Gold members stay gold when somebody sorts the file another way."""
    programme["version"] = 2
    programme["tiers"]["levels"].reverse()
    services.importer("programme", "p.json", json.dumps(programme).encode())
    services.importer("members", "m.csv", b"id,tier\nm-boris,gold\n")
    assert sell(services, "K1", basket(BORIS))["quote"]["totals"]["discount"] == "20.00"


def test_a_card_number_in_the_wrong_field_is_not_kept_for_ever(services: Services) -> None:
    """A card scanned into the coupon field must not stand in a ledger that is never erased."""
    sell(services, "K1", basket(coupons=["2900000000087"]))
    assert services.readings.entries(limit=1)[0].entry.facts.coupons == (("…0087", "unknown"),)
    with pytest.raises(BadDocument) as refused:
        services.confirm(request("K2", basket(tenders=["4276 1234 5678 9010"])))
    assert refused.value.problems[0].code == "bad_code"


def test_a_requote_reads_the_basket_by_the_new_programme(services: Services, programme: dict[str, Any]) -> None:
    """A programme that no longer takes the bonus wallet must say so, not offer a price that cannot be confirmed."""
    body = basket(redeem={"bonus": "max"})
    quoted = services.quote(body)
    programme["version"] = 2
    del programme["redemption"]
    services.importer("programme", "p.json", json.dumps(programme).encode())
    sell(services, "K1", basket(redeem={}))
    later = basket(redeem={"bonus": "max"}, price="110.00", quote_hash=quoted.quote.hash)
    with pytest.raises(BadDocument) as refused:
        services.confirm(request("K2", later))
    assert refused.value.problems[0].path == "redeem.bonus"
