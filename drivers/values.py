"""What devices say and are told: plain values and the few protocols around them.

The one module of `drivers` that the register's daemon may import.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What became of one frame from a scanner. Only `ok` reaches the till."""

    OK = "ok"
    PARTIAL = "partial"
    MERGED = "merged"
    DUPLICATE = "duplicate"
    BAD_CHECKSUM = "bad_checksum"
    NOISE = "noise"
    PARITY_SUSPECT = "parity_suspect"
    WRONG_LAYOUT = "wrong_layout"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Scan:
    """One frame, classified.

    `payload` is the code without AIM identifier; empty where the verdict forbids keeping it (a bank card).
    `kind` is the name of the matched rule's kind (`card`) or `code` for anything else that is sound.
    `received_at` is the monotonic time in seconds of the last byte.
    """

    device: str
    verdict: Verdict
    payload: str
    kind: str
    received_at: float
    symbology: str | None = None
    rule: str | None = None
    reason: str = ""

    @property
    def masked(self) -> str:
        """The payload as logs and screens may show it."""
        return masked(self.payload)


SHORT_CODE = 8
"""Codes with fewer characters would show themselves through their mask."""


def masked(code: str) -> str:
    """First two and last four characters of a card's code, the rest dots; short codes all dots."""
    if len(code) < SHORT_CODE:
        return "•" * len(code)
    return f"{code[:2]}{'•' * (len(code) - 6)}{code[-4:]}"


class DeviceState(StrEnum):
    """How a device is. `unknown` is never shown or treated as fine."""

    ABSENT = "absent"
    OPENING = "opening"
    READY = "ready"
    DEGRADED = "degraded"
    BUSY_ELSEWHERE = "busy_elsewhere"
    BACKOFF = "backoff"
    WEDGED = "wedged"
    DISABLED = "disabled"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    ERROR = "error"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """A device's state as screens, `kopilka status` and `kopilka doctor` show it.

    `detail` says in English what is wrong and what to do; `counters` counts verdicts or jobs.
    `since` is monotonic seconds of the last change of state.
    """

    name: str
    kind: str
    port: str
    state: DeviceState
    since: float
    detail: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)


class Evidence(StrEnum):
    """How a printer proved that it printed, best first."""

    PROCESS_ID = "A"
    IN_ORDER_REPLY = "B"
    STATUS_AROUND = "C"
    WRITE_ONLY = "D"


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Frozen bytes of one slip."""

    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer proved it, by this tier of evidence (never D)."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class SentUnconfirmed:
    """Bytes left the machine and nothing proves the print: never sent again by itself."""

    evidence: Evidence
    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte left the machine: the job may be tried again."""

    why: str


PrintOutcome = Printed | SentUnconfirmed | NotSent


class JobSource(Protocol):
    """Where a printer takes its jobs from: the spool.

    Order of calls for one job: `next_job`, then `sending` (durable before the first byte) unless the
    outcome is `NotSent`, then `finished`.
    """

    def next_job(self) -> PrintJob | None:
        """Claims the oldest queued job, or None."""

    def sending(self, job_id: str) -> None:
        """Commits that bytes are about to leave. After this the job is never retried by itself."""

    def finished(self, job_id: str, outcome: PrintOutcome) -> None:
        """Stores the outcome.

        Called again with `Printed` for a job that was `SentUnconfirmed` when the printer's answer came late.
        """


class ScanSink(Protocol):
    """Who is told of each scan, on the device's own thread; must return quickly and not raise."""

    def __call__(self, scan: Scan, /) -> None: ...


class DeviceWorker(Protocol):
    """One device with the thread that owns it, as the supervisor sees it."""

    @property
    def name(self) -> str: ...

    def start(self) -> None: ...

    def stop(self, deadline_s: float) -> bool:
        """Asks the thread to end; False if it did not within the deadline (a port stuck in the kernel)."""

    def wake(self) -> None:
        """Cuts the worker's wait short: there is a job."""

    def beat(self) -> float:
        """Monotonic seconds of the worker's last sign of progress."""

    def alive(self) -> bool: ...

    def report(self) -> DeviceReport: ...
