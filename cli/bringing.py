"""Bringing a file to the register: through the daemon where it runs, else with the register's data in our own hands."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from agent.instance import InstanceLock, Running, running
from cli.api_client import api_of
from cli.configuration import Place, act_as_register, settings_of
from cli.errors import Declined
from cli.files import write_durably

Kind = Literal["members", "cards", "catalogue", "programme"]
Report = dict[str, Any]

NAME_BYTES = 16
LEFT_BEHIND_S = 86_400
"""A file that waited so long belongs to a command that was killed; it holds card numbers."""


def bring(place: Place, config: Path, *, kind: Kind, name: str, data: bytes) -> Report:
    """Imports `data`; what that did, as the API reports it.

    Raises `Declined`, `NotRunning`, `WrongUser`, and where no daemon runs `BadSettings`, `AgentError`.
    """
    act_as_register(place.data)
    holder = running(place.data)
    if holder is None:
        return _by_ourselves(config, kind=kind, name=name, data=data)
    return _through(holder, place, kind=kind, name=name, data=data)


def _through(holder: Running, place: Place, *, kind: Kind, name: str, data: bytes) -> Report:
    incoming = place.folder.incoming
    incoming.mkdir(mode=0o700, exist_ok=True)
    _sweep(incoming)
    waiting = incoming / token_hex(NAME_BYTES)
    try:
        write_durably(waiting, data)
        with api_of(holder, place.folder.cli_token) as api:
            return api.bring(kind=kind, file=waiting.name, name=name)
    except Declined as error:
        if not error.details:
            raise
        raise _refused(name, error.details) from error
    finally:
        waiting.unlink(missing_ok=True)


def _by_ourselves(config: Path, *, kind: Kind, name: str, data: bytes) -> Report:
    from agent.api.office import import_report
    from cli.compose.register import build_services
    from cli.logs import configure_for_command
    from loyalty.errors import BadDocument

    settings = settings_of(config)
    configure_for_command()
    lock = InstanceLock(settings.data, since=datetime.now(UTC))
    try:
        services = build_services(settings)
        try:
            return import_report(services.importer(kind, name, data))
        except BadDocument as error:
            raise _refused(name, tuple(map(str, error.problems))) from error
        finally:
            services.ledger.close()
            services.reference.close()
    finally:
        lock.release()


def _refused(name: str, problems: tuple[str, ...]) -> Declined:
    return Declined(f"{name} was not imported, nothing was changed", "Correct these places first", problems)


def _sweep(incoming: Path) -> None:
    for left in incoming.iterdir():
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - LEFT_BEHIND_S:
                left.unlink()
