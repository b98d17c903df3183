"""The daemon's life: devices, jobs, the API, and the watch over them. Besides devices, the only place with threads.

Whatever fails is restarted alone; systemd hears that all is well only while every beat is fresh.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import structlog
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from agent.errors import AddressTaken
from agent.events import EventBus
from agent.notify import notify
from agent.upkeep import Upkeep
from drivers.values import DeviceState, DeviceWorker

BEAT_EVERY_S = 2.0
BEAT_STALE_S = 20.0
STOP_API_S = 3
STOP_DEVICES_S = 1.0
CLOCK_JUMP_S = 2.0
BACKLOG = 128

log = structlog.get_logger("supervisor")


@dataclass(frozen=True, slots=True)
class Job:
    """A step that is run again and again. `first_after` may differ, so that a start is not slowed."""

    name: str
    step: Callable[[], None]
    every: timedelta
    first_after: timedelta
    jitter_s: int = 0


def upkeep_jobs(upkeep: Upkeep) -> tuple[Job, ...]:
    """The register's jobs and how often they run."""
    return (
        Job("spool", upkeep.spool, timedelta(seconds=30), timedelta(seconds=5)),
        Job("reference_probe", upkeep.reference_probe, timedelta(seconds=10), timedelta(seconds=1)),
        Job("checkpoint", upkeep.checkpoint, timedelta(minutes=1), timedelta(minutes=1), jitter_s=5),
        Job("ledger_file", upkeep.ledger_file, timedelta(hours=6), timedelta(seconds=15), jitter_s=60),
        Job("reference_file", upkeep.reference_file, timedelta(hours=6), timedelta(seconds=20), jitter_s=60),
        Job("forget", upkeep.forget, timedelta(hours=1), timedelta(minutes=5), jitter_s=60),
    )


def listen(host: str, port: int) -> socket.socket:
    """The API's socket, bound before anything else starts. Raises `AddressTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets that say they speak TCP; without it answers wait 40 ms for an ACK.
    line = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        line.bind((host, port))
        line.listen(BACKLOG)
    except OSError as error:
        line.close()
        raise AddressTaken(
            f"port {port} on {host} cannot be used ({error.strerror})",
            hint=f"See who has it with `ss -ltnp sport = :{port}`, or set another [api] port",
        ) from error
    return line


class Supervisor:
    """Runs one register until it is told to stop."""

    def __init__(
        self, workers: Sequence[DeviceWorker], jobs: Sequence[Job], events: EventBus, warm_up: Callable[[], None]
    ) -> None:
        self._workers = tuple(workers)
        self._jobs = tuple(jobs)
        self._events = events
        self._warm_up = warm_up
        self._stopping = threading.Event()
        self._api_beat = time.monotonic()
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._watch = threading.Thread(target=self._watch_over, name="supervisor", daemon=True)

    def run(self, app: Any, line: socket.socket) -> None:  # noqa: ANN401 - any ASGI application
        """Serves until SIGTERM or SIGINT; then finishes what runs and stops within five seconds."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=STOP_API_S,
        )
        try:
            _Server(config, self._events).run(sockets=[line])
        finally:
            self._stop()

    def ready(self) -> None:
        """The API answers: devices and jobs may start now, and systemd is told."""
        notify("READY=1")
        for worker in self._workers:
            worker.start()
        for job in self._jobs:
            self._schedule(job, after=job.first_after)
        self._scheduler.add_job(self._warm_up, id="warm_up")
        self._scheduler.start()
        self._watch.start()

    def _schedule(self, job: Job, *, after: timedelta) -> None:
        self._scheduler.add_job(
            job.step,
            "interval",
            seconds=job.every.total_seconds(),
            jitter=job.jitter_s or None,
            next_run_time=datetime.now(UTC) + after,
            id=job.name,
            replace_existing=True,
        )

    def _watch_over(self) -> None:
        """Restarts dead workers, feeds the watchdog, and mends the jobs' calendar when the clock jumps."""
        drift = time.time() - time.monotonic()
        while not self._stopping.wait(BEAT_EVERY_S):
            for worker in self._workers:
                if not worker.alive():
                    log.warning("device_restarted", device=worker.name)
                    worker.start()
            self._events.soon(self._api_lives)
            if self._fresh():
                notify("WATCHDOG=1")
            # APScheduler waits for wall-clock times: after a backward jump an interval job would sleep through it.
            if abs(time.time() - time.monotonic() - drift) > CLOCK_JUMP_S:
                drift = time.time() - time.monotonic()
                log.warning("clock_jumped", jobs="rescheduled")
                for job in self._jobs:
                    self._schedule(job, after=job.every)

    def _fresh(self) -> bool:
        """Whether API and workers made progress lately; a port that the kernel holds is shown, no restart mends it."""
        oldest = time.monotonic() - BEAT_STALE_S
        workers = all(
            worker.beat() >= oldest or worker.report().state is DeviceState.WEDGED for worker in self._workers
        )
        return workers and self._api_beat >= oldest

    def _api_lives(self) -> None:
        self._api_beat = time.monotonic()

    def _stop(self) -> None:
        notify("STOPPING=1")
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for worker in self._workers:
            if not worker.stop(STOP_DEVICES_S):
                log.warning("device_stuck", device=worker.name)
        log.info("stopped")


class _Server(uvicorn.Server):
    """Ends the event streams first: they would never end by themselves. Outlives the signal that ends it."""

    def __init__(self, config: uvicorn.Config, events: EventBus) -> None:
        super().__init__(config)
        self._events = events
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            # Else uvicorn raises the signal once more: the process would die of it with its stores still open.
            self._captured_signals.clear()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._events.close)
