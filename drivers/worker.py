"""The thread that owns a device: the only place in `drivers` where threads begin.

A device does not retry and does not sleep: it fails, and the worker closes it, says why, and tries again
with back-off. No failure of a device ends its thread.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.errors import DriverError
from drivers.values import DeviceReport, DeviceState


class Device(Protocol):
    """One device as a sequence of short steps.

    A step lasts at most about half a second (opening a port: its deadline) and blocks on nothing else.
    """

    @property
    def name(self) -> str: ...

    def step(self, now: float) -> float:
        """Does the next piece of work; returns seconds until it wants to be called again.

        `now` is monotonic. Whatever it raises, the worker closes the device and calls again later.
        """

    def close(self) -> None:
        """Gives the port back. The next step opens anew."""

    def report(self) -> DeviceReport:
        """How the device is."""

    def present(self) -> bool:
        """Whether the device's port can be seen, so that back-off may end when it appears. Cheap."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Seconds. `steady_s` of work without failure forgets earlier failures."""

    backoff_first_s: float = 0.5
    backoff_max_s: float = 15.0
    appear_look_s: float = 0.5
    steady_s: float = 15.0
    wait_max_s: float = 1.0
    wedged_s: float = 15.0


DEFAULT_LIMITS = WorkerLimits()


class Worker:
    """Runs a device on a thread of its own; `DeviceWorker` in `drivers.values`.

    `on_report` is told each change of state or reason, on the device's thread.
    """

    def __init__(
        self,
        device: Device,
        *,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        on_report: Callable[[DeviceReport], None] | None = None,
        limits: WorkerLimits = DEFAULT_LIMITS,
    ) -> None:
        self._device = device
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._on_report = on_report
        self._limits = limits
        self._stopping = threading.Event()
        self._bell = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat = clock()
        self._report = device.report()
        self._told: tuple[DeviceState, str] | None = None
        self._failures_in_row = 0
        self._failures = 0
        self._deaf_listener = 0
        self._failed_at = self._beat

    @property
    def name(self) -> str:
        return self._device.name

    def start(self) -> None:
        """Begins, or begins again after `stop`. Does nothing while running."""
        if self.alive():
            return
        self._stopping.clear()
        self._beat = self._clock()
        self._thread = threading.Thread(target=self._run, name=f"device-{self.name}", daemon=True)
        self._thread.start()

    def stop(self, deadline_s: float) -> bool:
        """See DeviceWorker. A thread stuck in the kernel is left behind; it is a daemon and dies with the process."""
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join(deadline_s)
        return not self.alive()

    def wake(self) -> None:
        """Cuts the wait between two steps short. A step that blocks in a read ends within half a second anyway."""
        self._bell.set()

    def beat(self) -> float:
        """Monotonic seconds of the last sign of progress."""
        return self._beat

    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def report(self) -> DeviceReport:
        """The last report; `wedged` if the thread has shown no progress for `wedged_s`."""
        stuck_s = self._clock() - self._beat
        if self.alive() and stuck_s > self._limits.wedged_s:
            return replace(
                self._report,
                state=DeviceState.WEDGED,
                since=self._beat,
                detail=f"stuck in the system for {stuck_s:.0f} s; unplug the device or restart it",
            )
        return self._report

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            now = self._beat = self._clock()
            try:
                wait_s = self._device.step(now)
                report = self._device.report()
            except Exception as error:  # noqa: BLE001 - whatever a device does, its thread lives on
                self._rest_after(error)
            else:
                self._note_success(now)
                self._publish(report)
                if wait_s > 0:
                    self._bell.wait(min(wait_s, self._limits.wait_max_s))
        self._close_device()
        self._publish(replace(self._report, state=DeviceState.DISABLED, since=self._clock(), detail="stopped"))

    def _note_success(self, now: float) -> None:
        # Success alone is not enough: a port that opens and fails at once would be hammered.
        if self._failures_in_row and now - self._failed_at > self._limits.steady_s:
            self._failures_in_row = 0

    def _rest_after(self, error: Exception) -> None:
        self._failures += 1
        self._failures_in_row += 1
        self._failed_at = self._clock()
        self._close_device()
        state, reason = _account_of(error)
        since = self._report.since if self._report.state is state else self._failed_at
        self._publish(replace(self._report, state=state, since=since, detail=reason))
        self._back_off()

    def _back_off(self) -> None:
        limits = self._limits
        doublings = min(self._failures_in_row - 1, 10)
        full_s = min(limits.backoff_max_s, limits.backoff_first_s * 2**doublings)
        ends_at = self._clock() + full_s * self._rng.uniform(0.5, 1.0)
        was_present = self._present()
        while not self._stopping.is_set() and (left_s := ends_at - self._clock()) > 0:
            self._beat = self._clock()
            self._stopping.wait(min(left_s, limits.appear_look_s))
            is_present = self._present()
            if is_present and not was_present:
                return
            was_present = is_present

    def _present(self) -> bool:
        try:
            return self._device.present()
        except Exception:  # noqa: BLE001 - a look that fails has seen nothing; the back-off goes on
            return False

    def _close_device(self) -> None:
        try:
            self._device.close()
        except Exception as error:  # noqa: BLE001 - the port is given up either way; the failure is counted and shown
            self._failures += 1
            self._report = replace(self._report, detail=f"closing failed: {error}")

    def _publish(self, report: DeviceReport) -> None:
        counters = dict(report.counters)
        if self._failures:
            counters["failures"] = self._failures
        if self._deaf_listener:
            counters["listener_failures"] = self._deaf_listener
        self._report = replace(report, counters=counters)
        told = (report.state, report.detail)
        if self._on_report is not None and told != self._told:
            self._told = told
            try:
                self._on_report(self._report)
            except Exception:  # noqa: BLE001 - who listens badly must not take the device down; it is counted
                self._deaf_listener += 1


def _account_of(error: Exception) -> tuple[DeviceState, str]:
    if isinstance(error, DriverError):
        return error.state, str(error)
    return DeviceState.DEGRADED, f"{type(error).__name__}: {error}"
