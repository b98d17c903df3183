"""The cashier's page in a real browser on the real register, fed by a scanner on a real serial line."""

import importlib.util
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from drivers.virtual.scanner import VirtualScanner

# Without packages in tests/ a neighbour is loaded by its path.
_spec = importlib.util.spec_from_file_location("register_process", Path(__file__).parents[1] / "register_process.py")
assert _spec is not None
assert _spec.loader is not None
kit = importlib.util.module_from_spec(_spec)
sys.modules["register_process"] = kit
_spec.loader.exec_module(kit)

CHROMIUM_ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 10_000
DEVICE_S = 30.0
NEXT_CUSTOMER_S = 0.7
"""Longer than the register's repeat window of 500 ms, in which the same card again is the same scan."""


class UnhurriedScanner(VirtualScanner):
    """A scanner in the hand of a person: the next customer's card comes after the repeat window, never within it."""

    last_sent = -NEXT_CUSTOMER_S

    def send(self, code: bytes | str, **how: Any) -> None:
        time.sleep(max(0.0, self.last_sent + NEXT_CUSTOMER_S - time.monotonic()))
        super().send(code, **how)
        self.last_sent = time.monotonic()


@pytest.fixture(scope="module")
def browser(needs_program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=needs_program("chromium"), args=CHROMIUM_ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualScanner]:
    plugged_in = UnhurriedScanner(tmp_path_factory.mktemp("dev") / "scanner")
    yield plugged_in
    plugged_in.close()


@pytest.fixture(scope="module")
def printer() -> Iterator[Any]:
    switched_on = kit.PrinterOnTcp()
    yield switched_on
    switched_on.close()
    assert switched_on.device.problems == ()


