"""The cashier's page alone: who may use it, the customer, the amount, points as payment, the confirmation.

In a real browser, against a peer that speaks the register's API with canned data. The page against the register
itself is tested elsewhere; here is what the page does when things go wrong.
"""

import re
import threading
from collections.abc import Callable

import screen_register as peer
from playwright.sync_api import ConsoleMessage, Page, Request, expect
from screen_hands import quoted, role, sold

Open = Callable[..., Page]


# Who may use the page


def test_the_token_leaves_the_address_bar(open_page: Open) -> None:
    """A token left in the address would be read over a shoulder, or stay in the browser's history."""
    page = open_page()

    assert "token" not in page.url
    page.reload()
    expect(role(page, "status-scanner")).to_have_attribute("data-tone", "ok")


def test_without_a_token_the_page_says_how_to_get_one(open_page: Open) -> None:
    """A new register would show a dead page, and nobody would know which command makes it live."""
    page = open_page(token=None)

    expect(role(page, "gate")).to_contain_text("kopilka token new screen")
    expect(role(page, "view-sale")).to_be_hidden()
    role(page, "gate-token").fill(peer.TOKEN)
    role(page, "gate-enter").click()
    expect(role(page, "view-sale")).to_be_visible()


def test_a_refused_token_is_asked_for_again(open_page: Open) -> None:
    """A cashier with a withdrawn token would wait for scans that never come."""
    page = open_page(token="withdrawn")

    expect(role(page, "gate-refused")).to_be_visible()
    expect(role(page, "view-sale")).to_be_hidden()


