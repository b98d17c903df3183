"""Each of the doctor's checks, against folders, ports and clocks that are made for it."""

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.clock import milliseconds
from agent.settings import read_settings
from cli.doctor.clock import check_clock
from cli.doctor.devices import INTRUDERS, check_devices, check_port
from cli.doctor.examination import examine
from cli.doctor.files import check_files
from cli.doctor.findings import Finding, State
from cli.doctor.ledger import check_ledger, check_sqlite, newest_time
from cli.doctor.reference import check_reference
from cli.folder import Folder
from drivers.port_finder import resolve
from loyalty.ledger.entry import EntryTime


@pytest.fixture
def folder(services, tmp_path: Path) -> Folder:
    """Give the folder of a stopped register that has sold nothing yet and opened one balance."""
    services.ledger.close()
    services.reference.close()
    return Folder(tmp_path / "data")


def states(findings: Iterable[Finding]) -> dict[str, State]:
    return {finding.check: finding.state for finding in findings}


def found(findings: Iterable[Finding], check: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.check == check]
    return finding


def settings(tmp_path: Path, more: str = "") -> Any:
    file = tmp_path / "devices.toml"
    file.write_text(f'data = "data"\n[register]\nid = "R1"\nstore = "S1"\n{more}', encoding="utf-8")
    return read_settings(file)


# Files


def test_a_sound_folder_passes(folder: Folder) -> None:
    """A doctor who finds fault with the healthy is not called again."""
    assert {states(check_files(folder))[check] for check in ("data folder", "keys")} == {State.OK}


def test_an_open_folder_is_found(folder: Folder) -> None:
    """Anybody on the machine could read what customers bought."""
    folder.data.chmod(0o755)

    finding = found(check_files(folder), "data folder")
    assert finding.state is State.FAIL
    assert finding.todo == f"chmod 700 {folder.data}"


def test_an_open_key_is_found(folder: Folder) -> None:
    """A copied key turns a copied database back into card numbers."""
    (folder.keys / "record.key").chmod(0o644)

    finding = found(check_files(folder), "keys")
    assert finding.state is State.FAIL
    assert finding.todo == f"chmod 600 {folder.keys / 'record.key'}"


def test_a_lost_key_is_found(folder: Folder) -> None:
    """No card would be known any more, and the reason would be looked for in the scanner."""
    (folder.keys / "card-lookup.key").unlink()

    finding = found(check_files(folder), "keys")
    assert finding.state is State.FAIL
    assert "card-lookup.key" in finding.found
    assert "backup" in finding.todo


def test_a_cut_key_is_found(folder: Folder) -> None:
    """A key from a half-restored backup would open nothing."""
    (folder.keys / "record.key").write_bytes(b"short")

    assert "5 bytes" in found(check_files(folder), "keys").found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another account")
def test_a_file_of_another_account_is_found(folder: Folder) -> None:
    """The daemon would not start after somebody worked on its data as root."""
    os.chown(folder.ledger, 12345, 12345)

    finding = found(check_files(folder), "data folder")
    assert finding.state is State.FAIL
    assert "ledger.db" in finding.found
    assert finding.todo.startswith("chown")


def test_a_register_that_never_ran_is_not_ill(tmp_path: Path) -> None:
    """A fresh installation must not greet its installer with failures of the data that it will make."""
    fresh = Folder(tmp_path / "data")

    findings = [*check_files(fresh), *check_ledger(fresh), *check_reference(fresh)]
    assert State.FAIL not in states(findings).values()
    assert newest_time(fresh) is None


# The ledger


def test_a_sound_ledger_passes(folder: Folder) -> None:
    """The newest entry and its hash are what the next sale builds on."""
    finding = found(check_ledger(folder), "ledger")

    assert finding.state is State.OK
    assert "1 entry" in finding.found


def test_a_wrong_head_is_found(folder: Folder) -> None:
    """The next sale would be chained to an entry that somebody changed."""
    with closing(sqlite3.connect(folder.ledger)) as connection, connection:
        connection.execute("UPDATE entry SET hash = zeroblob(32)")

    finding = found(check_ledger(folder), "ledger")
    assert finding.state is State.FAIL
    assert "entry 1 has another hash" in finding.found
    assert "ledger verify" in finding.todo


