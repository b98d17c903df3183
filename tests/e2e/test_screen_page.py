"""The cashier's page alone: the status line, languages and themes, sizes and contrast, its pure modules."""

import json
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
import screen_register as peer
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from screen_hands import first_receipt, quoted, role, sign, sold

Open = Callable[..., Page]

SIZES = [(800, 480), (1024, 600), (1280, 800), (1920, 1080)]


# The status line


def test_a_register_that_does_not_answer_is_never_shown_as_fine(open_page: Open, register: peer.RegisterPeer) -> None:
    """The cashier would go on selling into nothing, trusting a green line from an hour ago."""
    page = open_page()

    register.down = True
    register.cut_events()

    expect(role(page, "disconnected")).to_be_visible()
    parts = page.locator("[data-role=status] button")
    expect(parts).to_have_count(6)
    assert [part.get_attribute("data-tone") for part in parts.all()] == ["unknown"] * 6
    register.down = False
    expect(role(page, "disconnected")).to_be_hidden()
    expect(role(page, "status-printer")).to_have_attribute("data-tone", "ok")
    register.scan()
    expect(role(page, "member-name")).to_be_visible()


def test_the_printers_state_is_live(open_page: Open, register: peer.RegisterPeer) -> None:
    """Slips would pile up behind an empty roll, or an unknown state would pass for a good one."""
    page = open_page()

    for state, tone, text in [
        ("paper_low", "warn", "мало бумаги"),
        ("paper_out", "bad", "нет бумаги"),
        ("unknown", "unknown", "неизвестно"),
        ("from_a_later_release", "unknown", "неизвестно"),
        ("ready", "ok", "готов"),
    ]:
        register.event("device", peer.device("slip-printer", "printer", state))
        expect(role(page, "status-printer")).to_have_attribute("data-state", state)
        expect(role(page, "status-printer")).to_have_attribute("data-tone", tone)
        expect(role(page, "status-printer")).to_contain_text(text)


def test_what_is_wrong_with_the_register_is_seen(open_page: Open, register: peer.RegisterPeer) -> None:
    """Trouble that the register knows of would reach the shop only when something is lost."""
    page = open_page()
    wrong = {
        "clock": {"state": "behind", "rule_time": "2026-11-22T16:04:00Z"},
        "line": {"state": "offline", "since": "2026-11-22T11:05:00Z", "waiting": 41},
        "reference": {"state": "rebuilding", "members": 0, "as_of": None},
        "spool": {"queued": 1, "unconfirmed": 2},
        "ledger": {"state": "of a later release", "entries": 0, "detail": "Позовите"},
        "devices": [peer.device("slip-printer", "printer", "ready")],
    }
    register.status = {**register.status, **wrong}

    register.event("receipt", {"key": "of-the-pos", "kind": "sale", "to_pay": "1.00"})

    expect(role(page, "status-ledger")).to_have_attribute("data-tone", "bad")
    expect(role(page, "status-clock")).to_have_attribute("data-tone", "warn")
    expect(role(page, "status-line")).to_contain_text("нет с 14:05, ждут: 41")
    expect(role(page, "status-cards")).to_have_attribute("data-tone", "warn")
    expect(role(page, "status-printer")).to_have_text("Принтер готов, проверьте: 2")
    expect(role(page, "status-printer")).to_have_attribute("data-tone", "warn")
    expect(role(page, "status-scanner")).to_have_attribute("data-tone", "unknown")


def test_a_damaged_ledger_is_an_alarm_with_the_way_out(open_page: Open, register: peer.RegisterPeer) -> None:
    """The cashier would try sale after sale and see each refused."""
    page = open_page()
    register.status["ledger"] = {"state": "damaged", "entries": 0, "detail": "Run kopilka doctor"}

    register.event("receipt", {"key": "any", "kind": "sale", "to_pay": "1.00"})

    expect(role(page, "ledger-alarm")).to_contain_text("Журнал повреждён")
    expect(role(page, "ledger-alarm")).to_contain_text("Run kopilka doctor")


def test_every_device_is_listed_with_what_to_do(open_page: Open, register: peer.RegisterPeer) -> None:
    """Store IT on the phone could not ask what the register says of its scanner."""
    page = open_page()
    help_text = "Held by ModemManager (pid 812): stop it"
    register.event("device", peer.device("counter-left", "scanner", "busy_elsewhere", help_text))

    role(page, "status-scanner").click()

    expect(role(page, "status-detail")).to_contain_text(help_text)
    expect(role(page, "status-detail")).to_contain_text("first-shop 1")


