"""A register to measure: its folder and configuration, its process, and a client that talks to it as a POS does."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from agent.instance import running
from agent.keyring import token_hash
from agent.settings import Settings, read_settings
from benchmarks.goods import CARD_PREFIX, REGISTER, STORE

ROOT = Path(__file__).resolve().parents[1]
CONFIG_FILE = "register.toml"
DATA_FOLDER = "register"
LOG_FILE = "register.log"
TOKEN = "benchmark"  # noqa: S105 - opens a register that lives for seconds on loopback
CLIENT = "pos"

READY_S = 60.0
STOP_S = 8.0
DEVICES_S = 20.0
ANSWER_S = 30.0
LOOK_EVERY_S = 0.002
CHUNK = 65_536
HEAD_ENDS = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length:"
IMPORT_S = 900.0

Document = dict[str, Any]


class RegisterFailed(Exception):
    """The register did not do what the measurement needs; the message names its log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register said."""

    status: int
    data: bytes

    @property
    def body(self) -> Document:
        return msgspec.json.decode(self.data, type=Document)


class Pos:
    """One kept connection to the register's API, no more than a socket: what is measured is the other end."""

    def __init__(self, port: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\nAccept-Language: en\r\n"

    def close(self) -> None:
        self._line.close()

    def get(self, path: str) -> Answer:
        return self._say("GET", path, b"")

    def post(self, path: str, body: Document) -> Answer:
        return self._say("POST", path, msgspec.json.encode(body))

    def put(self, path: str, body: Document) -> Answer:
        return self._say("PUT", path, msgspec.json.encode(body))

    def _say(self, method: str, path: str, data: bytes) -> Answer:
        kind = "Content-Type: application/json\r\n" if data else ""
        self._line.sendall(f"{method} {path}{self._head}{kind}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        received = b""
        while HEAD_ENDS not in received:
            received = self._more(received)
        head, _, body = received.partition(HEAD_ENDS)
        length = int(head.lower().partition(LENGTH)[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body = self._more(body)
        return Answer(int(head.split(b" ", 2)[1]), body)

    def _more(self, data: bytes) -> bytes:
        received = self._line.recv(CHUNK)
        if not received:
            raise ConnectionResetError("the register hung up")
        return data + received


@dataclass(frozen=True, slots=True)
class Register:
    """A register's process that answers."""

    pid: int
    port: int
    folder: Path


def settings_of(folder: Path, *, port: int = 0, printer: str | None = None, scanner: str | None = None) -> Settings:
    """Writes a register's configuration into `folder` and reads it as the register does."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / CONFIG_FILE
    file.write_text(_toml(port, printer, scanner), encoding="utf-8")
    return read_settings(file)


@contextmanager
def register_at(folder: Path) -> Iterator[Register]:
    """Runs `kopilka run` on a configured folder until the block ends. Raises `RegisterFailed`."""
    process = start(folder)
    try:
        yield Register(process.pid, wait_for_port(folder, process), folder)
    finally:
        stop(process)


def start(folder: Path) -> subprocess.Popen[bytes]:
    """The register's process, not yet ready."""
    with (folder / LOG_FILE).open("ab") as log:
        return subprocess.Popen(
            kopilka("run", folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **surroundings()
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the register as systemd does."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_port(folder: Path, process: subprocess.Popen[bytes]) -> int:
    """Waits until the register has said where its API answers. Raises `RegisterFailed`."""
    data = folder / DATA_FOLDER
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RegisterFailed(f"the register ended with {process.returncode}; its log: {folder / LOG_FILE}")
        now = running(data)
        if now is not None and now.port:
            return now.port
        time.sleep(LOOK_EVERY_S)
    raise RegisterFailed(f"the register was not ready in {READY_S:.0f} s; its log: {folder / LOG_FILE}")


def wait_for_devices(pos: Pos) -> None:
    """Waits until every device of the register is ready. Raises `RegisterFailed`."""
    deadline = time.monotonic() + DEVICES_S
    while time.monotonic() < deadline:
        if all(device["state"] == "ready" for device in pos.get("/v1/devices").body["devices"]):
            return
        time.sleep(LOOK_EVERY_S)
    raise RegisterFailed(f"the devices were not ready in {DEVICES_S:.0f} s")


def bring(folder: Path, kind: str, file: Path) -> Document:
    """`kopilka import`, and what it reports. Raises `RegisterFailed` where anything was refused."""
    command = [*kopilka("import", folder, kind, str(file)), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=IMPORT_S, check=False, **surroundings())
    if done.returncode:
        raise RegisterFailed(f"import of {kind} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return msgspec.json.decode(done.stdout, type=Document)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def kopilka(verb: str, folder: Path, *arguments: str) -> list[str]:
    """The command line of one of our commands for that register."""
    return [sys.executable, "-m", "cli.main", verb, *arguments, "--config", str(folder / CONFIG_FILE)]


def surroundings() -> dict[str, Any]:
    """Folder and environment of our commands: this very code, whatever folder a person is in."""
    # Settings of the person's own register must not reach the measured one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOPILKA_")}
    return {"cwd": ROOT, "env": environment}


def _toml(port: int, printer: str | None, scanner: str | None) -> str:
    """A TOML string is written as JSON writes it."""
    text = f"""\
data = {json.dumps(DATA_FOLDER)}

[register]
id = "{REGISTER}"
store = "{STORE}"
shop = "The Measured Shop"
locale = "en"

[api]
port = {port}
requests_per_second = 100000

[[clients]]
name = "{CLIENT}"
token_sha256 = "{token_hash(TOKEN)}"

[[cards]]
prefix = "{CARD_PREFIX}"
length = 13
check = "ean13"

[logs]
level = "warning"
"""
    if scanner is not None:
        text += f'\n[[scanners]]\nname = "counter"\nport = {json.dumps(scanner)}\nrepeat_ms = 0\n'
    if printer is not None:
        text += f'\n[printer]\nport = {json.dumps(printer)}\nprofile = "epson-tm-t20"\n'
    return text
