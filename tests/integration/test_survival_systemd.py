"""What systemd is told, by the real process over a real notification socket."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_S = 15.0


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(PATIENCE_S)
        yield line


def heard_until(systemd: socket.socket, wanted: str) -> list[str]:
    heard: list[str] = []
    deadline = time.monotonic() + PATIENCE_S
    while wanted not in heard and time.monotonic() < deadline:
        heard.append(systemd.recv(256).decode())
    return heard


def test_systemd_hears_when_it_is_ready_that_it_lives_and_when_it_stops(
    new_register, systemd: socket.socket, tmp_path: Path
) -> None:
    """A register that never says READY is killed at start; one that never says WATCHDOG, every thirty seconds."""
    register = new_register(env={"NOTIFY_SOCKET": str(tmp_path / "notify")})
    register.bring().start()
    assert heard_until(systemd, "READY=1")[-1] == "READY=1"
    assert register.client().get("/healthz").is_success
    assert heard_until(systemd, "WATCHDOG=1")[-1] == "WATCHDOG=1"
    began = time.monotonic()
    register.terminate()
    assert heard_until(systemd, "STOPPING=1")[-1] == "STOPPING=1"
    assert time.monotonic() - began < PATIENCE_S
