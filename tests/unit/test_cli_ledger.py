"""The ledger and the status of a register whose daemon does not run."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.instance import InstanceLock
from cli.errors import Exit
from cli.main import main

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.fixture
def sold(services, tmp_path: Path) -> Path:
    """Give the configuration of a stopped register with two opening balances in its ledger."""
    rows = "id,points.bonus\nm-vera,40\n"
    services.importer("members", "more.csv", rows.encode())
    services.ledger.close()
    services.reference.close()
    return tmp_path / "register.toml"


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n")


# A register that does not run


def test_a_stopped_register_says_so_and_what_to_do(kopilka, config: Path) -> None:
    """A monitor must tell a register that is down from one that is well."""
    said = kopilka("status", "--config", config)

    assert said.exit == Exit.NOT_RUNNING
    assert "R1 of store S1" in said.out
    assert said.err == "the register does not run. Start it with: systemctl start kopilka\n"


def test_a_stopped_register_still_counts_its_entries(kopilka, sold: Path) -> None:
    """Whoever looks after a crash wants to know at once whether the sales are there."""
    said = kopilka("status", "--config", sold, "--json")

    assert said.exit == Exit.NOT_RUNNING
    assert said.json() == {"running": False, "register": {"id": "R1", "store": "S1"}, "ledger": {"entries": 2}}


def test_a_starting_register_is_not_called_stopped(kopilka, config: Path) -> None:
    """Somebody would start it a second time."""
    lock = InstanceLock(config.parent / "data", since=datetime.now(UTC))
    try:
        said = kopilka("status", "--config", config)
    finally:
        lock.release()

    assert said.exit == Exit.NOT_RUNNING
    assert "it is starting" in said.err


def test_a_status_beside_a_broken_configuration_still_answers(kopilka, sold: Path) -> None:
    """A half-edited file must not blind whoever wants to know whether the register runs."""
    with sold.open("a", encoding="utf-8") as stream:
        stream.write("[api]\nport = 99999999\n")

    assert kopilka("status", "--config", sold).exit == Exit.NOT_RUNNING


# The ledger without its daemon


def test_the_tail_is_the_newest_last(kopilka, sold: Path) -> None:
    """The entry that somebody looks for is the one that was written last."""
    said = kopilka("ledger", "tail", "-n", 1, "--config", sold)

    (line,) = said.out.splitlines()
    assert line.split()[0] == "2"
    assert "m-vera" in line
    assert "+40 bonus" in line


def test_the_tails_json_is_the_exports(kopilka, sold: Path) -> None:
    """A tool that reads one would stumble over the other."""
    tail = kopilka("ledger", "tail", "--json", "--config", sold).out.splitlines()
    exported = kopilka("ledger", "export", "--config", sold).out.splitlines()

    assert tail == exported[1:]


def test_a_whole_ledger_verifies(kopilka, sold: Path) -> None:
    """A check that cries at a sound ledger would be ignored when it is right."""
    said = kopilka("ledger", "verify", "--config", sold, "--json")

    assert said.exit == Exit.DONE
    assert (said.json()["whole"], said.json()["entries"], said.json()["members"]) == (True, 2, 2)


def test_a_register_without_a_ledger_says_so(kopilka, config: Path) -> None:
    """An empty answer would look like lost sales."""
    for command in ("tail", "verify", "export"):
        said = kopilka("ledger", command, "--config", config)

        assert said.exit == Exit.LEDGER
        assert "ledger.db is not there" in said.err
        assert one_line(said.err)


def tamper(config: Path, statement: str) -> None:
    with closing(sqlite3.connect(config.parent / "data" / "ledger.db")) as connection, connection:
        connection.execute(statement)


def scribble(config: Path) -> None:
    """Overwrite the middle of the file, as a dying disk does."""
    file = config.parent / "data" / "ledger.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE entry SET hash = zeroblob(32) WHERE seq = 1", "entry 1"),
        ("DELETE FROM entry WHERE seq = 1", "entry 2"),
        ("UPDATE lot SET points = points + 1 WHERE member = 'm-vera'", "m-vera"),
    ],
)
def test_a_changed_ledger_is_found_and_named(kopilka, sold: Path, statement: str, named: str) -> None:
    """Points written into the file by hand would be paid out."""
    tamper(sold, statement)

    said = kopilka("ledger", "verify", "--config", sold)

    assert said.exit == Exit.FOUND_WRONG
    assert named in said.err
    assert "restore the newest backup" in said.err
    assert one_line(said.err)


def test_a_scribbled_ledger_is_one_line(kopilka, sold: Path) -> None:
    """A disk fault must end in words on what to do, for each command that reads the ledger."""
    scribble(sold)

    verified = kopilka("ledger", "verify", "--config", sold)
    assert verified.exit == Exit.FOUND_WRONG
    assert "is damaged" in verified.err
    for command in ("tail", "export", "rebuild"):
        said = kopilka("ledger", command, "--config", sold)
        assert said.exit in (Exit.LEDGER, Exit.FOUND_WRONG)
        assert one_line(said.err), said.err


def test_an_export_can_be_checked_by_the_script_of_the_manual(kopilka, sold: Path, tmp_path: Path) -> None:
    """An auditor who follows docs/ledger.md must come to the same head, and see a changed line."""
    manual = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    script = manual.split("```python\n")[1].split("```")[0]
    export, forged = tmp_path / "ledger.jsonl", tmp_path / "forged.jsonl"
    kopilka("ledger", "export", "--out", export, "--config", sold)
    head = kopilka("ledger", "verify", "--config", sold, "--json").json()["head"]
    forged.write_bytes(export.read_bytes().replace(b'"points":40', b'"points":41'))

    def check(file: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", script, file], capture_output=True, text=True, check=False)

    assert check(export).stdout == f"2 entries, head {head}\n"
    assert check(forged).returncode != 0
    assert "entry 2" in check(forged).stderr


def test_an_export_overwrites_nothing(kopilka, sold: Path, tmp_path: Path) -> None:
    """Yesterday's proof would be gone."""
    file = tmp_path / "ledger.jsonl"
    file.write_text("yesterday", encoding="utf-8")

    said = kopilka("ledger", "export", "--out", file, "--config", sold)

    assert said.exit == Exit.USAGE
    assert file.read_text(encoding="utf-8") == "yesterday"


