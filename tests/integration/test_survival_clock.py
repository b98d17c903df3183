"""A wrong clock sells: flagged in the entry, said in the answer, and never below what the chain has witnessed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.clock import RELEASED_AT, SLEEP_MAX, milliseconds

YEARS = [
    (datetime(1999, 3, 1, 9, 0, tzinfo=UTC), "clock_behind"),
    (datetime(2037, 3, 1, 9, 0, tzinfo=UTC), "clock_ahead"),
]


def entries(register: Any, kit: Any) -> list[Any]:
    """The sales so far, oldest first."""
    outside = kit.RegisterProcess(register.data.parent)
    return [entry for entry in outside.entries() if entry.kind == "sale"]


@pytest.mark.parametrize(("wall", "flag"), YEARS)
def test_a_clock_years_off_sells_and_says_so(register_inside: Any, kit: Any, wall: datetime, flag: str) -> None:
    """A flat battery would close the shop, or make points lapse that were promised for months."""
    right = register_inside.clocks.wall
    register_inside.confirm("K1", kit.basket("100.00", card=kit.ANNA.card))
    register_inside.clocks.wall = wall
    register_inside.clocks.monotonic += 3_600

    wrong = register_inside.confirm("K2", kit.basket("100.00", card=kit.ANNA.card, redeem="max"))

    assert wrong["warnings"] == [flag]
    assert wrong["quote"]["totals"]["points_spent"] != "0.00"
    assert register_inside.status()["clock"]["state"] == flag.removeprefix("clock_")
    first, second = entries(register_inside, kit)
    assert first.time.flags == ()
    assert second.time.flags == (flag,)
    assert second.time.wall_ms == milliseconds(wall)
    # The time that rules are judged at goes on from the last trusted sale.
    assert second.time.rule_ms == milliseconds(right + timedelta(hours=1))

    register_inside.clocks.wall = right + timedelta(hours=2)
    register_inside.clocks.monotonic += 3_600
    assert register_inside.confirm("K3", kit.basket("10.00"))["warnings"] == []


@pytest.mark.parametrize(("wall", "flag"), YEARS)
def test_a_clock_wrong_from_the_first_day_still_gives_points_that_last(
    register_inside: Any, kit: Any, wall: datetime, flag: str
) -> None:
    """A register set up with a wrong clock would grant points that lapsed decades ago, or that never start."""
    register_inside.close()
    fresh = kit.write_settings(register_inside.data.parent.parent / "fresh")
    other = type(register_inside)(fresh, wall=wall).bring(kit.imports())
    try:
        answer = other.confirm("K1", kit.basket("1000.00", card=kit.ANNA.card))
        assert answer["warnings"] == [flag]
        accrual = answer["quote"]["accrual"]["bonus"]
        assert accrual["points"] != "0"
        assert datetime.fromisoformat(accrual["active_from"]).date() >= RELEASED_AT.date()
        assert datetime.fromisoformat(accrual["expires_on"]).date() < (RELEASED_AT + SLEEP_MAX).date()
        spent = other.confirm("K2", kit.basket("100.00", card=kit.ANNA.card, redeem="max"))
        assert spent["quote"]["redemption"]["bonus"]["allowed"] != "0"
    finally:
        other.close()
        register_inside.open()


def test_time_never_goes_back_before_the_last_sale(register_inside: Any, kit: Any) -> None:
    """Turning the clock back would bring yesterday's promotion and lapsed points to life again."""
    now = register_inside.clocks.wall
    register_inside.confirm("K1", kit.basket("10.00"))
    register_inside.clocks.wall = now - timedelta(days=1)

    register_inside.confirm("K2", kit.basket("10.00"))
    register_inside.restart()
    register_inside.confirm("K3", kit.basket("10.00"))

    assert [entry.time.rule_ms >= milliseconds(now) for entry in entries(register_inside, kit)] == [True] * 3


@pytest.mark.needs("faketime")
@pytest.mark.parametrize(("wall", "flag"), YEARS)
def test_the_process_with_a_wrong_clock_sells(
    new_register: Callable[..., Any], printer: Any, kit: Any, wall: datetime, flag: str
) -> None:
    """What the parts promise must hold for the daemon as a shop runs it, jobs and slips included."""
    register = new_register(printer=printer.section).bring()
    # The kernel's monotonic clock is right whatever the battery says.
    register.env["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    register.env["TZ"] = "UTC"
    register.prefix = ("faketime", f"{wall:%Y-%m-%d %H:%M:%S}")
    register.start()

    with register.client() as client:
        sold = client.put("/v1/receipts/K1", json=kit.basket("100.00", card=kit.ANNA.card, redeem="max"))
        status = client.get("/v1/status").json()

    assert sold.status_code == 201
    assert sold.json()["warnings"] == [flag]
    assert status["clock"]["state"] == flag.removeprefix("clock_")
    assert printer.device.wait_for_strips(1, 20)
    assert "This register's clock is not checked" in printer.device.strips[0].text()
    [sale] = [entry for entry in register.entries() if entry.kind == "sale"]
    assert sale.time.flags == (flag,)
    assert datetime.fromtimestamp(sale.time.wall_ms / 1000, UTC).year == wall.year
    assert register.verdict().complaint is None
    assert register.terminate() == 0
