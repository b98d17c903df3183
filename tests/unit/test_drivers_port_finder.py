"""Finding a port by a name that survives a reboot, and naming who holds it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.port_finder import Absent, Ambiguous, Found, holder_text, holders, resolve, stable_names


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("dev/serial/by-id", "dev/serial/by-path"):
        (tmp_path / folder).mkdir(parents=True)
    for number in (0, 1):
        (tmp_path / f"dev/ttyUSB{number}").touch()
    return tmp_path


def link(root: Path, name: str, number: int) -> None:
    (root / "dev/serial" / name).symlink_to(root / f"dev/ttyUSB{number}")


def test_a_name_by_id_is_found_whatever_number_it_has_now(root: Path) -> None:
    """After a reboot the scanner may be ttyUSB1, and ttyUSB0 the printer."""
    link(root, "by-id/usb-Honeywell_1950-if00", 1)

    found = resolve("usb-Honeywell*", root=root)

    assert found == Found(str(root / "dev/serial/by-id/usb-Honeywell_1950-if00"))


def test_by_id_goes_before_by_path(root: Path) -> None:
    """A scanner moved to another socket is still the same scanner."""
    link(root, "by-id/usb-scanner", 1)
    link(root, "by-path/usb-scanner", 0)

    assert resolve("usb-scanner", root=root) == Found(str(root / "dev/serial/by-id/usb-scanner"))


def test_by_path_goes_before_the_number(root: Path) -> None:
    """Two equal scanners without serial numbers are told apart by the socket they sit in."""
    link(root, "by-path/pci-0:1:1.0", 1)

    assert resolve("pci-0:1:1.0", root=root) == Found(str(root / "dev/serial/by-path/pci-0:1:1.0"))
    assert resolve("ttyUSB0", root=root) == Found(str(root / "dev/ttyUSB0"))


def test_two_that_fit_are_not_guessed(root: Path) -> None:
    """Opening one of two scanners by chance would credit the other counter's customers."""
    link(root, "by-id/usb-Honeywell_A", 0)
    link(root, "by-id/usb-Honeywell_B", 1)

    found = resolve("usb-Honeywell*", root=root)

    assert isinstance(found, Ambiguous)
    assert [Path(path).name for path in found.candidates] == ["usb-Honeywell_A", "usb-Honeywell_B"]


def test_an_unplugged_scanner_is_absent_though_its_link_dangles(root: Path) -> None:
    """A link that leads nowhere must not be opened as if the scanner were there."""
    link(root, "by-id/usb-scanner", 7)

    assert isinstance(resolve("usb-scanner", root=root), Absent)
    assert isinstance(resolve("/dev/serial/by-id/usb-scanner", root=root), Absent)


def test_the_stable_names_of_a_port_are_told(root: Path) -> None:
    """Whoever wrote ttyUSB0 into the configuration must be able to learn the name that stays."""
    link(root, "by-path/pci-0:1:1.0", 0)
    link(root, "by-id/usb-scanner", 0)
    link(root, "by-id/usb-printer", 1)

    names = stable_names(str(root / "dev/ttyUSB0"), root=root)

    assert [Path(name).name for name in names] == ["usb-scanner", "pci-0:1:1.0"]


def test_the_holder_of_a_port_is_named(tmp_path: Path) -> None:
    """Without the name of the program nobody finds out why the scanner is silent."""
    port = tmp_path / "port"
    port.touch()
    program = "import sys; held = open(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()

        found = holders(str(port))

        assert [holder.pid for holder in found] == [other.pid]
        assert "python" in found[0].command
        assert holder_text(str(port)) == f"{found[0].command} (pid {other.pid})"
        other.communicate()
    assert holders(str(port)) == ()


def test_our_own_hold_is_no_other_program(tmp_path: Path) -> None:
    """A message that names ourselves would send the technician hunting for nothing."""
    port = tmp_path / "port"
    with port.open("w"):
        assert os.getpid() not in [holder.pid for holder in holders(str(port))]


def test_a_machine_without_proc_names_nobody(tmp_path: Path) -> None:
    """Naming the holder is a courtesy: where the system does not tell, the port is still reported as held."""
    assert holders(str(tmp_path), proc=tmp_path / "absent") == ()
