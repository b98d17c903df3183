"""The command line beside a register that runs, and in its way: real processes, a real lock, a real port."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cli.errors import Exit
from cli.main import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
WAIT_S = 30.0


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    exit: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def command(*arguments: object, config: Path) -> Said:
    """Run a command as a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, arguments), "--config", str(config)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def kopilka(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in this process, where it configures nothing for good."""

    def call(*arguments: object, config: Path) -> Said:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), "--config", str(config)])
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="module")
def selling(kit: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A register that runs, with members, cards and one sale."""
    register = kit.RegisterProcess(tmp_path_factory.mktemp("selling") / "register").bring().start()
    body = kit.basket("129.90", card=kit.ANNA.card, redeem="10")
    register.client().put("/v1/receipts/S7-R2-1", json=body).raise_for_status()
    yield register
    register.close()


# Beside the daemon


def test_status_of_a_running_register(kopilka, selling) -> None:
    """Store IT asks from a distance whether the shop can sell."""
    said = kopilka("status", config=selling.config)

    assert said.exit == Exit.DONE
    assert said.out.startswith("register   R2 of store S7, epoch 1")
    assert "ready since" in said.out
    assert "test-shop, version 1" in said.out


def test_status_as_json(kopilka, selling) -> None:
    """A monitor reads fields, not sentences."""
    now = kopilka("status", "--json", config=selling.config).json()

    assert (now["running"], now["pid"], now["ledger"]["state"]) == (True, selling.pid, "ok")
    assert now["ledger"]["entries"] == 3  # two opening balances, one sale


def test_status_of_a_register_whose_ledger_broke(kopilka, new_register) -> None:
    """A monitor that only sees a process would report a shop as well that refuses every sale."""
    register = new_register().bring()
    with closing(sqlite3.connect(register.data / "ledger.db")) as connection, connection:
        connection.execute("UPDATE entry SET hash = zeroblob(32) WHERE seq = 2")
    register.start()

    said = kopilka("status", config=register.config)
    assert said.exit == Exit.LEDGER
    assert "sales with points are refused" in said.out
    assert "kopilka doctor" in said.err
    doctor = kopilka("doctor", "--json", config=register.config)
    assert doctor.exit == Exit.FOUND_WRONG
    assert {"ledger", "sales"} <= {check["check"] for check in doctor.json()["checks"] if check["state"] == "fail"}


def test_the_doctor_beside_a_running_register(kopilka, selling) -> None:
    """The first call of a support line: everything at once, and nothing failed that is well."""
    said = kopilka("doctor", "--json", config=selling.config)

    checks = {check["check"]: check for check in said.json()["checks"]}
    assert {name for name, check in checks.items() if check["state"] == "fail"} == set()
    assert said.exit == Exit.DONE
    assert str(selling.pid) in checks["daemon"]["found"]
    assert {"config", "api", "ledger", "members", "programme", "sqlite", "clock", "disk", "keys"} <= set(checks)


def test_the_tail_shows_a_sale(kopilka, selling) -> None:
    """A customer stands there and asks where their points went."""
    said = kopilka("ledger", "tail", "-n", 1, config=selling.config)

    (line,) = said.out.splitlines()
    for words in ("sale", "m-anna", "S7-R2-1", "116.00", "bonus"):
        assert words in line


def test_the_ledger_verifies_while_the_register_sells(kopilka, selling) -> None:
    """A shop that had to close for the check would never make it."""
    said = kopilka("ledger", "verify", config=selling.config)

    assert said.exit == Exit.DONE
    assert "chain whole, balances of 2 members right" in said.out


def test_a_tail_follows(selling, kit: ModuleType) -> None:
    """Whoever watches a till sell must see the sale that just happened."""
    arguments = ["ledger", "tail", "-n", "1", "--follow", "--json", "--config", str(selling.config)]
    watching = subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert watching.stdout is not None
        watching.stdout.readline()
        selling.client().put("/v1/receipts/S7-R2-seen", json=kit.basket("10.00")).raise_for_status()
        line = json.loads(watching.stdout.readline())
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=WAIT_S)
    assert line["entry"]["facts"]["receipt"] == "S7-R2-seen"
    assert watching.returncode == 130


def test_an_import_reaches_the_running_register(kopilka, selling, tmp_path: Path) -> None:
    """A new member could not be brought in without closing the shop, or would be brought in twice."""
    file = tmp_path / "new.csv"
    file.write_text("id,points.bonus\nm-new,70\n", encoding="utf-8")

    first = kopilka("import", "members", file, "--json", config=selling.config)
    again = kopilka("import", "members", file, "--json", config=selling.config)

    assert first.exit == again.exit == Exit.DONE
    assert (first.json()["rows"], first.json()["openings"]) == (1, 1)
    assert (again.json()["rows"], again.json()["openings"]) == (1, 0)
    assert selling.cli_client().get("/v1/members/m-new").json()["wallets"][0]["balance"] == "70"
    assert list((selling.data / "incoming").iterdir()) == []


def test_refused_rows_are_listed(kopilka, selling, tmp_path: Path) -> None:
    """Of ten thousand members the three wrong ones must be found again, and no card number told."""
    file = tmp_path / "cards.csv"
    rows = [f"29{number:011},m-anna" for number in range(5)] + [f"28{number:011},2800000000017" for number in range(30)]
    file.write_text("\n".join(["card,member", *rows]), encoding="utf-8")

    said = kopilka("import", "cards", file, config=selling.config)

    assert said.exit == Exit.REFUSED
    assert "cards.csv: 5 rows imported" in said.out
    assert said.out.count("  row ") == 20
    assert "row 7 " in said.out
    assert "2800000000017" not in said.out
    assert "30 rows were refused, the first 20 are listed" in said.err


