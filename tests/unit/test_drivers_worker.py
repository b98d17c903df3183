"""The worker: no failure of a device ends its thread, and everybody learns how it is."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from drivers.errors import PortAbsent, PortBusy, PortGone
from drivers.health import Health
from drivers.values import DeviceReport, DeviceState, DeviceWorker
from drivers.worker import Worker, WorkerLimits

SOON_S = 3.0
QUICK = WorkerLimits(backoff_first_s=0.01, backoff_max_s=0.04, appear_look_s=0.01, steady_s=60.0, wedged_s=0.2)


@dataclass
class Toy:
    """A device whose steps are scripted; the last one repeats."""

    script: list[Callable[[], float]]
    name: str = "toy"
    steps: int = 0
    closes: int = 0
    is_present: bool = False
    close_error: Exception | None = None
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.health = Health(name=self.name, kind="toy", port="nowhere")

    def step(self, now: float) -> float:
        self.times.append(now)
        part = self.script[min(self.steps, len(self.script) - 1)]
        self.steps += 1
        wait_s = part()
        self.health.be(DeviceState.READY, now=now)
        return wait_s

    def close(self) -> None:
        self.closes += 1
        if self.close_error is not None:
            raise self.close_error

    def report(self) -> DeviceReport:
        return self.health.report()

    def present(self) -> bool:
        return self.is_present


def failing(error: Exception) -> Callable[[], float]:
    def step() -> float:
        raise error

    return step


def idle() -> float:
    return 30.0


def brief() -> float:
    return 0.005


def until(condition: Callable[[], bool]) -> bool:
    ends_at = time.monotonic() + SOON_S
    while time.monotonic() < ends_at:
        if condition():
            return True
        time.sleep(0.005)
    return False


@pytest.fixture
def run() -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(toy: Toy, limits: WorkerLimits = QUICK, **more: object) -> Worker:
        worker = Worker(toy, limits=limits, rng=random.Random(7), **more)
        started.append(worker)
        worker.start()
        return worker

    yield start
    for worker in started:
        assert worker.stop(SOON_S)


def test_it_is_what_the_supervisor_expects() -> None:
    """The supervisor is written against the protocol; a method missing here would fail in the shop."""
    worker: DeviceWorker = Worker(Toy([idle]))

    assert worker.name == "toy"
    assert not worker.alive()
    assert worker.report().state is DeviceState.OPENING
    assert worker.stop(0.1)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (PortAbsent("ttyS9", "no such port"), DeviceState.ABSENT),
        (PortBusy("ttyS9", "brltty (pid 12)"), DeviceState.BUSY_ELSEWHERE),
        (PortGone("ttyS9", "unplugged"), DeviceState.BACKOFF),
        (RuntimeError("a bug of ours"), DeviceState.DEGRADED),
    ],
)
def test_a_failing_step_is_shown_and_tried_again(
    run: Callable[..., Worker], error: Exception, state: DeviceState
) -> None:
    """One bad read used to end a scanner for the day; the cashier must see why, and it must come back by itself."""
    told: list[DeviceReport] = []
    toy = Toy([failing(error), failing(error), idle])

    worker = run(toy, on_report=told.append)

    assert until(lambda: worker.report().state is DeviceState.READY)
    assert [report.state for report in told] == [state, DeviceState.READY]
    assert str(error) in told[0].detail
    assert toy.closes == 2
    assert worker.report().counters["failures"] == 2


def test_back_off_grows_and_is_bounded_and_jittered() -> None:
    """A hundred registers must not hammer a printer in step, and a printer switched on must not wait for minutes."""
    rests: list[float] = []
    clock = [0.0]
    worker = Worker(Toy([idle]), clock=lambda: clock[0], rng=random.Random(1))

    def rest(timeout: float) -> bool:
        clock[0] += timeout
        return False

    worker._stopping.wait = rest  # type: ignore[method-assign]
    for _ in range(9):
        before = clock[0]
        worker._rest_after(PortAbsent("x", "y"))
        rests.append(clock[0] - before)

    full = [0.5, 1, 2, 4, 8, 15, 15, 15, 15]
    assert all(whole / 2 <= rest_s <= whole for rest_s, whole in zip(rests, full, strict=True))
    assert len({round(rest_s, 3) for rest_s in rests[5:]}) == 4


def test_a_port_that_appears_is_tried_at_once(run: Callable[..., Worker]) -> None:
    """A scanner plugged in again must work before the cashier wonders."""
    toy = Toy([failing(PortAbsent("x", "y")), idle])
    slow = WorkerLimits(backoff_first_s=60.0, backoff_max_s=60.0, appear_look_s=0.01)
    worker = run(toy, limits=slow)
    assert until(lambda: worker.report().state is DeviceState.ABSENT)
    time.sleep(0.05)
    assert toy.steps == 1

    toy.is_present = True

    assert until(lambda: worker.report().state is DeviceState.READY)


def test_a_port_that_is_there_and_fails_is_not_hammered(run: Callable[..., Worker]) -> None:
    """A broken port would otherwise be opened without rest, all day."""
    toy = Toy([failing(PortGone("x", "y"))], is_present=True)
    slow = WorkerLimits(backoff_first_s=60.0, backoff_max_s=60.0, appear_look_s=0.01)
    run(toy, limits=slow)

    time.sleep(0.1)

    assert toy.steps == 1


def test_wake_cuts_the_wait_short(run: Callable[..., Worker]) -> None:
    """A slip must start within 30 ms of the sale, not at the next look."""
    toy = Toy([idle])
    worker = run(toy, limits=WorkerLimits(wait_max_s=30.0))
    assert until(lambda: toy.steps == 1)

    began = time.monotonic()
    worker.wake()

    assert until(lambda: toy.steps == 2)
    assert time.monotonic() - began < 0.5


def test_a_wake_during_a_step_is_not_lost(run: Callable[..., Worker]) -> None:
    """A job queued while the printer was being asked would wait for the next one."""
    inside, go = threading.Event(), threading.Event()

    def slow() -> float:
        inside.set()
        go.wait(SOON_S)
        return 30.0

    toy = Toy([slow, idle])
    worker = run(toy, limits=WorkerLimits(wait_max_s=30.0))
    assert inside.wait(SOON_S)
    worker.wake()
    go.set()

    assert until(lambda: toy.steps == 2)


def test_stop_closes_the_device_and_start_begins_again(run: Callable[..., Worker]) -> None:
    """A reload restarts the devices that changed, and only their ports are given back."""
    toy = Toy([brief])
    worker = run(toy)
    assert until(lambda: toy.steps > 2)

    assert worker.stop(SOON_S)
    assert toy.closes == 1
    assert worker.report().state is DeviceState.DISABLED
    steps = toy.steps

    worker.start()
    worker.start()
    assert until(lambda: toy.steps > steps)
    assert until(lambda: worker.report().state is DeviceState.READY)


def test_a_thread_stuck_in_the_kernel_is_shown_as_wedged(run: Callable[..., Worker]) -> None:
    """A port that never returns must not be shown as ready, nor hold up the stop of the register."""
    go = threading.Event()

    def stuck() -> float:
        go.wait(SOON_S)
        return 0.005

    worker = run(Toy([stuck]))

    assert until(lambda: worker.report().state is DeviceState.WEDGED)
    assert not worker.stop(0.05)
    go.set()
    assert worker.stop(SOON_S)


def test_progress_is_seen_from_outside(run: Callable[..., Worker]) -> None:
    """The watchdog restarts a register whose devices hang; it must see that they do not."""
    worker = run(Toy([failing(PortAbsent("x", "y"))]))
    first = worker.beat()

    assert until(lambda: worker.beat() > first)


def test_a_bad_listener_does_not_take_the_device_down(run: Callable[..., Worker]) -> None:
    """A full event queue must not cost the shop its scanner."""

    def deaf(_report: DeviceReport) -> None:
        raise RuntimeError

    toy = Toy([brief])
    worker = run(toy, on_report=deaf)

    assert until(lambda: toy.steps > 3)
    assert worker.report().counters["listener_failures"] == 1


def test_a_device_that_cannot_be_closed_is_tried_again(run: Callable[..., Worker]) -> None:
    """A port that fails even to close must still come back."""
    toy = Toy([failing(PortGone("x", "y")), brief], close_error=OSError("stuck"))
    worker = run(toy)

    assert until(lambda: worker.report().state is DeviceState.READY)


def test_failures_are_forgotten_after_a_steady_while() -> None:
    """A scanner unplugged once a day must not wait fifteen seconds each time by the end of the week."""
    clock = [0.0]
    worker = Worker(Toy([idle]), clock=lambda: clock[0])
    worker._failures_in_row, worker._failed_at = 8, 0.0

    worker._note_success(10.0)
    assert worker._failures_in_row == 8
    worker._note_success(15.1)
    assert worker._failures_in_row == 0
