"""The cashier's page alone: the last receipts, refunds, voids, slips once more."""

from collections.abc import Callable

import screen_register as peer
from playwright.sync_api import Page, expect
from screen_hands import first_receipt, role, sign, sold

Open = Callable[..., Page]


def test_part_of_a_receipt_comes_back_signed(open_page: Open, register: peer.RegisterPeer) -> None:
    """A refund without quantities or without who did it could neither be checked nor repeated."""
    page = open_page()
    sold(page, register)
    first_receipt(page)

    role(page, "refund-open").click()
    sign(page)
    role(page, "more-1").click()
    role(page, "refund-quantity-2").fill("0,3")
    role(page, "refund-confirm").click()

    expect(role(page, "refund-money")).to_have_text("419,23 ₽")
    expect(role(page, "refund-back")).to_have_text("120 баллов")
    expect(role(page, "refund-debt")).to_have_text("3 балла")
    (key,) = register.receipts
    assert list(register.refunds.values()) == [
        {
            "original": {"receipt_key": key},
            "lines": [{"id": "1", "quantity": "1"}, {"id": "2", "quantity": "0.3"}],
            "cashier": "A-17",
        }
    ]


def test_no_more_comes_back_than_was_sold(open_page: Open, register: peer.RegisterPeer) -> None:
    """A slip of the finger would ask for a refund of twenty instead of two."""
    page = open_page()
    sold(page, register)
    first_receipt(page)
    role(page, "refund-open").click()
    sign(page)

    role(page, "refund-quantity-1").fill("20")

    expect(role(page, "refund-quantity-1")).to_have_value("2")
    role(page, "less-1").click()
    role(page, "less-1").click()
    role(page, "less-1").click()
    expect(role(page, "refund-quantity-1")).to_have_value("0")
    expect(role(page, "refund-confirm")).to_be_disabled()


def test_a_refund_without_an_answer_is_repeated_and_not_doubled(open_page: Open, register: peer.RegisterPeer) -> None:
    """The customer would get the money twice because an answer was lost."""
    page = open_page()
    sold(page, register)
    first_receipt(page)
    role(page, "refund-open").click()
    sign(page)
    role(page, "refund-all-1").click()
    register.answers.append(peer.Answer("PUT", "/v1/refunds/", do_it_first=True))
    role(page, "refund-confirm").click()
    expect(role(page, "receipt-problem")).to_contain_text("Касса не ответила")

    role(page, "refund-confirm").click()

    expect(role(page, "refund-money")).to_be_visible()
    assert len(register.refunds) == 1


def test_a_void_needs_a_reason_and_a_cashier(open_page: Open, register: peer.RegisterPeer) -> None:
    """Voids that nobody signed and nobody explained are how tills lose money."""
    page = open_page()
    sold(page, register)
    first_receipt(page)

    role(page, "void-open").click()
    sign(page, "Анна")
    expect(role(page, "cashier-problem")).to_be_visible()
    sign(page, "A-17")
    expect(role(page, "void-confirm")).to_be_disabled()
    role(page, "reason-mistake").click()
    role(page, "void-confirm").click()

    expect(role(page, "outcome")).to_have_attribute("data-kind", "voided")
    expect(role(page, "receipt")).to_contain_text("Отменён")
    (call,) = register.asked("PUT", f"/v1/receipts/{next(iter(register.receipts))}/void")
    assert call.body == {"cashier": "A-17", "reason": "mistake"}


def test_a_slip_can_be_printed_again_or_given_up(open_page: Open, register: peer.RegisterPeer) -> None:
    """A slip whose print is in doubt would stay in doubt for ever."""
    page = open_page()
    sold(page, register)
    (slip,) = register.slips
    register.slips[slip]["state"] = "sent_unconfirmed"
    first_receipt(page)

    role(page, "reprint").click()
    sign(page)
    expect(role(page, "outcome")).to_have_attribute("data-kind", "reprinted")
    role(page, "discard").click()
    expect(role(page, "outcome")).to_have_attribute("data-kind", "discarded")

    assert [call.body for call in register.asked("POST", f"/v1/slips/{slip}/")] == [{"cashier": "A-17"}] * 2
    expect(role(page, "discard")).to_be_hidden()


def test_yesterdays_cashier_signs_nothing_today(open_page: Open, register: peer.RegisterPeer) -> None:
    """A void would carry the code of somebody who is at home."""
    page = open_page()
    sold(page, register)
    role(page, "cashier-open").click()
    sign(page)
    expect(role(page, "cashier-name")).to_have_text("A-17")
    page.evaluate("const at = Date.now(); Date.now = () => at + 15 * 3600 * 1000")

    first_receipt(page)
    role(page, "void-open").click()

    expect(role(page, "cashier-dialog")).to_be_visible()
