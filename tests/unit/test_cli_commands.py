"""The command line without a running register: words, exit codes, JSON."""

import errno
import hashlib
import json
import os
import pty
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.errors import Exit
from cli.main import end, main
from loyalty.programme.schema import programme_schema

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
HEAVY = set("agent.services apscheduler cli.compose httpx litestar loyalty PIL rich.console structlog uvicorn".split())


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    exit: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def kopilka(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command line in this process."""

    def call(*arguments: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write the configuration of a register that has never run."""
    file = tmp_path / "register.toml"
    file.write_text('data = "data"\n[register]\nid = "R1"\nstore = "S1"\n', encoding="utf-8")
    return file


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n")


# The command itself


def test_the_version_is_told(kopilka) -> None:
    """Whoever reports a fault could not say which release has it."""
    assert kopilka("--version").out.startswith("kopilka 0.")


def test_an_unknown_option_is_refused(kopilka) -> None:
    """A misspelt option would silently do something else than was asked for."""
    said = kopilka("status", "--jsno")

    assert said.exit == Exit.USAGE
    assert "--jsno" in said.err


def loaded(script: str) -> set[str]:
    """Give the modules of a new process after that script."""
    script = f"import sys\ntry:\n    {script}\nexcept SystemExit:\n    pass\nsys.stderr.write(' '.join(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(ended.stderr.splitlines()[-1].split())


def test_help_starts_light() -> None:
    """Looking up an option on a small register would take longer than asking somebody."""
    assert not loaded("from cli.main import main; main(['--help'])") & {*HEAVY, "agent.settings", "pydantic"}


def test_status_starts_light(config: Path) -> None:
    """A monitor that asks every minute would keep a small register's processor busy with imports."""
    assert not loaded(f"from cli.main import main; main(['status', '--config', {str(config)!r}])") & HEAVY


def test_a_terminal_gets_colours_and_a_pipe_gets_none(config: Path) -> None:
    """Red is seen from across the counter; in a ticket it would be a heap of brackets."""
    command = [sys.executable, "-m", "cli.main", "doctor", "--config", str(config)]

    def shown(**environment: str) -> str:
        ours, theirs = pty.openpty()
        try:
            subprocess.run(command, stdout=theirs, stderr=theirs, check=False, cwd=ROOT, env=os.environ | environment)
            os.close(theirs)
            return read_all(ours)
        finally:
            os.close(ours)

    piped = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout
    assert "\x1b[31mfail\x1b[0m  daemon" in shown()
    assert "\x1b[31m" not in shown(NO_COLOR="1")
    assert "\x1b" not in piped
    assert "fail  daemon" in piped


def read_all(terminal: int) -> str:
    """Read what a process wrote to its terminal until it closed it."""
    text = b""
    try:
        while data := os.read(terminal, 65_536):
            text += data
    except OSError:
        pass  # Linux says EIO where the other end is closed
    return text.decode()


def test_a_fault_of_ours_is_shown_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A bug that looked like the shop's own mistake would never be reported, and a card number in it must not be."""
    code = end(RuntimeError("no such thing as 2900001234566"))

    said = capsys.readouterr().err
    assert code == Exit.FAULT
    assert "RuntimeError" in said
    assert "this is a fault of kopilka" in said
    assert "2900001234566" not in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the system refuses: No space left on device. "),
        (PermissionError(errno.EACCES, "Permission denied", "/etc/x"), "/etc/x: Permission denied. "),
    ],
)
def test_what_the_system_refuses_is_one_line(capsys: pytest.CaptureFixture[str], error: OSError, said: str) -> None:
    """A full disk is the shop's to mend, and must not look like a fault of the program."""
    assert end(error) == Exit.REFUSED

    line = capsys.readouterr().err
    assert line.startswith(said)
    assert one_line(line)


# Configuration


def test_a_missing_configuration_is_one_line(kopilka, tmp_path: Path) -> None:
    """A screenful of Python would hide that only a path was mistyped."""
    for command in (["run"], ["status"], ["doctor"], ["ledger", "tail"], ["ledger", "verify"], ["ledger", "rebuild"]):
        said = kopilka(*command, "--config", tmp_path / "nope.toml")

        assert said.exit == Exit.USAGE
        assert "nope.toml: No such file or directory." in said.err
        assert one_line(said.err)


def test_every_problem_of_a_configuration_has_its_line(kopilka, tmp_path: Path) -> None:
    """Correcting one mistake per start takes a morning with a queue at the counter."""
    file = tmp_path / "register.toml"
    file.write_text(
        'data = "data"\nnonsense = 1\n[register]\nid = "R 1"\nstore = "S1"\n[api]\nhost = "0.0.0.0"\n', encoding="utf-8"
    )

    for command in (["config", "check", file], ["run", "--config", file]):
        said = kopilka(*command)

        assert said.exit == Exit.FOUND_WRONG
        paths = sorted(line.split(": ")[1] for line in said.err.splitlines())
        assert paths == ["api.host", "nonsense", "register.id"]


