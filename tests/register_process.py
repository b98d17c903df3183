"""A register as a process of its own, for tests that mistreat it: killed, starved, damaged, asked by many at once.

Loaded by path from tests/integration/conftest.py and from tests/e2e, since tests/ has no packages.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from agent.instance import InstanceLock, running
from agent.keyring import token_hash
from agent.settings import Settings, read_settings
from agent.stores.database import connect_reader
from agent.stores.readings import LedgerReadings
from agent.stores.verification import ChainVerdict, links, verify_ledger
from cli.compose.register import build_services
from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.wires import TcpWire
from drivers.worker import Worker
from loyalty.ledger.entry import Entry, read_entry

ROOT = Path(__file__).resolve().parents[1]
PROGRAMME = ROOT / "tests" / "data" / "programme.json"
COMMAND = (sys.executable, "-m", "cli.main", "run", "--config")

START_S = 30.0
STOP_S = 15.0
ANSWER_S = 15.0
LOOK_EVERY_S = 0.005

TOKENS = {name: f"token-of-{name}" for name in ("pos", "pos-2", "pos-3", "pos-4", "screen")}


@dataclass(frozen=True)
class Customer:
    """Somebody with a card, as the files to import have them. `points` opens their account."""

    id: str
    card: str
    name: str
    points: int = 0
    status: str = "active"


ANNA = Customer("m-anna", "2900001234566", "Анна Петровна Невидимкина", points=5_000)
BORIS = Customer("m-boris", "2900009876547", "Борис Тишайший", points=40)
VERA = Customer("m-vera", "2900005550001", "Вера Запретная", status="blocked")
CUSTOMERS = (ANNA, BORIS, VERA)
STRANGER = "2900007770003"


class StartFailed(Exception):
    """The register did not become ready; the message is what it said."""


def members_file(customers: Iterable[Customer] = CUSTOMERS) -> bytes:
    """The members as CSV."""
    rows = [f"{one.id},{one.name},{one.status},{one.points or ''}" for one in customers]
    return "\n".join(["id,name,status,points.bonus", *rows, ""]).encode()


def cards_file(customers: Iterable[Customer] = CUSTOMERS) -> bytes:
    """Their cards as CSV."""
    return "\n".join(["card,member", *(f"{one.card},{one.id}" for one in customers), ""]).encode()


def programme_file(**changes: Any) -> bytes:
    """The test programme with other values at its top."""
    return json.dumps({**json.loads(PROGRAMME.read_bytes()), **changes}).encode()


def imports(customers: Iterable[Customer] = CUSTOMERS) -> dict[str, bytes]:
    """What a register needs to sell, by kind, in order."""
    people = tuple(customers)
    return {"programme": PROGRAMME.read_bytes(), "members": members_file(people), "cards": cards_file(people)}


def basket(*prices: str, card: str | None = None, redeem: str | None = None, quantity: str = "1") -> dict[str, Any]:
    """A basket as a POS sends it: one line for each price."""
    document: dict[str, Any] = {
        "lines": [
            {"id": str(number), "sku": f"SKU-{number}", "kind": "goods", "quantity": quantity, "price": price}
            for number, price in enumerate(prices, start=1)
        ]
    }
    if card is not None:
        document["card"] = {"code": card}
    if redeem is not None:
        document["redeem"] = {"bonus": redeem}
    return document


def without_card(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same basket as a guest's."""
    return {name: value for name, value in document.items() if name not in ("card", "redeem")}


def settings_of(data: str = "data", **sections: Any) -> dict[str, Any]:
    """The configuration of a register for tests; `sections` replace or extend whole tables."""
    document: dict[str, Any] = {
        "data": data,
        "register": {"id": "R2", "store": "S7", "shop": "Лавка «У реки»", "locale": "en"},
        "api": {"port": 0, "requests_per_second": 100_000},
        "clients": [
            {"name": name, "role": name.partition("-")[0], "token_sha256": token_hash(token)}
            for name, token in TOKENS.items()
        ],
        "cards": [{"name": "card", "prefix": "29", "length": 13}],
    }
    for name, section in sections.items():
        document[name] = {**document[name], **section} if isinstance(document.get(name), dict) else section
    return document


def as_toml(document: Mapping[str, Any]) -> str:
    """Tables, lists of tables and plain values; JSON's way of writing plain values is TOML's too."""
    plain, tables = [], []
    for name, value in document.items():
        if isinstance(value, dict):
            tables += [f"[{name}]", *(f"{key} = {json.dumps(inner)}" for key, inner in value.items())]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                tables += [f"[[{name}]]", *(f"{key} = {json.dumps(inner)}" for key, inner in entry.items())]
        else:
            plain.append(f"{name} = {json.dumps(value)}")
    return "\n".join([*plain, *tables, ""])