@pytest.fixture(scope="module")
def register(scanner: VirtualScanner, printer: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a register of the members' home store, which keeps their names; its devices are ready."""
    running = kit.RegisterProcess(
        tmp_path_factory.mktemp("register"),
        {
            "printer": printer.section,
            "scanners": [{"name": "counter", "port": scanner.path}],
            "privacy": {"keep_names": True},
        },
    )
    running.bring().start()
    with running.client() as client:
        kit.wait_until(
            lambda: {device["state"] for device in client.get("/v1/devices").json()["devices"]} == {"ready"},
            seconds=DEVICE_S,
            what="scanner and printer are ready",
        )
    yield running
    running.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Give what the browser said of the page; whatever a test does not expect fails it."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def page(browser: Browser, register: Any, complaints: list[str]) -> Iterator[Page]:
    """Give the page as a kiosk opens it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Europe/Moscow")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{register.address}/#token={kit.TOKENS['screen']}")
    expect(role(opened, "status-scanner")).to_have_attribute("data-tone", "ok")
    yield opened
    context.close()


def role(page: Page, name: str) -> Any:
    return page.locator(f'[data-role="{name}"]')


def loads_of(page: Page) -> list[str]:
    """Every further load of the page from now on."""
    loads: list[str] = []
    page.on("load", lambda _: loads.append("again"))
    return loads


def digits(text: str) -> int:
    """The number in a text with spaces and signs."""
    return int(re.sub(r"\D", "", text))


def test_a_scan_shows_the_member_without_a_reload(page: Page, scanner: VirtualScanner) -> None:
    """The cashier would have to press a key before greeting, and the queue would wait for it each time."""
    loads = loads_of(page)
    expect(role(page, "idle")).to_be_visible()

    scanner.send(kit.ANNA.card)

    expect(role(page, "member-name")).to_have_text(kit.ANNA.name)
    expect(role(page, "member-balance")).to_have_text(re.compile(r"5\s000"))
    assert loads == []


def test_a_sale_from_the_card_to_the_slip(page: Page, scanner: VirtualScanner, printer: Any, register: Any) -> None:
    """A store without a POS program of its own could not sell: this page is all it has."""
    scanner.send(kit.ANNA.card)
    expect(role(page, "member-name")).to_have_text(kit.ANNA.name)
    before = digits(role(page, "member-balance").inner_text())
    slips = printer.device.strips_total

    role(page, "amount").fill("1000")
    expect(role(page, "quote-total")).to_have_text("970,00 ₽")
    role(page, "redeem-max").click()
    expect(role(page, "quote-points-spent")).to_be_visible()
    expect(role(page, "quote-total")).to_have_text("679,00 ₽")
    role(page, "confirm").click()

    expect(role(page, "done-to-pay")).to_have_text("679,00 ₽")
    # As it will print: the printer's code page has no « and ».
    expect(role(page, "slip-preview")).to_contain_text('Лавка "У реки"')
    expect(role(page, "slip-preview")).to_contain_text("679.00")
    sale = register.entries()[-1]
    assert sale.member == kit.ANNA.id
    assert (sale.facts.totals.pay, sale.facts.redeemed[0].points) == (67_900, 291)
    assert printer.device.wait_for_strips(slips + 1, 10)
    printed = printer.device.strips[-1].text()
    assert sale.facts.receipt in printed
    assert "679.00" in printed

    # The next customer starts with an empty page; the first one's points are gone and the new ones are there.
    role(page, "next").click()
    expect(role(page, "idle")).to_be_visible()
    scanner.send(kit.ANNA.card)
    expect(role(page, "member-name")).to_have_text(kit.ANNA.name)
    assert digits(role(page, "member-balance").inner_text()) == before - 291 + 33


@pytest.mark.parametrize(
    ("code", "verdict", "title"),
    [(kit.STRANGER, "unknown", "Карта не найдена"), (kit.VERA.card, "blocked", "Карта заблокирована")],
)
def test_a_strange_card_says_so_and_the_sale_goes_on(
    page: Page, scanner: VirtualScanner, register: Any, code: str, verdict: str, title: str
) -> None:
    """The customer would hear "it does not work", or believe that points are coming."""
    scanner.send(code)

    expect(role(page, "member-name")).to_have_text(title)
    expect(role(page, "scan-verdict")).to_have_attribute("data-verdict", verdict)
    role(page, "amount").fill("100")
    expect(role(page, "quote-total")).to_have_text("100,00 ₽")
    expect(role(page, "redeem-block")).to_be_hidden()
    role(page, "confirm").click()
    expect(role(page, "done-to-pay")).to_have_text("100,00 ₽")
    sold = register.entries()[-1]
    assert (sold.kind, sold.member, sold.facts.card.verdict) == ("sale", None, verdict)


def test_half_a_code_keeps_the_customer(page: Page, scanner: VirtualScanner) -> None:
    """An Enter lost between two cards would credit the wrong customer, or throw out the right one."""
    scanner.send(kit.ANNA.card)
    expect(role(page, "member-name")).to_have_text(kit.ANNA.name)

    scanner.send(kit.ANNA.card[:6], terminator=b"")

    expect(role(page, "scan-notice")).not_to_be_empty()
    expect(role(page, "member-name")).to_have_text(kit.ANNA.name)


def test_a_register_that_dies_is_said_and_comes_back(
    page: Page, scanner: VirtualScanner, register: Any, complaints: list[str]
) -> None:
    """The cashier would wait for a scan on a page that nobody feeds any more."""
    settings = register.config.read_text(encoding="utf-8")
    port = register.address.rpartition(":")[2]
    register.config.write_text(settings.replace("port = 0", f"port = {port}"), encoding="utf-8")
    register.kill()
    expect(role(page, "disconnected")).to_be_visible()

    register.start()

    expect(role(page, "disconnected")).to_be_hidden()
    expect(role(page, "status-scanner")).to_have_attribute("data-tone", "ok", timeout=30_000)
    scanner.send(kit.ANNA.card)
    expect(role(page, "member-name")).to_have_text(kit.ANNA.name)
    # The browser tells of the lost connection; nothing else may have gone wrong.
    complaints[:] = [said for said in complaints if not said.startswith(("events:", "Failed to load resource"))]
