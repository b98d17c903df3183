"""The whole examination, in the order in which one thing rests on another."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.errors import BadSettings
from agent.instance import Running, running
from agent.settings import Settings
from cli.api_client import api_of
from cli.configuration import Place, place_of, settings_of
from cli.doctor.clock import check_clock
from cli.doctor.devices import check_devices
from cli.doctor.files import check_files
from cli.doctor.findings import Finding, fail, ok, warn
from cli.doctor.ledger import check_ledger, check_sqlite, newest_time
from cli.doctor.reference import check_reference
from cli.errors import START, CliError

SLOW_MS = 1_000


def examine(config: Path) -> Iterator[Finding]:
    """Every check that can be made; a wrong configuration leaves out those that need all of it.

    Raises `NoFile`, `BadSettings`, `WrongUser` where not even the data folder can be found.
    """
    place = place_of(config)
    settings: Settings | None = None
    try:
        settings = settings_of(config)
        yield ok("config", f"{config} is right")
    except BadSettings as error:
        for path, why in error.problems:
            yield fail("config", f"{path}: {why}" if path else why, f"Correct {config}")
    yield from check_files(place.folder)
    holder = running(place.data)
    status: dict[str, Any] | None = None
    if holder is None:
        yield fail("daemon", "does not run", START)
    else:
        yield ok("daemon", f"runs (pid {holder.pid}, since {holder.since})")
        finding, status = _ask(holder, place)
        yield finding
    yield check_sqlite()
    yield from check_ledger(place.folder)
    if status is not None and status["ledger"]["state"] != "ok":
        yield fail("sales", "money operations are refused", status["ledger"]["detail"])
    yield from check_reference(place.folder)
    if settings is not None:
        yield check_clock(newest_time(place.folder), wall=datetime.now(UTC), not_before=settings.clock.not_before)
        states = {device["name"]: device for device in status["devices"]} if status is not None else None
        yield from check_devices(settings, states, daemon_pid=holder.pid if holder else None)


def _ask(holder: Running, place: Place) -> tuple[Finding, dict[str, Any] | None]:
    try:
        with api_of(holder, place.folder.cli_token) as api:
            asked = time.monotonic()
            status = api.status()
            took_ms = round((time.monotonic() - asked) * 1000)
    except CliError as error:
        return fail("api", error.what, error.todo), None
    if took_ms > SLOW_MS:
        return warn("api", f"answered in {took_ms} ms", "Look at the machine's load"), status
    return ok("api", f"answered in {took_ms} ms"), status
