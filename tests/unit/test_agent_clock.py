"""Rule time on registers whose clocks cannot be trusted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.clock import AHEAD, BEHIND, RELEASED_AT, RuleClock, milliseconds, moment

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Machine:
    """A wall clock and a monotonic one, set by hand."""

    def __init__(self, wall: datetime = NOW) -> None:
        self.wall = wall
        self.monotonic = 1000.0

    def clock(self, not_before: datetime | None = None) -> RuleClock:
        return RuleClock(lambda: self.wall, lambda: self.monotonic, not_before=not_before)

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds


def test_a_right_clock_is_believed() -> None:
    """An offer that ends at 22:00 must end at 22:00."""
    assert Machine().clock().now().at == NOW
    assert Machine().clock().now().flags == ()


def test_a_clock_in_1999_sells_at_the_last_known_time_and_is_flagged() -> None:
    """An empty BIOS battery must not give every member the offers of another century."""
    machine = Machine(datetime(1999, 1, 1, tzinfo=UTC))
    clock = machine.clock()
    machine.passes(60)
    now = clock.now()
    assert now.at == RELEASED_AT + timedelta(seconds=60)
    assert now.flags == (BEHIND,)


def test_a_clock_in_2037_does_not_end_every_promotion_and_every_lot() -> None:
    """One register set to 2037 must not tell its customers that all their points have lapsed."""
    machine = Machine()
    clock = machine.clock()
    clock.witnessed(clock.now().entry_time())
    machine.wall = datetime(2037, 1, 1, tzinfo=UTC)
    machine.monotonic += 5
    now = clock.now()
    assert now.at == NOW + timedelta(seconds=5)
    assert now.flags == (AHEAD,)


def test_sales_under_a_wrong_clock_do_not_poison_the_time_after_it_is_mended() -> None:
    """Once the clock is right again, sales are judged by it, as if nothing had been."""
    machine = Machine()
    clock = machine.clock()
    clock.witnessed(clock.now().entry_time())
    machine.wall = datetime(2037, 1, 1, tzinfo=UTC)
    clock.witnessed(clock.now().entry_time())
    machine.wall = NOW + timedelta(hours=1)
    machine.monotonic += 3600
    assert clock.now().at == NOW + timedelta(hours=1)
    assert clock.now().flags == ()


def test_time_does_not_go_back_behind_the_last_sale() -> None:
    """After a reboot with an old clock, a lapsed offer must not come back to life."""
    machine = Machine()
    before = machine.clock().now().entry_time()
    rebooted = Machine(NOW - timedelta(days=3))
    clock = rebooted.clock()
    clock.witnessed(before)
    rebooted.passes(10)
    assert clock.now().at == NOW + timedelta(seconds=10)
    assert clock.now().flags == (BEHIND,)


def test_a_clock_corrected_by_a_second_is_no_fault() -> None:
    """Time servers nudge clocks every day: flags must mean something."""
    machine = Machine()
    clock = machine.clock()
    clock.witnessed(clock.now().entry_time())
    machine.wall -= timedelta(seconds=1)
    assert clock.now().flags == ()
    assert clock.now().at == NOW


def test_a_register_that_slept_for_two_years_is_woken_by_store_it() -> None:
    """A seasonal shop opens again: one line in the configuration must be enough."""
    machine = Machine()
    last = machine.clock().now().entry_time()
    machine.wall = NOW + timedelta(days=730)
    asleep = machine.clock()
    asleep.witnessed(last)
    assert asleep.now().flags == (AHEAD,)
    woken = machine.clock(not_before=NOW + timedelta(days=729))
    woken.witnessed(last)
    assert woken.now().flags == ()
    assert woken.now().at == machine.wall


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10**6)), max_size=30))
def test_rule_time_never_goes_back_however_the_clock_jumps(jumps: list[tuple[int, int]]) -> None:
    """Entries in the chain must stand in the order of time, or yesterday's expiry could be undone."""
    machine = Machine()
    clock = machine.clock()
    first = clock.now()
    clock.witnessed(first.entry_time())
    last_trusted = first.at
    for jump, passed in jumps:
        machine.wall += timedelta(seconds=jump)
        machine.passes(passed)
        now = clock.now()
        assert now.at >= last_trusted
        clock.witnessed(now.entry_time())
        if not now.flags:
            last_trusted = moment(milliseconds(now.at))


def test_a_dead_battery_never_takes_the_shop_back() -> None:
    """Each morning the clock starts in 1999: yesterday's points must not become tomorrow's again."""
    machine = Machine()
    trusted = machine.clock().now().entry_time()
    asleep = Machine(datetime(1999, 1, 1, tzinfo=UTC))
    clock = asleep.clock()
    clock.witnessed(trusted)
    asleep.passes(7200)
    evening = clock.now().entry_time()
    rebooted = Machine(datetime(1999, 1, 1, tzinfo=UTC))
    clock = rebooted.clock()
    clock.witnessed(trusted)
    clock.not_before(evening.rule_ms)
    rebooted.passes(1)
    assert clock.now().at == moment(evening.rule_ms) + timedelta(seconds=1)
    assert clock.now().flags == (BEHIND,)