def test_nothing_comes_from_elsewhere(open_page: Open, register: peer.RegisterPeer) -> None:
    """A shop without the internet would see a page without fonts, icons or function."""
    page = open_page(token=None)
    asked, complaints = [], []

    def note_request(request: Request) -> None:
        asked.append(request.url)

    def note_complaint(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    page.on("request", note_request)
    page.on("console", note_complaint)
    page.reload()
    role(page, "gate-token").fill(peer.TOKEN)
    role(page, "gate-enter").click()
    expect(role(page, "status-scanner")).to_have_attribute("data-tone", "ok")
    sold(page, register)
    page.remove_listener("request", note_request)
    page.remove_listener("console", note_complaint)

    assert len(asked) > 30
    assert {url for url in asked if not url.startswith(register.url)} == set()
    assert complaints == []


# The customer


def test_a_scan_shows_the_member_at_once(open_page: Open, register: peer.RegisterPeer) -> None:
    """The cashier could not greet the customer, nor say what they have and what expires."""
    page = open_page()

    register.scan()

    expect(role(page, "member-name")).to_have_text("Анна Петровна")
    expect(role(page, "member-balance")).to_have_text("412")
    expect(role(page, "member-tier")).to_have_text("gold")
    expect(role(page, "member-spendable")).to_have_text("400")
    expect(role(page, "member-expiring")).to_have_text(["87", "40"])
    expect(role(page, "customer")).to_contain_text("Сгорят после 31.12.2026")


def test_a_member_without_a_name_is_shown_by_the_masked_card(open_page: Open, register: peer.RegisterPeer) -> None:
    """Registers keep no names by default: the cashier would greet an empty line."""
    page = open_page()

    register.scan({**peer.ANNA, "member": {"id": "m-1", "name": None, "tier": None}})

    expect(role(page, "member-name")).to_have_text("29•••••••4566")


def test_a_name_is_text_and_never_markup(open_page: Open, register: peer.RegisterPeer) -> None:
    """Whoever fills in a form at head office could otherwise run a program on every register."""
    page = open_page()
    name = "<img src=x onerror=document.title='taken'>"

    register.scan({**peer.ANNA, "member": {"id": "m-1", "name": name, "tier": None}})

    expect(role(page, "member-name")).to_have_text(name)
    assert page.title() == "Копилка"


def test_a_card_that_is_no_members_does_not_stop_the_sale(open_page: Open, register: peer.RegisterPeer) -> None:
    """A customer with a strange card would hold up the queue, or believe that points are coming."""
    page = open_page()

    for verdict, title in [
        ("blocked", "Карта заблокирована"),
        ("unavailable", "Карты сейчас недоступны"),
        ("unknown", "Карта не найдена"),
    ]:
        register.scan(peer.stranger(verdict), scan_id=verdict)
        expect(role(page, "member-name")).to_have_text(title)
        expect(role(page, "scan-verdict")).to_have_attribute("data-verdict", verdict)
        expect(role(page, "scan-verdict")).to_contain_text("Продажа пойдёт без карты")
    quoted(page, "100")
    expect(role(page, "redeem-block")).to_be_hidden()
    role(page, "confirm").click()

    expect(role(page, "done-to-pay")).to_have_text("100,00 ₽")


def test_a_bad_scan_is_explained_and_keeps_the_customer(open_page: Open, register: peer.RegisterPeer) -> None:
    """Half a code would throw away the customer who is already at the till."""
    page = open_page()
    register.scan()
    expect(role(page, "member-name")).to_be_visible()

    half = {"scan_id": None, "device": "counter-left", "verdict": "partial", "kind": "code", "masked": "", "reason": ""}
    register.event("scan", half)

    expect(role(page, "scan-notice")).to_contain_text("считан не до конца")
    expect(role(page, "member-name")).to_have_text("Анна Петровна")


def test_a_scan_that_the_register_never_answered_is_asked_for_again(
    open_page: Open, register: peer.RegisterPeer
) -> None:
    """The page would look for a card for ever, and the customer would stand there."""
    page = open_page()
    scan = {"scan_id": "x", "device": "counter-left", "verdict": "ok", "kind": "card", "masked": "29•••0018"}
    register.event("scan", {**scan, "reason": ""})
    expect(role(page, "idle-text")).to_have_text("Ищем карту 29•••0018")

    register.cut_events()

    expect(role(page, "scan-notice")).to_contain_text("Считайте карту ещё раз")


def test_a_card_typed_by_hand_is_sent_as_such(open_page: Open, register: peer.RegisterPeer) -> None:
    """Manual entries count for the rules against fraud; as scans they would not."""
    page = open_page()

    role(page, "card-code").focus()
    for digit in "2900001234566":
        page.locator(f'[data-key="{digit}"]').click()
    role(page, "card-find").click()

    expect(role(page, "member-name")).to_have_text("Анна Петровна")
    assert [call.body for call in register.asked("POST", "/v1/identify")] == [
        {"code": "2900001234566", "input": "manual"}
    ]
    expect(role(page, "card-code")).to_have_value("")


def test_a_removed_card_leaves_the_sale(open_page: Open, register: peer.RegisterPeer) -> None:
    """The next person in the queue would pay with the points of the one who left."""
    page = open_page()
    register.scan()
    quoted(page, "500")
    role(page, "redeem-max").click()
    expect(role(page, "quote-points-spent")).to_be_visible()

    role(page, "card-remove").click()

    expect(role(page, "quote-total")).to_have_text("500,00 ₽")
    last = register.asked("POST", "/v1/quotes")[-1].body
    assert "card" not in last
    assert last["redeem"] == {}


def test_another_card_takes_the_first_ones_offer_away(open_page: Open, register: peer.RegisterPeer) -> None:
    """For a moment the second customer could be promised the first one's points."""
    page = open_page()
    register.scan()
    quoted(page, "500")
    expect(role(page, "redeem-block")).to_be_visible()
    slow = threading.Event()
    register.quote_gates.append(slow)

    register.scan(peer.stranger("blocked"), scan_id="other")
    expect(role(page, "member-name")).to_have_text("Карта заблокирована")

    assert role(page, "redeem-block").is_hidden()
    assert role(page, "quote-total").is_hidden()
    slow.set()
    expect(role(page, "quote-total")).to_have_text("500,00 ₽")


# The amount and the quote


def test_the_amount_goes_out_exactly_as_typed(open_page: Open, register: peer.RegisterPeer) -> None:
    """A float on the way would charge a kopeck more or less than the cashier read out."""
    page = open_page()

    page.keyboard.type("1234")
    page.locator('[data-key="."]').click()
    page.keyboard.type("105")

    expect(role(page, "amount")).to_have_value("1\u00a0234,10")
    expect(role(page, "confirm")).to_be_enabled()
    assert register.asked("POST", "/v1/quotes")[-1].body["lines"] == [
        {"id": "1", "sku": "AMOUNT", "kind": "goods", "quantity": "1", "price": "1234.10"}
    ]


def test_digits_reach_the_amount_wherever_the_focus_is(open_page: Open) -> None:
    """After any tap elsewhere the cashier's keys would go nowhere."""
    page = open_page()
    role(page, "theme").click()

    page.keyboard.type("77")
    page.keyboard.press("Backspace")

    expect(role(page, "amount")).to_have_value("7")


def test_enter_confirms_after_any_tap(open_page: Open, register: peer.RegisterPeer) -> None:
    """Enter would press the last tapped button once more, and the sale would never end."""
    page = open_page()
    register.scan()
    quoted(page, "1234.50")
    role(page, "redeem-points").click()
    role(page, "redeem-max").click()
    expect(role(page, "confirm-sum")).to_have_text("838,46 ₽")

    page.keyboard.press("Enter")

    expect(role(page, "done-to-pay")).to_have_text("838,46 ₽")


def test_only_the_newest_quote_counts(open_page: Open, register: peer.RegisterPeer) -> None:
    """A slow answer to an earlier amount would put the wrong total before the customer."""
    page = open_page()
    late = threading.Event()
    register.quote_gates.append(late)

    role(page, "amount").fill("10")
    while not register.asked("POST", "/v1/quotes"):
        page.wait_for_timeout(10)
    quoted(page, "200")
    late.set()
    page.wait_for_timeout(50)

    expect(role(page, "quote-total")).to_have_text("200,00 ₽")


def test_a_total_that_is_out_of_date_cannot_be_confirmed(open_page: Open, register: peer.RegisterPeer) -> None:
    """Enter pressed a moment after the last digit would confirm the amount before it."""
    page = open_page()
    quoted(page, "10")

    page.keyboard.type("0")
    page.keyboard.press("Enter")

    expect(role(page, "confirm-sum")).to_have_text("100,00 ₽")
    assert register.receipts == {}


def test_a_quote_that_fails_says_why_and_comes_back(open_page: Open, register: peer.RegisterPeer) -> None:
    """The cashier would see an empty place and not know whether to wait."""
    page = open_page()
    refusal = {"status": 503, "code": "no_programme", "detail": "Программы ещё нет"}
    register.answers.append(peer.Answer("POST", "/v1/quotes", 503, refusal))

    role(page, "amount").fill("10")
    expect(role(page, "problem")).to_have_text("Программы ещё нет")
    quoted(page, "100")

    expect(role(page, "problem")).to_be_hidden()


# Points as payment


def test_the_slider_ends_where_the_programme_says_and_says_why(open_page: Open, register: peer.RegisterPeer) -> None:
    """The cashier would promise more points than the register lets through, or not know why it is less."""
    page = open_page()
    register.scan()
    quoted(page, "1234.50")

    expect(role(page, "redeem")).to_have_attribute("max", "359")
    expect(role(page, "redeem-why")).to_have_text("Можно списать: 359 баллов (больше этот чек не позволяет).")
    role(page, "redeem-max").click()

    expect(role(page, "quote-total")).to_have_text("838,46 ₽")
    expect(role(page, "redeem-points")).to_have_value("359")
    assert register.asked("POST", "/v1/quotes")[-1].body["redeem"] == {"bonus": "max"}


def test_the_whole_balance_as_the_bound_is_named(open_page: Open, register: peer.RegisterPeer) -> None:
    """A customer who asks why not more would get no answer."""
    page = open_page()
    register.scan()
    quoted(page, "5000")

    expect(role(page, "redeem-why")).to_have_text("Можно списать: 400 баллов (это всё, что есть).")


def test_points_can_be_typed_and_too_few_are_explained(open_page: Open, register: peer.RegisterPeer) -> None:
    """On a small touch screen nobody hits 200 of 359 with a slider; and a refusal without a reason looks broken."""
    page = open_page()
    register.scan()
    quoted(page, "1234.50")
    role(page, "redeem-points").click()
    page.locator('[data-key="2"]').click()
    page.locator('[data-key="0"]').click()
    page.locator('[data-key="0"]').click()

    expect(role(page, "quote-points-spent")).to_have_text("−200,00 ₽")
    role(page, "redeem-points").fill("5")
    expect(role(page, "redeem-why")).to_contain_text("Столько списать нельзя")
    role(page, "redeem-points").blur()

    expect(role(page, "redeem-points")).to_have_value("0")


def test_the_slider_works_from_the_keyboard(open_page: Open, register: peer.RegisterPeer) -> None:
    """Whoever works without a mouse could not let points pay."""
    page = open_page()
    register.scan()
    quoted(page, "1234.50")

    role(page, "redeem").focus()
    page.keyboard.press("End")
    expect(role(page, "quote-points-spent")).to_have_text("−359,00 ₽")
    page.keyboard.press("ArrowLeft")

    expect(role(page, "quote-points-spent")).to_have_text("−358,00 ₽")


# The confirmation


def test_a_sale_is_confirmed_with_the_hash_that_was_shown(open_page: Open, register: peer.RegisterPeer) -> None:
    """Without the hash the register would charge something else than the customer agreed to."""
    page = open_page()
    register.scan()
    quoted(page, "1234.50")

    page.keyboard.press("Enter")

    expect(role(page, "done-to-pay")).to_have_text("1 197,46 ₽")
    expect(role(page, "done-earned")).to_have_text("59 баллов")
    expect(role(page, "done-balance")).to_have_text("94 балла")
    (call,) = register.asked("PUT", "/v1/receipts/")
    assert re.fullmatch(r"/v1/receipts/SCREEN-[0-9a-z]{13}", call.path)
    basket = {name: part for name, part in call.body.items() if name != "quote_hash"}
    assert call.body["quote_hash"] == peer.price(basket, register.scans)["hash"]


def test_the_slip_is_shown_as_it_prints_and_follows_the_printer(open_page: Open, register: peer.RegisterPeer) -> None:
    """The cashier would hand out a slip without having seen it, or wait for one that is stuck."""
    page = open_page()
    sold(page, register)

    expect(role(page, "slip-preview")).to_contain_text("ИТОГО                   838,46")
    expect(role(page, "slip-state")).to_have_text("Ждёт печати")
    register.event("device", peer.device("slip-printer", "printer", "paper_out"))
    expect(role(page, "slip-state")).to_contain_text("Принтер: нет бумаги")
    (slip,) = register.slips
    register.event("slip", {"id": slip, "state": "sent_unconfirmed", "receipt_key": "any"})

    expect(role(page, "slip-state")).to_contain_text("проверьте бумагу")


def test_a_lost_answer_is_asked_for_again_under_the_same_key(open_page: Open, register: peer.RegisterPeer) -> None:
    """The customer would be charged twice because an answer was lost."""
    page = open_page()
    register.scan()
    quoted(page, "1234.50")
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", do_it_first=True))

    role(page, "confirm").click()
    expect(role(page, "unanswered-sum")).to_contain_text("1 197,46 ₽")
    role(page, "retry").click()

    expect(role(page, "done-to-pay")).to_have_text("1 197,46 ₽")
    first, second = register.asked("PUT", "/v1/receipts/")
    assert (first.path, first.body) == (second.path, second.body)
    assert len(register.receipts) == 1


def test_an_unanswered_sale_survives_a_reload(open_page: Open, register: peer.RegisterPeer) -> None:
    """A browser that restarts in the worst moment would forget a sale that may be stored."""
    page = open_page()
    quoted(page, "300")
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", do_it_first=True))
    role(page, "confirm").click()
    expect(role(page, "retry")).to_be_visible()

    page.reload()
    role(page, "retry").click()

    expect(role(page, "done-to-pay")).to_have_text("300,00 ₽")
    assert len(register.receipts) == 1
    page.reload()
    expect(role(page, "view-sale")).to_be_visible()


def test_an_unanswered_sale_is_given_up_only_when_it_is_not_stored(
    open_page: Open, register: peer.RegisterPeer
) -> None:
    """A cashier who gives up a sale that was stored would leave the customer charged and without a slip."""
    page = open_page()
    quoted(page, "300")
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", do_it_first=True))
    role(page, "confirm").click()
    role(page, "give-up").click()
    expect(role(page, "done-to-pay")).to_have_text("300,00 ₽")

    role(page, "next").click()
    quoted(page, "400")
    register.answers.append(peer.Answer("PUT", "/v1/receipts/"))
    role(page, "confirm").click()
    role(page, "give-up").click()

    expect(role(page, "scan-notice")).to_contain_text("не сохранилась")
    assert len(register.receipts) == 1


def test_a_changed_result_is_shown_and_asked_again(open_page: Open, register: peer.RegisterPeer) -> None:
    """The customer would pay another sum than the one they agreed to."""
    page = open_page()
    register.scan()
    quoted(page, "500")
    basket = register.asked("POST", "/v1/quotes")[-1].body
    dearer = {**peer.price({**basket, "redeem": {}}, {}), "hash": "sha256:new"}
    refusal = {"status": 409, "code": "requote", "detail": "Итог изменился", "quote": dearer}
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", 409, refusal))

    role(page, "confirm").click()

    expect(role(page, "requote-to-pay")).to_have_text("К оплате485,00 ₽500,00 ₽")
    expect(role(page, "requote-discount")).to_have_class("changed")
    expect(role(page, "requote-points-spent")).not_to_have_class("changed")
    assert register.receipts == {}
    role(page, "requote-agree").click()
    expect(role(page, "next")).to_be_visible()
    assert register.asked("PUT", "/v1/receipts/")[-1].body["quote_hash"] == "sha256:new"


def test_a_customer_who_disagrees_with_the_new_result_goes_back(open_page: Open, register: peer.RegisterPeer) -> None:
    """The only way out would be to sell at a price that the customer refuses."""
    page = open_page()
    quoted(page, "500")
    quote = {**peer.price({"lines": [{"id": "1", "price": "510"}], "redeem": {}}, {}), "hash": "sha256:new"}
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", 409, {"code": "requote", "quote": quote}))
    role(page, "confirm").click()

    role(page, "requote-back").click()

    expect(role(page, "quote-total")).to_have_text("500,00 ₽")
    expect(role(page, "amount")).to_have_value("500")


def test_a_card_shown_long_ago_is_asked_for_again(open_page: Open, register: peer.RegisterPeer) -> None:
    """An old card would earn on the next customer's receipt, or the sale would hang on an error."""
    page = open_page()
    register.scan()
    quoted(page, "500")
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", 409, {"code": "scan_expired", "detail": "Старо"}))

    role(page, "confirm").click()

    expect(role(page, "scan-notice")).to_contain_text("Считайте её ещё раз")
    expect(role(page, "member")).to_be_hidden()
    expect(role(page, "confirm-sum")).to_have_text("500,00 ₽")


def test_a_refused_sale_says_why_and_loses_nothing(open_page: Open, register: peer.RegisterPeer) -> None:
    """With a full disk the cashier would have to begin again, not knowing what to tell whom."""
    page = open_page()
    quoted(page, "500")
    refusal = {"status": 507, "code": "disk_full", "detail": "Диск заполнен: позовите администратора"}
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", 507, refusal))

    role(page, "confirm").click()

    expect(role(page, "problem")).to_have_text("Диск заполнен: позовите администратора")
    role(page, "confirm").click()
    expect(role(page, "done-to-pay")).to_have_text("500,00 ₽")


def test_a_card_read_during_the_confirmation_joins_no_sale(open_page: Open, register: peer.RegisterPeer) -> None:
    """The next customer's card would end up on this customer's receipt."""
    page = open_page()
    quoted(page, "500")
    register.confirm_gate.clear()
    role(page, "confirm").click()
    expect(role(page, "confirm-word")).to_have_text("Проводим…")

    register.scan()
    expect(role(page, "scan-notice")).to_contain_text("во время оплаты")
    register.confirm_gate.set()

    expect(role(page, "done-to-pay")).to_have_text("500,00 ₽")
    role(page, "next").click()
    expect(role(page, "member")).to_be_hidden()
    expect(role(page, "scan-notice")).to_contain_text("в следующей продаже")


def test_the_next_card_opens_the_next_sale(open_page: Open, register: peer.RegisterPeer) -> None:
    """In a queue every extra tap between customers costs; and nothing of the last sale may remain."""
    page = open_page()
    sold(page, register)

    register.scan({**peer.ANNA, "member": {"id": "m-2", "name": "Борис", "tier": None}}, scan_id="scan-2")

    expect(role(page, "member-name")).to_have_text("Борис")
    expect(role(page, "amount")).to_have_value("")
    expect(role(page, "confirm")).to_be_disabled()


def test_an_archived_answer_still_ends_the_sale(open_page: Open, register: peer.RegisterPeer) -> None:
    """A retry after months would leave the cashier with a broken page instead of a finished sale."""
    page = open_page()
    quoted(page, "500")
    answer = {"key": "any", "archived": True, "summary": "R2/1/7 500.00 RUB"}
    register.answers.append(peer.Answer("PUT", "/v1/receipts/", 200, answer))

    role(page, "confirm").click()

    expect(role(page, "done-to-pay")).to_have_text("500,00 ₽")