def test_settings_that_no_device_could_work_with_are_found(kopilka, config: Path) -> None:
    """A register would start with a scanner that can never be opened, and nobody would know why."""
    with config.open("a", encoding="utf-8") as stream:
        stream.write(
            '[[cards]]\nlength = 12\ncheck = "ean13"\n'
            '[[scanners]]\nname = "left"\nport = "/dev/ttyS0"\nbaud = 9601\nframe_ms_max = 200\nidle_gap_ms = 300\n'
            '[printer]\nport = "tcp://printer:what"\nprofile = "typewriter"\n'
        )

    said = kopilka("config", "check", config, "--json")

    assert said.exit == Exit.FOUND_WRONG
    assert {problem["path"] for problem in said.json()["problems"]} == {
        "cards.0.length",
        "scanners.0.baud",
        "scanners.0.frame_ms_max",
        "printer.port",
        "printer.profile",
    }


def test_a_right_configuration_is_told_so(kopilka, config: Path) -> None:
    """Silence leaves open whether anything was checked at all."""
    said = kopilka("config", "check", config)

    assert said.exit == Exit.DONE
    assert "is right: register R1 of store S1" in said.out


def test_the_environment_names_the_configuration(kopilka, config: Path, monkeypatch) -> None:
    """Two registers on one machine could not be told apart without writing the path each time."""
    monkeypatch.setenv("KOPILKA_CONFIG", str(config))

    assert kopilka("status").exit == Exit.NOT_RUNNING


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another account")
def test_another_account_changes_nothing(kopilka, config: Path) -> None:
    """A file that root wrote could not be opened by the daemon, which would not start the next morning."""
    data = config.parent / "data"
    data.mkdir()
    os.chown(data, 12345, 12345)
    file = config.parent / "m.csv"
    file.write_text("id\nm-1\n", encoding="utf-8")

    for command in (["import", "members", file], ["run"], ["ledger", "rebuild"]):
        said = kopilka(*command, "--config", config)

        assert said.exit == Exit.REFUSED
        assert "belong to 12345. Run it as that account: sudo -u 12345 kopilka" in said.err
        assert one_line(said.err)
    assert list(data.iterdir()) == []


# Tokens


def test_a_token_and_its_lines_fit(kopilka, config: Path) -> None:
    """A POS whose token does not match what was pasted is locked out, and nobody can read the token again."""
    said = kopilka("token", "new", "pos-1", "--config", config)

    token = said.out.splitlines()[0].rpartition(" ")[2]
    (client,) = tomllib.loads(said.out[said.out.index("[[clients]]") :])["clients"]
    assert client == {
        "name": "pos-1",
        "role": "pos",
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
    }
    assert len(token) >= 43  # 256 bits


def test_the_screens_token_comes_with_its_address(kopilka, config: Path) -> None:
    """A cashier cannot be asked to type forty characters."""
    with config.open("a", encoding="utf-8") as stream:
        stream.write("[api]\nport = 8799\n")

    said = kopilka("token", "new", "counter", "--role", "screen", "--config", config, "--json")

    assert said.json()["page"] == f"http://127.0.0.1:8799/#token={said.json()['token']}"


def test_a_token_needs_no_configuration_yet(kopilka, tmp_path: Path) -> None:
    """The token is made while the configuration is still being written."""
    said = kopilka("token", "new", "counter", "--role", "screen", "--config", tmp_path / "later.toml")

    assert said.exit == Exit.DONE
    assert "http://127.0.0.1:8787/#token=" in said.out


def test_a_name_that_the_configuration_refuses_makes_no_token(kopilka, config: Path) -> None:
    """The pasted lines would keep the register from starting."""
    said = kopilka("token", "new", "касса", "--config", config)

    assert said.exit == Exit.USAGE
    assert "NAME" in said.err


# Programmes


def run_arguments(at: str = "2026-11-22T19:04:00+03:00") -> list[object]:
    return ["programme", "run", EXAMPLES / "programme.json", EXAMPLES / "basket.json", "--at", at]


def test_a_guest_is_priced_without_facts(kopilka) -> None:
    """An integrator's first try, without facts, would fail for no reason that they could see."""
    said = kopilka(*run_arguments(), "--json")

    assert said.exit == Exit.DONE
    assert said.json()["totals"] == {
        "shelf": "1025.38",
        "discount": "0.00",
        "points_spent": "0.00",
        "to_pay": "1025.38",
    }


def test_an_instant_is_the_same_however_it_is_written(kopilka) -> None:
    """The evening's discount would depend on who wrote the time."""
    facts = ["--facts", EXAMPLES / "facts.json", "--json"]
    hashes = {
        kopilka(*run_arguments(at), *facts).json()["hash"]
        for at in ("2026-11-22T19:04:00+03:00", "2026-11-22T16:04:00Z", "2026-11-22T16:04:00+00:00")
    }

    assert len(hashes) == 1