def write_settings(folder: Path, **sections: Any) -> Path:
    """The configuration file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "register.toml"
    file.write_text(as_toml(settings_of(**sections)), encoding="utf-8")
    return file


def bring(settings: Settings, files: Mapping[str, bytes]) -> None:
    """Imports files as `kopilka import` does while no daemon runs."""
    lock = InstanceLock(settings.data, since=datetime.now(UTC))
    try:
        services = build_services(settings)
        try:
            for kind, contents in files.items():
                services.importer(kind, f"{kind}.file", contents)
        finally:
            services.ledger.close()
            services.reference.close()
    finally:
        lock.release()


@dataclass
class RegisterProcess:
    """One register: its folder, and the process that runs it now, if any.

    `prefix` goes before the command (strace, unshare, faketime); `env` is added to the environment.
    """

    folder: Path
    sections: dict[str, Any] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.config = write_settings(self.folder, **self.sections)
        self.settings = read_settings(self.config)
        self.data = self.settings.data
        self.log_file = self.folder / "register.log"
        self.pid = 0
        self.address = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[httpx.Client] = []

    def bring(self, files: Mapping[str, bytes] | None = None) -> "RegisterProcess":
        """Imports what a register needs to sell, before its start."""
        bring(self.settings, imports() if files is None else files)
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        """Starts the process and waits for nothing."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.prefix, *COMMAND, str(self.config)],
                cwd=ROOT,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own, so that what a prefix started ends with it.
                start_new_session=True,
            )
        return self._process

    def start(self) -> "RegisterProcess":
        """Starts the process and waits until it answers. Raises `StartFailed` with what it said."""
        process = self.launch()
        ends_at = time.monotonic() + START_S
        while time.monotonic() < ends_at and process.poll() is None:
            found = running(self.data)
            # A file that an earlier process left names that one until the new one has written its own.
            if found is not None and found.port and self._is_ours(found.pid):
                self.pid, self.address = found.pid, f"http://{found.host}:{found.port}"
                if httpx.get(f"{self.address}/healthz", timeout=ANSWER_S, trust_env=False, verify=False).is_success:
                    return self
            time.sleep(LOOK_EVERY_S)
        raise StartFailed(self.log())

    def _is_ours(self, pid: int) -> bool:
        """Whether `pid` is the process that was launched, or what the prefix launched for it."""
        launched = self._process.pid if self._process is not None else 0
        if not self.prefix or pid == launched:
            return pid == launched
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return False
        return int(stat.rpartition(")")[2].split()[1]) == launched

    def client(self, name: str | None = "pos", **headers: str) -> httpx.Client:
        """Calls to the API with that client's token, without one for None."""
        if name is not None:
            headers["Authorization"] = f"Bearer {TOKENS[name]}"
        client = httpx.Client(
            base_url=self.address,
            headers={"Accept-Language": "en", **headers},
            timeout=ANSWER_S,
            trust_env=False,
            # Certificates are read for every client, also for one that never speaks TLS.
            verify=False,
        )
        self._clients.append(client)
        return client

    def cli_client(self) -> httpx.Client:
        """Calls with the command line's own token."""
        return self.client(None, Authorization=f"Bearer {(self.data / 'cli.token').read_text(encoding='ascii')}")

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is said. The answers under way are lost."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        return self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        if process.poll() is None:
            os.kill(self.pid or process.pid, number)
        code = process.wait(STOP_S)
        self._process, self.pid, self.address = None, 0, ""
        return code

    def close(self) -> None:
        """Whatever still runs ends."""
        for client in self._clients:
            client.close()
        process = self._process
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_S)
        self._process = None

    def log(self) -> str:
        """Everything the process said so far, on either stream."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A look into ledger.db, beside the process or after it."""
        with closing(connect_reader(self.data / "ledger.db")) as connection:
            return connection.execute(query).fetchall()

    def entries(self) -> list[Entry]:
        """Every entry of the chain, oldest first."""
        with closing(connect_reader(self.data / "ledger.db")) as connection:
            return [read_entry(data) for _, data, _ in links(connection, 1)]

    def verdict(self) -> ChainVerdict:
        """The whole chain walked, every balance posted anew."""
        return verify_ledger(LedgerReadings(self.data / "ledger.db"))


class PrinterOnTcp:
    """A virtual printer on a thread of its own, which stays switched on while registers come and go."""

    def __init__(self, port: int = 0) -> None:
        self.device = VirtualPrinter("printer", TcpWire(port=port))
        self._worker = Worker(self.device)
        self._worker.start()

    @property
    def section(self) -> dict[str, Any]:
        """The table of a register's configuration that leads here."""
        return {"port": self.device.address, "profile": "epson-tm-t20"}

    def lines(self) -> list[str]:
        """Every line on every strip, in the order of printing."""
        return [line.strip() for strip in self.device.strips for line in strip.text().splitlines()]

    def close(self) -> None:
        """Switches it off."""
        self._worker.stop(STOP_S)


def printed_keys(lines: list[str]) -> list[str]:
    """What each slip on the paper tells of: `sale KEY`, or `return KEY` with the return's own key."""
    found = []
    for number, line in enumerate(lines):
        if sale := re.fullmatch(r"Receipt (\S+)", line):
            found.append(f"sale {sale[1]}")
        elif re.fullmatch(r"of receipt (\S+)", line):
            found.append(f"return {lines[number - 1]}")
    return found


def wait_until(holds: Callable[[], object], *, seconds: float, what: str) -> None:
    """Waits for something to hold; fails in words where it does not."""
    ends_at = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends_at:
            raise AssertionError(f"after {seconds:g} s still not: {what}")
        time.sleep(LOOK_EVERY_S)
