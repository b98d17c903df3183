"""The unit file and the device rules, judged by systemd's own programs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
UNIT = PACKAGING / "systemd" / "kopilka.service"
RULES = PACKAGING / "udev" / "60-kopilka.rules"

# `systemd-analyze security` counts in tenths. The till has to open serial ports and sockets; the rest is shut.
EXPOSURE_MAX_TENTHS = 20
# systemd-tmpfiles says that it may not set an owner, after having understood every line.
TMPFILES_CANNOT_CREATE = 73
KERNEL_MODULE_OF = {"char-ttyUSB": "usbserial", "char-ttyACM": "cdc_acm", "char-usb": "usblp"}

SCANNER = "/devices/pci0000:00/0000:00:14.0/usb1/1-2"
PRINTER = "/devices/pci0000:00/0000:00:14.0/usb1/1-3"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def unit_with_our_command(tmp_path: Path) -> Path:
    """Write the unit with this environment's `kopilka`: `verify` asks that the command exists."""
    ours = Path(sys.executable).parent / "kopilka"
    text = UNIT.read_text(encoding="utf-8")
    assert "/opt/kopilka/bin/kopilka" in text
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace("/opt/kopilka/bin/kopilka", str(ours)), encoding="utf-8")
    return copy


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(unit_with_our_command: Path) -> None:
    """A misspelt key would be ignored at boot, and the till would come up without what it promises."""
    verdict = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit_with_our_command)

    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, "")


@pytest.mark.needs("systemd-analyze")
def test_systemd_would_complain_of_a_broken_unit(unit_with_our_command: Path) -> None:
    """A check that nods at everything would let a broken unit out to the shops."""
    broken = unit_with_our_command.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchdogSecs=")
    unit_with_our_command.write_text(broken, encoding="utf-8")

    verdict = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit_with_our_command)

    assert "WatchdogSecs" in verdict.stdout + verdict.stderr


@pytest.mark.needs("systemd-analyze")
def test_the_unit_shuts_what_a_till_does_not_need(unit_with_our_command: Path) -> None:
    """A bug in a parser of scanned bytes must not open the whole machine to somebody."""
    verdict = run(
        "systemd-analyze",
        "security",
        "--offline=true",
        "--no-pager",
        f"--threshold={EXPOSURE_MAX_TENTHS}",
        unit_with_our_command,
    )

    assert "Overall exposure level" in verdict.stdout
    assert verdict.returncode == 0, verdict.stdout


def test_each_device_group_of_the_unit_is_known_before_the_daemon_starts() -> None:
    """A scanner plugged in after the start could not be opened: systemd drops groups whose module is not loaded."""
    text = UNIT.read_text(encoding="utf-8")
    groups = re.findall(r"^DeviceAllow=(\S+)", text, re.MULTILINE)
    loaded_first = [set(re.findall(rf"^{key}=(.*modprobe.*)$", text, re.MULTILINE)) for key in ("Wants", "After")]

    assert set(KERNEL_MODULE_OF) <= set(groups)
    for lines in loaded_first:
        assert set(" ".join(lines).split()) == {f"modprobe@{module}.service" for module in KERNEL_MODULE_OF.values()}