def test_a_bad_programme_changes_nothing(kopilka, selling, tmp_path: Path) -> None:
    """A programme with mistakes must not price a single receipt, and each mistake has its place."""
    document = json.loads((EXAMPLES / "programme.json").read_bytes()) | {"currency": "roubles", "version": 1.5}
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(document), encoding="utf-8")

    said = kopilka("import", "programme", file, config=selling.config)

    assert said.exit == Exit.REFUSED
    assert said.err.startswith("bad.json was not imported, nothing was changed.")
    assert {line.split(":")[0] for line in said.err.splitlines()[1:]} == {"currency", "version"}
    assert selling.cli_client().get("/v1/status").json()["programme"]["id"] == "test-shop"


def test_an_older_programme_is_refused_in_one_line(kopilka, selling, kit: ModuleType, tmp_path: Path) -> None:
    """Going back to older rules by accident would be noticed by customers first."""
    file = tmp_path / "p.json"
    file.write_bytes(kit.programme_file(business_day_starts="03:00"))

    said = kopilka("import", "programme", file, config=selling.config)

    assert said.exit == Exit.REFUSED
    assert "a version only rises" in said.err
    assert said.err.count("\n") == 1


def test_a_missing_file_is_one_line(kopilka, selling) -> None:
    """A typing mistake must look like one."""
    said = kopilka("import", "members", "nope.csv", config=selling.config)

    assert said.exit == Exit.USAGE
    assert said.err == "nope.csv: No such file or directory. Check the file's name and that you may read it\n"


def test_what_a_killed_import_left_is_swept(kopilka, selling, tmp_path: Path) -> None:
    """A file of card numbers would lie in the open folder for years."""
    incoming = selling.data / "incoming"
    incoming.mkdir(exist_ok=True)
    left, waiting = incoming / "left", incoming / "waiting"
    left.write_text("card,member\n", encoding="utf-8")
    waiting.write_text("card,member\n", encoding="utf-8")
    os.utime(left, (time.time() - 200_000, time.time() - 200_000))
    file = tmp_path / "c.csv"
    file.write_text("sku\nMILK\n", encoding="utf-8")

    assert kopilka("import", "catalogue", file, config=selling.config).exit == Exit.DONE
    assert [path.name for path in incoming.iterdir()] == ["waiting"]
    waiting.unlink()


# In each other's way


def test_a_second_register_is_refused(selling) -> None:
    """Two daemons on one ledger would each sell the same points."""
    said = command("run", config=selling.config)

    assert said.exit == Exit.REFUSED
    assert f"another kopilka owns this register (pid {selling.pid}," in said.err
    assert "systemctl stop kopilka" in said.err
    assert said.err.count("\n") == 1


def test_a_taken_port_is_named(new_register) -> None:
    """The program that took the port is found in seconds, not by restarting the machine."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        register = new_register(api={"port": port})

        said = command("run", config=register.config)

    assert said.exit == Exit.REFUSED
    assert f"port {port} on 127.0.0.1 cannot be used (Address already in use)" in said.err
    assert said.err.count("\n") == 1


def test_a_lost_key_stops_the_start(new_register) -> None:
    """A register that made itself a new key would know no card any more, and say nothing."""
    register = new_register().bring()
    (register.data / "keys" / "card-lookup.key").unlink()

    said = command("run", config=register.config)

    assert said.exit == Exit.REFUSED
    assert "card-lookup.key" in said.err
    assert "backup" in said.err
    assert said.err.count("\n") == 1


def test_a_register_stops_when_it_is_told(new_register) -> None:
    """systemd would kill it after ten seconds, in the middle of whatever it does."""
    register = new_register().start()

    began = time.monotonic()
    assert register.terminate() == 0
    assert time.monotonic() - began < 5
    assert command("status", config=register.config).exit == Exit.NOT_RUNNING
    events = [json.loads(line) for line in register.log().splitlines()]
    assert "ready" in [event["event"] for event in events]


# Without the daemon


def test_an_import_without_the_daemon(new_register, kit: ModuleType) -> None:
    """A register is filled before its first day, and tells what it refused as well as the daemon does."""
    register = new_register()
    programme, members = register.folder / "p.json", register.folder / "m.csv"
    programme.write_bytes(kit.PROGRAMME.read_bytes())
    members.write_text("id,tier,points.bonus\nm-1,gold,5\nm-2,tin,5\n", encoding="utf-8")

    assert command("import", "programme", programme, config=register.config).exit == Exit.DONE
    said = command("import", "members", members, "--json", config=register.config)

    assert said.exit == Exit.REFUSED
    assert said.json()["refused_rows"] == [{"row": 3, "why": "tier tin is none of the programme's: base, gold"}]
    assert register.verdict().entries == 1
    assert not any(path.stat().st_mode & 0o077 for path in register.data.rglob("*"))


def test_an_import_from_standard_input(new_register, kit: ModuleType) -> None:
    """The register's account may not read the file in store IT's own folder."""
    register = new_register()
    arguments = ["import", "programme", "-", "--json", "--config", str(register.config)]
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        input=kit.PROGRAMME.read_bytes(),
        capture_output=True,
        timeout=WAIT_S,
        check=True,
    )

    assert json.loads(ended.stdout)["file"] == "stdin"


def test_a_bad_programme_without_the_daemon(new_register) -> None:
    """The same file must be refused in the same words, whether the daemon runs or not."""
    register = new_register()
    file = register.folder / "bad.json"
    file.write_text('{"format": "kopilka.programme/1"}', encoding="utf-8")

    said = command("import", "programme", file, config=register.config)

    assert said.exit == Exit.REFUSED
    assert said.err.startswith("bad.json was not imported, nothing was changed.")
    assert "currency: is required" in said.err