def test_a_file_that_is_no_ledger_is_found(folder: Folder) -> None:
    """A dying disk must show in the doctor's report, not in its traceback."""
    for side in ("-wal", "-shm"):
        folder.ledger.with_name(f"ledger.db{side}").unlink(missing_ok=True)
    folder.ledger.write_bytes(b"nothing" * 5_000)

    assert found(check_ledger(folder), "ledger").state is State.FAIL
    assert newest_time(folder) is None


def test_slips_that_need_a_person_are_found(folder: Folder) -> None:
    """A slip that may have printed stays open until somebody looks at the paper."""
    with closing(sqlite3.connect(folder.ledger)) as connection, connection:
        connection.execute(
            "INSERT INTO slip (key, state, queued_ms, expires_ms, changed_ms, bytes_hash, columns)"
            " VALUES ('k', 'sent_unconfirmed', 0, 0, 0, zeroblob(32), 32)"
        )

    finding = found(check_ledger(folder), "slips")
    assert finding.state is State.WARN
    assert "1 slip may have printed" in finding.found


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ((3, 6, 23), True),
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 60, 0), True),
    ],
)
def test_the_race_in_sqlite_is_told_by_its_version(version: tuple[int, int, int], *, fixed: bool) -> None:
    """Store IT must know which of the two guards holds: the library's, or ours."""
    said = check_sqlite(version)

    assert ("without the WAL-reset race" in said.found) == fixed
    assert ("one connection writes" in said.found) != fixed
    assert said.state is State.OK


# The reference


def test_members_and_programme_pass(folder: Folder) -> None:
    """What is here is told, so that an import that went to another register is noticed."""
    findings = list(check_reference(folder))

    assert found(findings, "members").found == "2 members, 2 cards"
    assert found(findings, "programme").state is State.OK


def test_looking_does_not_write(folder: Folder) -> None:
    """A doctor beside the daemon would be a second writer, which the daemon relies on not to be there."""
    before = folder.reference.read_bytes(), folder.ledger.read_bytes()

    list(check_reference(folder))
    list(check_ledger(folder))

    assert (folder.reference.read_bytes(), folder.ledger.read_bytes()) == before


def test_a_damaged_reference_is_found(folder: Folder) -> None:
    """Every card would be unknown, and nobody would think of the file."""
    for side in ("-wal", "-shm"):
        folder.reference.with_name(f"ref.db{side}").unlink(missing_ok=True)
    folder.reference.write_bytes(b"nothing" * 5_000)

    assert found(check_reference(folder), "members").state is State.FAIL


def test_a_programme_that_warns_is_told(services, programme: dict[str, Any], tmp_path: Path) -> None:
    """A promotion without an end costs money every day until somebody asks."""
    programme["promotions"][0].pop("valid")
    programme["version"] = 2
    services.importer("programme", "p.json", json.dumps(programme).encode())
    services.ledger.close()
    services.reference.close()

    finding = found(check_reference(Folder(tmp_path / "data")), "programme")
    assert finding.state is State.WARN
    assert "promotions[0]" in finding.found


def test_a_register_without_a_programme_is_told(open_register, tmp_path: Path) -> None:
    """The first sale of the day would be the one to find out."""
    register = open_register()
    register.ledger.close()
    register.reference.close()

    findings = list(check_reference(Folder(tmp_path / "data")))
    assert found(findings, "programme").state is State.FAIL
    assert found(findings, "members").state is State.WARN


# The clock


NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def at(moment: datetime) -> EntryTime:
    return EntryTime(rule_ms=milliseconds(moment), wall_ms=milliseconds(moment), source="wall")


def test_a_clock_behind_the_receipts_is_found() -> None:
    """A dead battery would give away yesterday's promotions."""
    finding = check_clock(at(NOON), wall=NOON - timedelta(days=3), not_before=None)

    assert finding.state is State.WARN
    assert "behind the newest receipt" in finding.found
    assert "timedatectl" in finding.todo


def test_a_clock_far_ahead_is_found() -> None:
    """A clock in another decade would let every point expire."""
    wall = NOON + timedelta(days=500)

    assert "ahead" in check_clock(at(NOON), wall=wall, not_before=None).found
    assert "not_before" in check_clock(at(NOON), wall=wall, not_before=None).todo
    assert "agrees" in check_clock(at(NOON), wall=wall, not_before=wall).found


def test_a_clock_that_agrees_is_not_blamed() -> None:
    """A right clock must not send store IT to the battery."""
    assert "agrees with the receipts" in check_clock(at(NOON), wall=NOON, not_before=None).found


# Devices