def test_the_command_of_the_unit_is_one_that_kopilka_knows() -> None:
    """A renamed option would leave every register in the chain restarting for ever after an update."""
    line = re.search(r"^ExecStart=/opt/kopilka/bin/kopilka (.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    command, *options = line.group(1).split()

    answer = run(Path(sys.executable).parent / "kopilka", command, "--help", COLUMNS="200", NO_COLOR="1")

    assert answer.returncode == 0, answer.stderr
    assert [option for option in options if option.startswith("--") and option not in answer.stdout] == []


@pytest.mark.needs("systemd-sysusers", "systemd-tmpfiles")
def test_the_account_and_its_folder_are_made(tmp_path: Path) -> None:
    """The daemon could not open the scanner's port, or anyone on the register could read its configuration."""
    (tmp_path / "etc").mkdir()

    users = run("systemd-sysusers", f"--root={tmp_path}", PACKAGING / "systemd" / "kopilka.sysusers")
    folders = run("systemd-tmpfiles", "--create", f"--root={tmp_path}", PACKAGING / "systemd" / "kopilka.tmpfiles")

    assert users.returncode == 0, users.stderr
    assert folders.returncode == 0 or (os.geteuid() != 0 and folders.returncode == TMPFILES_CANNOT_CREATE)
    assert re.search(r"^kopilka:.*:/var/lib/kopilka:", (tmp_path / "etc/passwd").read_text(), re.MULTILINE)
    groups = (tmp_path / "etc/group").read_text()
    for group in ("dialout", "lp"):
        assert re.search(rf"^{group}:.*:kopilka$", groups, re.MULTILINE), groups
    assert (tmp_path / "etc/kopilka").stat().st_mode & 0o777 == 0o750


def devices(vendor: str, product: str) -> str:
    """Describe a USB serial device and a USB printer of one maker, as umockdev reads them."""
    return f"""\
P: /devices/pci0000:00/0000:00:14.0
E: SUBSYSTEM=pci

P: {SCANNER}
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
A: idVendor={vendor}\\n
A: idProduct={product}\\n

P: {SCANNER}/1-2:1.0
E: DEVTYPE=usb_interface
E: SUBSYSTEM=usb
A: bInterfaceClass=02\\n
A: bInterfaceNumber=00\\n

P: {SCANNER}/1-2:1.0/tty/ttyACM0
N: ttyACM0
A: dev=166:0\\n
E: MAJOR=166
E: MINOR=0
E: DEVNAME=/dev/ttyACM0
E: SUBSYSTEM=tty

P: {PRINTER}
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
A: idVendor={vendor}\\n
A: idProduct={product}\\n
A: manufacturer=EPSON\\n
A: product=TM-T20II\\n
A: serial=5151\\n

P: {PRINTER}/1-3:1.0
E: DEVTYPE=usb_interface
E: SUBSYSTEM=usb
A: bInterfaceClass=07\\n
A: bInterfaceSubClass=01\\n
A: bInterfaceNumber=00\\n

P: {PRINTER}/1-3:1.0/usbmisc/lp0
N: usb/lp0
A: dev=180:0\\n
E: MAJOR=180
E: MINOR=0
E: DEVNAME=/dev/usb/lp0
E: SUBSYSTEM=usbmisc
"""


# udevadm writes links and notes even in a test: /dev and /run of its own, in a namespace that ends with it.
ASK_UDEV = """\
set -eu
mount --bind "$1/rules" /etc/udev/rules.d
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs "$1/dev"
for node in null zero full random urandom; do touch "$1/dev/$node"; mount --bind "/dev/$node" "$1/dev/$node"; done
mkdir "$1/dev/pts"
mount -t devpts -o ptmxmode=0666 devpts "$1/dev/pts"
ln -s pts/ptmx "$1/dev/ptmx"
mount --rbind "$1/dev" /dev
exec umockdev-run --device "$1/devices.umockdev" -- udevadm test --action=add "/sys$2" 2>&1
"""


class Udev:
    """The system's own udev with our rules, and devices that are not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("rules", "dev"):
            (folder / name).mkdir()
        (folder / "rules" / RULES.name).write_bytes(RULES.read_bytes())

    def adds(self, path: str, *, vendor: str, product: str) -> tuple[dict[str, str], str]:
        """Give the properties after a device appeared, and all that udev said."""
        (self._folder / "devices.umockdev").write_text(devices(vendor, product), encoding="utf-8")
        answer = run("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ASK_UDEV, "sh", self._folder, path)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        properties = re.findall(r"^([A-Z_]+)=(.*)$", answer.stdout, re.MULTILINE)
        return dict(properties), answer.stdout


@pytest.fixture
def udev(tmp_path: Path) -> Udev:
    probe = "mount -t tmpfs tmpfs /run"
    if run("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", probe).returncode != 0:
        pytest.skip("no mount namespace may be made here, and udev's test would write to the machine's own /dev")
    return Udev(tmp_path)


@pytest.mark.needs("umockdev-run", "udevadm", "unshare")
@pytest.mark.parametrize(
    ("vendor", "product"), [("0c2e", "0aaf"), ("05f9", "4204"), ("1a86", "7523"), ("067b", "2303"), ("04b8", "0202")]
)
def test_modem_manager_leaves_scanners_and_their_adapters_alone(udev: Udev, vendor: str, product: str) -> None:
    """The first cards of a morning would be lost while another program talks modem commands to the scanner."""
    for path in (SCANNER, f"{SCANNER}/1-2:1.0/tty/ttyACM0"):
        properties, said = udev.adds(path, vendor=vendor, product=product)

        assert properties.get("ID_MM_DEVICE_IGNORE") == "1", said
        assert "60-kopilka.rules" not in "".join(line for line in said.splitlines() if "nvalid" in line)


@pytest.mark.needs("umockdev-run", "udevadm", "unshare")
def test_a_modem_stays_a_modem(udev: Udev) -> None:
    """A shop whose line is a mobile modem would be cut off by installing Kopilka."""
    properties, said = udev.adds(f"{SCANNER}/1-2:1.0/tty/ttyACM0", vendor="1199", product="9071")

    assert "ID_MM_DEVICE_IGNORE" not in properties, said


@pytest.mark.needs("umockdev-run", "udevadm", "unshare")
def test_a_usb_printer_has_a_name_that_stays(udev: Udev) -> None:
    """After a reboot the slips would come out of the other printer."""
    properties, said = udev.adds(f"{PRINTER}/1-3:1.0/usbmisc/lp0", vendor="04b8", product="0202")

    assert set(properties.get("DEVLINKS", "").split()) == {
        "/dev/kopilka/printer-by-id/EPSON_TM-T20II_5151",
        "/dev/kopilka/printer-by-path/pci-0000:00:14.0-usb-0:3:1.0",
    }, said


def test_udev_would_understand_each_rule() -> None:
    """A line that udev cannot read is dropped at boot without anybody hearing of it."""
    text = RULES.read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    token = re.compile(r'^(ACTION|SUBSYSTEMS?|KERNEL|ATTRS\{\w+\}|ENV\{\w+\}|GROUP|MODE|SYMLINK|IMPORT\{builtin\}|GOTO|'
                       r'LABEL)(==|!=|\+=|=)"[^"]+"$')  # fmt: skip

    assert [word for rule in rules for word in rule.split(", ") if not token.match(word)] == []
    assert set(re.findall(r'GOTO="(\w+)"', text)) == set(re.findall(r'LABEL="(\w+)"', text))
    # sysfs writes vendor numbers in small letters; others never match.
    for numbers in re.findall(r'\{id(?:Vendor|Product)\}=="([^"]+)"', text):
        assert all(re.fullmatch(r"[0-9a-f]{4}", number) for number in numbers.split("|")), numbers
