"""The cashier's page in a real browser, and a peer that speaks the register's API to it."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM_ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 5_000

Open = Callable[..., Page]


def _neighbour(name: str) -> ModuleType:
    """Without packages in tests/ a neighbour is loaded by its path; then the tests import it by its name."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


peer = _neighbour("screen_register")
role = _neighbour("screen_hands").role


# Not for the whole session: while it runs, playwright holds the thread's event loop, which other tests need.
@pytest.fixture(scope="module")
def browser(needs_program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=needs_program("chromium"), args=CHROMIUM_ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def running() -> Iterator[peer.RegisterPeer]:
    with peer.RegisterPeer().running() as register:
        yield register


@pytest.fixture
def register(running: peer.RegisterPeer) -> peer.RegisterPeer:
    running.begin()
    return running


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages, so that the page's files are fetched once."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(timezone_id="Europe/Moscow")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Page:
    """One tab for all tests: a new one costs a slow machine as much as a test."""
    return context.new_page()


@pytest.fixture
def open_page(tab: Page, register: peer.RegisterPeer) -> Iterator[Open]:
    def opened(*, size=(800, 480), locale="ru", theme="light", token=peer.TOKEN) -> Page:
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        tab.emulate_media(color_scheme=theme)
        tab.goto(register.url + (f"/#token={token}" if token else "/"), wait_until="commit")
        # Shown once its words are there.
        expect(tab.locator("main")).to_be_visible()
        if locale == "en":
            role(tab, "language").click()
        if token == peer.TOKEN:
            expect(role(tab, "status-scanner")).to_have_attribute("data-tone", "ok")
        return tab

    yield opened
    tab.evaluate("localStorage.clear()")
    tab.goto("about:blank")


@pytest.fixture(scope="module")
def modules(context: BrowserContext, running: peer.RegisterPeer) -> Iterator[Page]:
    page = context.new_page()
    page.goto(running.url)
    yield page
    page.close()