@pytest.fixture
def ports(tmp_path: Path) -> Path:
    """A root with a serial port under two names; the port is a file that may be opened."""
    root = tmp_path / "root"
    by_id = root / "dev" / "serial" / "by-id"
    by_id.mkdir(parents=True)
    (root / "dev" / "ttyUSB0").write_bytes(b"")
    (by_id / "usb-Scanner-if00").symlink_to("../../ttyUSB0")
    return root


def test_a_port_that_may_change_its_name_is_told(ports: Path) -> None:
    """After a reboot the scanner would be looked for at the printer's port."""
    finding = check_port("left", "/dev/ttyUSB0", daemon_pid=None, root=ports)

    assert finding.state is State.WARN
    assert "usb-Scanner-if00" in finding.todo


def test_a_stable_free_port_passes(ports: Path) -> None:
    """A port named as it should be is no news."""
    assert check_port("left", "usb-Scanner*", daemon_pid=None, root=ports).state is State.OK


def test_an_absent_port_is_told(ports: Path) -> None:
    """An unplugged cable is the most common fault of all."""
    finding = check_port("left", "usb-Other*", daemon_pid=None, root=ports)

    assert finding.state is State.FAIL
    assert "Plug it in" in finding.todo


def test_a_name_for_two_ports_is_told(ports: Path) -> None:
    """Guessing would read the neighbour's scanner."""
    (ports / "dev" / "serial" / "by-id" / "usb-Scanner-if01").symlink_to("../../ttyUSB0")

    finding = check_port("left", "usb-Scanner*", daemon_pid=None, root=ports)
    assert finding.state is State.FAIL
    assert "usb-Scanner-if01" in finding.todo


def test_a_printer_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """Slips would wait for hours while somebody looks for a fault in the programme."""
    with closing(socket.create_server(("127.0.0.1", 0))) as line:
        port = line.getsockname()[1]
        one = settings(tmp_path, f'[printer]\nport = "tcp://127.0.0.1:{port}"\n')
        assert states(check_devices(one, None, daemon_pid=None)) == {"slip-printer": State.OK}
    assert states(check_devices(one, None, daemon_pid=None)) == {"slip-printer": State.FAIL}


@pytest.mark.parametrize(
    ("said", "state"),
    [("ready", State.OK), ("paper_low", State.WARN), ("paper_out", State.FAIL), ("unknown", State.FAIL)],
)
def test_the_running_daemons_word_counts(tmp_path: Path, said: str, state: State) -> None:
    """A second connection to a printer that the daemon holds would be refused and look like a fault."""
    one = settings(tmp_path, '[printer]\nport = "tcp://127.0.0.1:9"\n')
    device = {"port": "127.0.0.1:9", "state": said, "detail": "", "counters": {}}

    assert states(check_devices(one, {"slip-printer": device}, daemon_pid=1)) == {"slip-printer": state}


def test_serial_ports_bring_groups_and_intruders(tmp_path: Path) -> None:
    """Who may open ports, and who snatches them away, matters only where there are any."""
    one = settings(tmp_path, '[[scanners]]\nname = "left"\nport = "/dev/no-such-port"\n')

    findings = list(check_devices(one, None, daemon_pid=None))
    assert {finding.check for finding in findings} == {"left", "groups", "intruders"}
    assert found(findings, "left").state is State.FAIL
    assert resolve("/dev/no-such-port") is not None


def test_every_intruder_has_its_cure() -> None:
    """A name alone would send store IT to a search engine."""
    assert all(any(word in cure for word in ("systemctl", "apt-get")) for cure in INTRUDERS.values())


# All of it


def test_the_whole_examination_of_a_stopped_register(folder: Folder) -> None:
    """The one call that store IT makes must come to its end whatever is wrong."""
    findings = list(examine(folder.data.parent / "register.toml"))

    assert states(findings)["config"] is State.OK
    assert states(findings)["daemon"] is State.FAIL
    assert states(findings)["ledger"] is State.OK
    assert all(finding.todo for finding in findings if finding.state is not State.OK)


def test_a_wrong_configuration_hides_no_other_fault(folder: Folder) -> None:
    """Somebody who mistyped a port still has to learn that the ledger is gone."""
    config = folder.data.parent / "register.toml"
    config.write_text(config.read_text(encoding="utf-8") + "[api]\nport = -1\n", encoding="utf-8")
    shutil.rmtree(folder.keys)

    findings = list(examine(config))
    assert found(findings, "config").found.startswith("api.port")
    assert states(findings)["keys"] is State.FAIL
    assert states(findings)["ledger"] is State.OK
