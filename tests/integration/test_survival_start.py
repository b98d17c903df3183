"""Starting beside others and without devices: one clear line, or a register that sells and waits for the rest."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.errors import AlreadyRunning
from agent.instance import InstanceLock, running
from drivers.virtual.scanner import VirtualScanner

REFUSED = 3
"""Exit code of a command that the register refused; docs/cli.md."""
DEVICE_S = 30.0
STOP_S_MAX = 5.0
STARTS = 200


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def test_a_busy_port_is_said_in_one_line(new_register: Callable[..., Any], kit: Any) -> None:
    """Store IT would read a page of traceback at six in the morning, and not learn which program is in the way."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        register = new_register(api={"port": port})
        code = register.launch().wait(kit.START_S)

    assert code == REFUSED
    [line] = register.log().splitlines()
    assert f"port {port}" in line
    assert "ss -ltnp" in line


def test_a_second_instance_is_refused_naming_the_first(new_register: Callable[..., Any], kit: Any) -> None:
    """Two daemons on one ledger would write two chains; the one that is refused must say whom to stop."""
    first = new_register().bring().start()
    second = kit.RegisterProcess(first.folder)
    second.log_file = first.folder / "second.log"

    code = second.launch().wait(kit.START_S)

    assert code == REFUSED
    [line] = second.log().splitlines()
    assert f"pid {first.pid}" in line
    assert "systemctl stop kopilka" in line
    with first.client() as client:
        assert client.put("/v1/receipts/K1", json=kit.basket("10.00")).status_code == 201


def test_who_looks_for_the_daemon_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    """`kopilka status` at the wrong moment would make a register refuse to start, and nobody could say why."""
    done = threading.Event()
    found = []

    def look() -> None:
        while not done.is_set():
            found.append(running(tmp_path))

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    refused = 0
    for _ in range(STARTS):
        try:
            InstanceLock(tmp_path, since=datetime.now(UTC)).release()
        except AlreadyRunning:
            refused += 1
    done.set()
    for looker in lookers:
        looker.join()

    assert found
    assert refused == 0


def test_absent_devices_are_shown_and_join_later(new_register: Callable[..., Any], kit: Any, tmp_path: Path) -> None:
    """A shop whose printer is still off in the morning could not sell, or would lose the slips of the first hour."""
    port, link = free_port(), tmp_path / "scanner"
    register = new_register(
        scanners=[{"name": "counter", "port": str(link)}],
        printer={"port": f"tcp://127.0.0.1:{port}", "profile": "epson-tm-t20"},
    )
    register.bring().start()
    with register.client() as client:

        def states() -> dict[str, str]:
            return {device["kind"]: device["state"] for device in client.get("/v1/devices").json()["devices"]}

        kit.wait_until(
            lambda: states() == {"scanner": "absent", "printer": "absent"}, seconds=DEVICE_S, what="both absent"
        )
        sold = client.put("/v1/receipts/K1", json=kit.basket("100.00", card=kit.ANNA.card)).json()
        [slip] = client.get("/v1/slips").json()["slips"]
        assert (slip["id"], slip["state"]) == (sold["slip"]["id"], "queued")

        printer, scanner = kit.PrinterOnTcp(port), VirtualScanner(link)
        try:
            assert printer.device.wait_for_strips(1, DEVICE_S)
            assert kit.printed_keys(printer.lines()) == ["sale K1"]
            kit.wait_until(
                lambda: client.get(f"/v1/slips/{slip['id']}").json()["state"] == "printed",
                seconds=DEVICE_S,
                what="the slip is known as printed",
            )
            kit.wait_until(lambda: states()["scanner"] == "ready", seconds=DEVICE_S, what="the scanner is ready")
            with client.stream("GET", "/v1/events") as events:
                lines = events.iter_lines()
                next(lines)
                scanner.send(kit.ANNA.card)
                name = ""
                while name != "event: identified":
                    name, data = next(lines), next(lines)
            assert json.loads(data.removeprefix("data: "))["member"]["id"] == kit.ANNA.id
        finally:
            scanner.close()
            printer.close()
    assert register.terminate() == 0


def test_sigterm_ends_it_soon_even_while_screens_listen(new_register: Callable[..., Any]) -> None:
    """A register that does not stop is killed by the service manager, in the middle of whatever it does."""
    register = new_register().bring().start()
    with register.client() as client, client.stream("GET", "/v1/events") as events:
        next(events.iter_lines())
        began = time.monotonic()

        code = register.terminate()

    assert code == 0
    assert time.monotonic() - began < STOP_S_MAX
    assert "stopped" in register.log()
    # Closed, not dropped: nothing is left for the next start to recover.
    assert not (register.data / "ledger.db-wal").exists()
    assert running(register.data) is None