# Words, themes, sizes


def test_the_language_is_remembered_and_asked_of_the_register(open_page: Open, register: peer.RegisterPeer) -> None:
    """An English-speaking cashier would get Russian refusals, or choose the language every morning."""
    page = open_page(locale="en")
    page.reload()

    quoted(page, "1234.5")

    expect(role(page, "confirm-word")).to_have_text("Confirm")
    expect(role(page, "amount")).to_have_value("1,234.5")
    assert page.locator("html").get_attribute("lang") == "en"
    assert register.asked("POST", "/v1/quotes")[-1].language == "en"


def test_the_theme_follows_the_system_until_somebody_chooses(open_page: Open) -> None:
    """At night a white screen blinds; and a choice that is forgotten is no choice."""
    page = open_page(theme="dark")
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")

    role(page, "theme").click()
    page.reload()

    expect(html).to_have_attribute("data-theme", "dark")


MISFITS = """
() => {
  const found = [];
  const { innerWidth, innerHeight } = window;
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  const sheet = document.querySelector("dialog[open]") ?? document;
  for (const node of sheet.querySelectorAll("button, input, output")) {
    if (!node.checkVisibility()) continue;
    const box = node.getBoundingClientRect();
    const name = node.dataset.role ?? node.dataset.key ?? node.textContent;
    const small = node.localName !== "output" && Math.min(box.height, box.width) < 43.5;
    if (small) found.push(`${name} is ${box.width} x ${box.height}`);
    if (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5) {
      found.push(`${name} leaves the screen`);
    }
    if (node.scrollWidth > node.clientWidth + 1) found.push(`${name} is cut off`);
  }
  return found;
}
"""


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_everything_fits_and_can_be_hit(open_page: Open, register: peer.RegisterPeer, locale: str) -> None:
    """On a small register the confirm button would lie under the edge, or a thumb would hit two keys at once."""
    page = open_page(locale=locale)

    def misfits() -> dict[tuple[int, int], list[str]]:
        found = {}
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found[width, height] = page.evaluate(MISFITS)
        return {size: names for size, names in found.items() if names}

    assert misfits() == {}
    register.scan()
    quoted(page, "12345678.90")
    role(page, "redeem-max").click()
    expect(role(page, "quote-points-spent")).to_be_visible()
    assert misfits() == {}
    register.status["ledger"] = {"state": "damaged", "entries": 0, "detail": "Run kopilka doctor and call store IT"}
    register.event("receipt", {"key": "any", "kind": "sale", "to_pay": "1.00"})
    expect(role(page, "ledger-alarm")).to_be_visible()
    page.set_viewport_size({"width": 800, "height": 480})
    for name in ("amount", "confirm", "reset"):
        expect(role(page, name)).to_be_in_viewport(ratio=1)
    role(page, "confirm").click()
    expect(role(page, "slip-preview")).to_be_visible()
    assert misfits() == {}
    first_receipt(page)
    assert misfits() == {}


def test_a_narrow_window_scrolls_in_one_direction_only(open_page: Open, register: peer.RegisterPeer) -> None:
    """Whoever enlarges the page fourfold to read it would have to scroll both ways for each line."""
    page = open_page(size=(320, 640))
    sold(page, register)
    role(page, "next").click()
    register.scan(scan_id="again")
    quoted(page, "99999999.99")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