def test_an_export_is_private(kopilka, sold: Path, tmp_path: Path) -> None:
    """Who buys what is nobody else's business on that machine."""
    file = tmp_path / "ledger.jsonl"
    kopilka("ledger", "export", "--out", file, "--config", sold)

    assert file.stat().st_mode & 0o777 == 0o600


def test_a_rebuilt_ledger_is_the_same_ledger(kopilka, sold: Path) -> None:
    """After a disk fault the shop goes on with every sale that it had."""
    before = kopilka("ledger", "export", "--config", sold).out
    head = kopilka("ledger", "verify", "--config", sold, "--json").json()["head"]

    said = kopilka("ledger", "rebuild", "--config", sold, "--json")

    assert said.exit == Exit.DONE
    assert said.json()["head"] == head
    assert kopilka("ledger", "export", "--config", sold).out == before
    with closing(sqlite3.connect(said.json()["kept"])) as kept:
        assert kept.execute("SELECT count(*) FROM entry").fetchone() == (2,)


def test_a_rebuild_refuses_a_broken_chain(kopilka, sold: Path) -> None:
    """A rebuild must not make a forged ledger look mended."""
    tamper(sold, "UPDATE entry SET hash = zeroblob(32) WHERE seq = 2")
    file = sold.parent / "data" / "ledger.db"
    inode = file.stat().st_ino

    said = kopilka("ledger", "rebuild", "--config", sold)

    assert said.exit == Exit.LEDGER
    assert "only the first 1 entries" in said.err
    assert "Nothing was replaced" in said.err
    assert file.stat().st_ino == inode
    assert sorted(path.name for path in file.parent.glob("ledger.db*") if "rebuil" in path.name) == []


def test_a_rebuild_waits_for_the_daemon_to_stop(kopilka, sold: Path) -> None:
    """Two processes with two ledgers would each sell the same points."""
    lock = InstanceLock(sold.parent / "data", since=datetime.now(UTC))
    try:
        said = kopilka("ledger", "rebuild", "--config", sold)
    finally:
        lock.release()

    assert said.exit == Exit.REFUSED
    assert "another kopilka owns this register" in said.err


def test_a_file_that_is_no_database_is_kept(kopilka, sold: Path) -> None:
    """What cannot be mended here may still be read by somebody else: it must stay as it is."""
    file = sold.parent / "data" / "ledger.db"
    for side in ("-wal", "-shm"):
        file.with_name(file.name + side).unlink(missing_ok=True)
    file.write_bytes(b"not a database at all" * 1_000)
    copy = shutil.copy(file, file.parent.parent / "copy")

    said = kopilka("ledger", "rebuild", "--config", sold)

    assert said.exit == Exit.LEDGER
    assert "Nothing was replaced" in said.err
    assert file.read_bytes() == Path(copy).read_bytes()
