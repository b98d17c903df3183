"""When promotions hold: days of the shop, hours of its wall clock, cards and tiers."""

import runpy
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from loyalty.business_day import business_day
from loyalty.engine.quote import quote
from loyalty.member import GUEST

kit = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("loyalty_kit.py"))))
BERLIN = ZoneInfo("Europe/Berlin")


def reason(compiled, facts, now) -> str | None:
    """Why the only promotion did not apply; None where it did."""
    (trace,) = quote(compiled, kit.basket(compiled, kit.line()), facts, now).trace
    return trace.reason


def verdict(when, facts=None, at="2026-11-22T19:05", zone=kit.MOSCOW, **parts) -> str | None:
    compiled = kit.run(kit.programme(promotions=[kit.percent("p", "10", when=when)], **parts), zone)
    now = datetime.fromisoformat(at).replace(tzinfo=zone)
    return reason(compiled, kit.member(compiled, **facts) if facts is not None else GUEST, now)


@pytest.mark.parametrize(
    ("instant", "starts", "day"),
    [
        ("2026-11-22T20:59:59+00:00", time(0), date(2026, 11, 22)),
        ("2026-11-22T21:00:00+00:00", time(0), date(2026, 11, 23)),
        ("2026-11-23T00:59:59+00:00", time(4), date(2026, 11, 22)),
        ("2026-11-23T01:00:00+00:00", time(4), date(2026, 11, 23)),
        ("2024-02-29T00:30:00+03:00", time(4), date(2024, 2, 28)),
    ],
)
def test_business_day(instant: str, starts: time, day: date) -> None:
    """A night shop's points would lapse in the middle of its evening."""
    assert business_day(datetime.fromisoformat(instant), zone=kit.MOSCOW, starts=starts) == day


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ({"card": "shown"}, {}, None),
        ({"card": "shown"}, None, "needs_card"),
        ({"card": "shown"}, {"status": "blocked"}, "card_blocked"),
        ({"card": "not_shown"}, None, None),
        ({"card": "not_shown"}, {}, "card_shown"),
        ({"card": "not_shown"}, {"status": "blocked"}, None),
        ({"tier": ["gold"]}, {"tier": "gold"}, None),
        ({"tier": ["gold"]}, {"tier": "base"}, "tier"),
        ({"tier": ["gold"]}, {"tier": None}, "tier"),
        ({"tier": ["gold"]}, None, "needs_card"),
        ({"not": {"tier": ["gold"]}}, None, None),
        ({"not": {"tier": ["gold"]}}, {"tier": "gold"}, "ruled_out"),
    ],
)
def test_who_buys(when, facts, expected: str | None) -> None:
    """A price for cardholders given to guests, or to a blocked card, is money given away."""
    assert verdict(when, facts) == expected


def test_the_first_unmet_condition_in_written_order_is_the_reason() -> None:
    """The cashier says one thing to the customer; two registers must say the same."""
    closed, carded = {"hours": {"from": "08:00", "to": "09:00"}}, {"card": "shown"}

    assert verdict({"all": [closed, carded]}) == "outside_window"
    assert verdict({"all": [carded, closed]}) == "needs_card"
    assert verdict({"any": [closed, carded]}) == "outside_window"
    assert verdict({"any": [carded, closed]}) == "needs_card"
    assert verdict({"any": [closed, carded]}, {}) is None


def test_the_trace_says_what_would_be_needed() -> None:
    """Without it the cashier cannot tell a customer how to get the price."""
    compiled = kit.run(kit.programme(promotions=[kit.percent("p", "10", when={"tier": ["gold"]})]))

    (trace,) = quote(compiled, kit.basket(compiled, kit.line()), kit.member(compiled), kit.NOW).trace

    assert dict(trace.details) == {"needs": ("gold",)}


@pytest.mark.parametrize(
    ("window", "at", "is_open"),
    [
        ({"from": "2026-11-22"}, "2026-11-22T00:00", True),
        ({"from": "2026-11-22"}, "2026-11-21T23:59", False),
        ({"until": "2026-11-22"}, "2026-11-22T23:59", True),
        ({"until": "2026-11-22"}, "2026-11-23T00:00", False),
        ({"from": "2026-11-22T18:00"}, "2026-11-22T18:00", True),
        ({"from": "2026-11-22T18:00"}, "2026-11-22T17:59", False),
        ({"until": "2026-11-22T18:00"}, "2026-11-22T18:00", False),
        ({}, "2026-11-22T18:00", True),
    ],
)
def test_windows_are_half_open_and_days_are_whole(window, at: str, is_open: bool) -> None:  # noqa: FBT001 - a table
    """A customer promised "until the 22nd" stands at the till at 23:58."""
    assert verdict({"window": window}, at=at) == (None if is_open else "outside_window")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("17:59", False), ("18:00", True), ("21:59", True), ("22:00", False)],
)
def test_happy_hours(at: str, is_open: bool) -> None:  # noqa: FBT001 - a table
    """An hour that starts late or ends early breaks what the door sign promises."""
    hours = {"hours": {"from": "18:00", "to": "22:00"}}

    assert verdict(hours, at=f"2026-11-22T{at}") == (None if is_open else "outside_window")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("21:59", False), ("22:00", True), ("00:00", True), ("02:59", True), ("03:00", False)],
)
def test_happy_hours_over_midnight(at: str, is_open: bool) -> None:  # noqa: FBT001 - a table
    """A bar's night price must not end at midnight."""
    hours = {"hours": {"from": "22:00", "to": "03:00"}}

    assert verdict(hours, at=f"2026-11-22T{at}") == (None if is_open else "outside_window")


def test_weekdays_follow_the_business_day() -> None:
    """Sunday's price at one o'clock in a shop whose Sunday ends at four."""
    sunday = {"weekdays": ["sun"]}

    assert verdict(sunday, at="2026-11-23T01:00", business_day_starts="04:00") is None
    assert verdict(sunday, at="2026-11-23T01:00") == "outside_window"
    assert verdict(sunday, at="2026-11-22T01:00", business_day_starts="04:00") == "outside_window"


def test_a_window_does_not_open_twice_when_clocks_go_back() -> None:
    """On the night of 25 October 02:30 comes twice in Berlin; an offer that ended must stay ended."""
    compiled = kit.run(kit.programme(promotions=[kit.percent("p", "10", valid={"until": "2026-10-25T02:30"})]), BERLIN)

    found = [reason(compiled, GUEST, datetime(2026, 10, 25, hour, 15, tzinfo=UTC)) for hour in (0, 1)]

    assert found == [None, "outside_window"]