PALE = """
() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((part) => part / 255);
    const line = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b);
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!node.checkVisibility() || !(own || (node.value && node.type !== "range"))) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(style.color), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 40)}`);
  }
  return found;
}
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(open_page: Open, register: peer.RegisterPeer, theme: str) -> None:
    """In bad light, or with tired eyes, the cashier would guess at pale words (WCAG 2.2, 1.4.3)."""
    page = open_page(theme=theme)
    assert page.evaluate(PALE) == []
    register.event("device", peer.device("slip-printer", "printer", "paper_low"))
    register.event("device", peer.device("counter-left", "scanner", "absent"))
    register.scan()
    quoted(page, "1234.50")
    role(page, "redeem-max").click()
    expect(role(page, "quote-points-spent")).to_be_visible()
    assert page.evaluate(PALE) == []
    role(page, "confirm").click()
    expect(role(page, "slip-preview")).to_be_visible()
    assert page.evaluate(PALE) == []
    first_receipt(page)
    assert page.evaluate(PALE) == []
    role(page, "void-open").click()
    sign(page)
    role(page, "reason-mistake").click()
    assert page.evaluate(PALE) == []
    role(page, "receipts-close").click()
    role(page, "next").click()
    register.scan(peer.stranger("blocked"), scan_id="other")
    expect(role(page, "scan-verdict")).to_be_visible()
    assert page.evaluate(PALE) == []
    register.down = True
    register.cut_events()
    expect(role(page, "disconnected")).to_be_visible()
    assert page.evaluate(PALE) == []


def test_a_page_that_waits_does_nothing(open_page: Open, register: peer.RegisterPeer) -> None:
    """A page that polls all day would keep a small register from resting."""
    open_page()
    before = len(register.calls)

    time.sleep(0.6)

    assert len(register.calls) == before


# Pure modules, in the browser that will run them


@settings(max_examples=5)
@given(values=st.lists(st.decimals(-(10**12), 10**12, places=2), min_size=20, max_size=40))
def test_decimals_are_exact(modules: Page, values: list[Decimal]) -> None:
    """Points and amounts on the slider would drift by a unit, and the register would refuse them."""
    texts = [f"{value:.2f}" for value in values]
    program = """async (texts) => {
      const { parse, textOf, compare } = await import("/screen/js/decimal.js");
      return texts.map((text, at) => [
        String(parse(text, 2)), textOf(parse(text, 2), 2), compare(text, texts[(at + 1) % texts.length])]);
    }"""

    shown = modules.evaluate(program, texts)

    after = [*values[1:], values[0]]
    for value, text, following, (units, again, order) in zip(values, texts, after, shown, strict=True):
        assert int(units) == int(value * 100)
        assert Decimal(again) == Decimal(text)
        assert order == (value > following) - (value < following)


@settings(max_examples=5)
@given(cuts=st.lists(st.sets(st.integers(1, 60), max_size=12), min_size=10, max_size=20))
def test_events_arrive_whole_however_the_line_cuts_them(modules: Page, cuts: list[set[int]]) -> None:
    """A scan whose bytes come in two pieces would be lost, and the customer's card with it."""
    stream = ": hi\n\nevent: scan\ndata: {\ndata: }\r\n\r\ndata:last\n\nevent: x\n\n"
    program = """async ([stream, cuts]) => {
      const { createParser } = await import("/screen/js/events.js");
      return cuts.map((cut) => {
        const found = [];
        const feed = createParser((name, data) => found.push([name, data]));
        [0, ...cut].forEach((from, at) => feed(stream.slice(from, cut[at] ?? stream.length)));
        return found;
      });
    }"""

    found = modules.evaluate(program, [stream, [sorted(cut) for cut in cuts]])

    assert found == [[["scan", "{\n}"], ["message", "last"]]] * len(cuts)


def test_a_character_cut_in_two_is_put_together(open_page: Open, register: peer.RegisterPeer) -> None:
    """A Russian name that straddles two packets would come out as question marks."""
    page = open_page()
    register.scans["cut"] = peer.ANNA
    data = f"event: identified\ndata: {json.dumps({**peer.ANNA, 'scan_id': 'cut'}, ensure_ascii=False)}\n\n".encode()
    middle = data.index("Анна".encode()) + 1

    register.raw_event(data[:middle])
    page.wait_for_timeout(50)
    register.raw_event(data[middle:])

    expect(role(page, "member-name")).to_have_text("Анна Петровна")


def test_the_page_backs_off_while_the_register_is_down(modules: Page) -> None:
    """Twenty tabs hammering a register that starts would keep it from starting."""
    waits = modules.evaluate(
        'async () => { const { retryMs } = await import("/screen/js/events.js"); return [0,1,2,3,4,99].map(retryMs); }'
    )

    assert waits == [500, 1000, 2000, 4000, 5000, 5000]


def test_what_is_typed_becomes_an_amount(modules: Page) -> None:
    """A pasted or mistyped amount would be refused by the register, or mean another sum."""
    cases = {"007": "7", "1,5": "1.5", ",5": "0.5", "1.2.3": "1.23", "12 345": "12345", "9" * 12: "9" * 8, "": ""}
    program = """async (texts) => {
      const { sanitize } = await import("/screen/js/entry.js");
      return texts.map((text) => sanitize(text, 2));
    }"""

    assert modules.evaluate(program, list(cases)) == list(cases.values())
