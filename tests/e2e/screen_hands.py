"""What a cashier's hands do on the page. `role` finds a part by its `data-role`."""

from playwright.sync_api import Locator, Page, expect
from screen_register import RegisterPeer


def role(page: Page, name: str) -> Locator:

    return page.locator(f'[data-role="{name}"]')


def quoted(page: Page, amount: str) -> None:
    """Types an amount and waits for its quote."""
    role(page, "amount").fill(amount)
    expect(role(page, "confirm")).to_be_enabled()


def sold(page: Page, register: RegisterPeer, amount: str = "1234.50") -> None:
    """A whole sale to a known member."""
    register.scan()
    expect(role(page, "member-name")).to_be_visible()
    quoted(page, amount)
    role(page, "confirm").click()
    expect(role(page, "next")).to_be_visible()


def first_receipt(page: Page) -> None:
    role(page, "receipts-open").click()
    role(page, "receipt").first.get_by_role("button").click()
    expect(role(page, "receipt-to-pay")).to_be_visible()


def sign(page: Page, code: str = "A-17") -> None:
    role(page, "cashier-input").fill(code)
    role(page, "cashier-save").click()