@pytest.mark.parametrize("at", ["yesterday", "2026-11-22T19:04:00", "2026-11-22"])
def test_a_time_that_could_mean_two_is_refused(kopilka, at: str) -> None:
    """Without its offset an instant is another one on the next machine."""
    said = kopilka(*run_arguments(at))

    assert said.exit == Exit.USAGE
    assert one_line(said.err)
    assert "2026-11-22T19:04:00+03:00" in said.err


def test_every_problem_of_a_basket_has_its_path(kopilka, tmp_path: Path) -> None:
    """An integrator would find one mistake per try."""
    basket = tmp_path / "basket.json"
    basket.write_text('{"lines":[{"sku":"A","quantity":"0","price":1.5},{"price":"1"}],"x":1}', encoding="utf-8")

    said = kopilka("programme", "run", EXAMPLES / "programme.json", basket)

    assert said.exit == Exit.FOUND_WRONG
    assert {line.split(": ")[1] for line in said.err.splitlines()} == {
        "x",
        "lines[0].price",
        "lines[0].quantity",
        "lines[1].sku",
        "lines[1].quantity",
    }


def test_a_basket_that_is_no_json_is_one_line(kopilka, tmp_path: Path) -> None:
    """A stray comma would look like a fault of the program."""
    basket = tmp_path / "basket.json"
    basket.write_text("{,}", encoding="utf-8")

    said = kopilka("programme", "run", EXAMPLES / "programme.json", basket)

    assert said.exit == Exit.FOUND_WRONG
    assert one_line(said.err)


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_programme_is_one_line(kopilka, tmp_path: Path, command: str) -> None:
    """A mistyped name would look like a bad programme."""
    basket = [EXAMPLES / "basket.json"] if command == "run" else []

    said = kopilka("programme", command, tmp_path / "nope.json", *basket)

    assert said.exit == Exit.USAGE
    assert "nope.json: No such file or directory." in said.err
    assert one_line(said.err)


def test_a_sound_programme_shows_what_it_does(kopilka) -> None:
    """Whoever writes a programme wants to see a receipt, not only that it parses."""
    said = kopilka("programme", "check", EXAMPLES / "programme.json")

    assert said.exit == Exit.DONE
    assert "sound" in said.out
    assert "silver-5 −" in said.out
    assert "earns" in said.out


def test_every_error_of_a_programme_has_its_path(kopilka, tmp_path: Path) -> None:
    """A programme with ten mistakes would be carried to the register ten times."""
    document = json.loads((EXAMPLES / "programme.json").read_bytes())
    document["currency"] = "roubles"
    document["promotions"][0]["rewards"][0]["percent"] = 5.5
    document["promotions"][1]["when"] = {"moon": "full"}
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document), encoding="utf-8")

    said = kopilka("programme", "check", file, "--json")

    assert said.exit == Exit.FOUND_WRONG
    paths = {problem["path"] for problem in said.json()["errors"]}
    assert {"currency", "promotions[0].rewards[0].percent"} <= paths
    assert any(path.startswith("promotions[1].when") for path in paths)


def test_a_time_zone_that_is_nowhere_is_found(kopilka, tmp_path: Path) -> None:
    """The register would stop at its first sale, looking for a town that does not exist."""
    document = json.loads((EXAMPLES / "programme.json").read_bytes()) | {"time_zone": "Europe/Nowhere"}
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document), encoding="utf-8")

    said = kopilka("programme", "check", file)

    assert said.exit == Exit.FOUND_WRONG
    assert "time_zone" in said.out


def test_what_cannot_be_meant_is_found(kopilka, tmp_path: Path) -> None:
    """Two promotions in dispute would make a receipt depend on nothing that anybody wrote."""
    document = json.loads((EXAMPLES / "programme.json").read_bytes())
    twin = document["promotions"][0] | {"id": "twin"}
    document["promotions"].append(twin)
    document["promotions"][1].pop("valid")
    file = tmp_path / "p.json"
    file.write_text(json.dumps(document), encoding="utf-8")

    said = kopilka("programme", "check", file, "--json")

    assert said.exit == Exit.FOUND_WRONG
    assert "order_matters" in {problem["code"] for problem in said.json()["errors"]}
    assert "no_end_no_budget" in {problem["code"] for problem in said.json()["warnings"]}
    assert said.json()["sample_receipt"]["totals"]["shelf"] == "2672.38"


def test_the_schema_is_the_models(kopilka) -> None:
    """An editor would underline what the register takes, or let through what it refuses."""
    assert kopilka("programme", "schema").json() == json.loads(json.dumps(programme_schema()))
