"""A register inside the test's own process, with clocks that the test sets; its API without a socket.

Loaded by path from tests/integration/conftest.py, since tests/ has no packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from litestar.testing import TestClient
from prometheus_client import CollectorRegistry

from agent.api.app import build_app
from agent.api.gate import Client, Gate
from agent.keyring import token_hash
from agent.services import Services
from agent.settings import read_settings
from agent.upkeep import Upkeep
from cli.compose.register import Folder, build_services

TOKEN = "token-inside"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept-Language": "en"}


@dataclass
class Clocks:
    """The machine's clocks: `wall` may be wrong or jump, `monotonic` (seconds) only goes on."""

    wall: datetime = datetime(2026, 11, 22, 16, 4, tzinfo=UTC)
    monotonic: float = 1_000.0

    def go_on(self, by: timedelta) -> None:
        """Time passes for both."""
        self.wall += by
        self.monotonic += by.total_seconds()


class RegisterInside:
    """One register of a folder. `api` calls its routes with a POS token; `services` are what they call."""

    def __init__(self, config: Path, *, wall: datetime | None = None) -> None:
        self.clocks = Clocks() if wall is None else Clocks(wall)
        self._settings = read_settings(config)
        self.data = self._settings.data
        self.open()

    def open(self) -> None:
        """Begins, on whatever lies in the folder."""
        self.services: Services = build_services(
            self._settings, wall=lambda: self.clocks.wall, monotonic=lambda: self.clocks.monotonic
        )
        self.upkeep = Upkeep(self.services)
        app = build_app(
            self.services,
            Gate({token_hash(TOKEN): Client("pos", "pos")}, allowed_origins=()),
            self._settings.api,
            incoming=Folder(self.data).incoming,
            metrics=CollectorRegistry(),
            on_ready=lambda: None,
        )
        self.api: TestClient[Any] = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        self.api.headers.update(HEADERS)
        self.api.__enter__()

    def bring(self, files: Mapping[str, bytes]) -> "RegisterInside":
        """Imports files through the importer."""
        for kind, contents in files.items():
            self.services.importer(kind, f"{kind}.file", contents)
        return self

    def restart(self) -> None:
        """Ends and begins anew on the same folder, with the clocks as they are."""
        self.close()
        self.open()

    def close(self) -> None:
        """Ends it."""
        self.api.__exit__(None, None, None)
        self.services.ledger.close()
        self.services.reference.close()

    def confirm(self, key: str, basket: Mapping[str, Any]) -> dict[str, Any]:
        """Confirms a basket that must be taken; the answer."""
        response = self.api.put(f"/v1/receipts/{key}", json=basket)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def status(self) -> dict[str, Any]:
        """How the register says it is."""
        document: dict[str, Any] = self.api.get("/v1/status").json()
        return document
