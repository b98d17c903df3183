"""Ports as configured: what is refused before anything is opened, and what errors say."""

import errno
import os
from pathlib import Path

import pytest

from drivers import transports
from drivers.errors import BadSettings, DriverError, PortAbsent, PortAmbiguous, PortBusy, PortDenied, PortGone
from drivers.network import RAW_PRINT_PORT, TcpTransport
from drivers.port_finder import Ambiguous
from drivers.transports import SerialSettings, SerialTransport, UrlTransport, transport_for
from drivers.values import DeviceState, masked


@pytest.mark.parametrize(
    ("address", "kind", "identity"),
    [
        ("tcp://192.168.7.20", TcpTransport, f"192.168.7.20:{RAW_PRINT_PORT}"),
        ("tcp://192.168.7.20:9101", TcpTransport, "192.168.7.20:9101"),
        ("socket://printer:9100", TcpTransport, "printer:9100"),
        ("tcp://[::1]:9100", TcpTransport, "::1:9100"),
        ("rfc2217://10.0.0.5:2217", UrlTransport, "rfc2217://10.0.0.5:2217"),
        ("/dev/serial/by-id/usb-x", SerialTransport, "/dev/serial/by-id/usb-x"),
        ("usb-Honeywell*", SerialTransport, "usb-Honeywell*"),
        ("COM3", SerialTransport, "COM3"),
    ],
)
def test_an_address_means_a_transport(address: str, kind: type, identity: str) -> None:
    """One line in the configuration says how the device is reached."""
    transport = transport_for(address)

    assert type(transport) is kind
    assert transport.identity == identity


@pytest.mark.parametrize("address", ["tcp://", "tcp://host:port", "tcp://host:0", "tcp://host:70000", "spy://x"])
def test_an_address_that_cannot_be_is_refused(address: str) -> None:
    """A slip of the pen is told when the configuration is read, not when the first customer comes."""
    with pytest.raises(BadSettings):
        transport_for(address)


@pytest.mark.parametrize("bad", [{"baud": 9601}, {"bits": 9}, {"parity": "X"}, {"stop_bits": 3}])
def test_line_settings_that_cannot_be_are_refused(bad: dict[str, object]) -> None:
    """The message names the setting."""
    with pytest.raises(BadSettings, match=next(iter(bad))):
        SerialSettings(**bad)


def test_a_name_that_fits_two_ports_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrong scanner would credit the customers of the other counter."""
    monkeypatch.setattr(transports, "resolve", lambda _port: Ambiguous(("/dev/a", "/dev/b")))

    with pytest.raises(PortAmbiguous, match="/dev/a, /dev/b"):
        SerialTransport("usb-*").open(1.0)


@pytest.mark.parametrize(
    ("number", "kind", "state"),
    [
        (errno.EBUSY, PortBusy, DeviceState.BUSY_ELSEWHERE),
        (errno.EAGAIN, PortBusy, DeviceState.BUSY_ELSEWHERE),
        (errno.EACCES, PortDenied, DeviceState.ERROR),
        (errno.EINVAL, BadSettings, DeviceState.DISABLED),
        (errno.EIO, PortAbsent, DeviceState.ABSENT),
    ],
)
def test_why_a_port_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[DriverError], state: DeviceState
) -> None:
    """Each cause has its own cure: stop the other program, join a group, correct a setting, plug it in."""
    port = tmp_path / "ttyUSB0"
    port.touch()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(transports.serial, "Serial", refuse)

    with pytest.raises(kind) as refused:
        SerialTransport(str(port)).open(1.0)

    assert refused.value.state is state
    assert str(port) in str(refused.value)


def test_a_file_that_is_no_port_is_told(tmp_path: Path) -> None:
    """A path to something else must not look like a device that is switched off for no reason."""
    path = tmp_path / "not-a-port"
    path.touch()

    with pytest.raises(DriverError, match="not-a-port"):
        SerialTransport(str(path)).open(1.0)


class StuckPort:
    """A port whose bytes do not leave."""

    timeout: float | None = 1.0
    write_timeout: float | None = 1.0
    in_waiting = 0
    out_waiting = 40

    def __init__(self) -> None:
        self.done: list[str] = []

    def read(self, _size: int = 1) -> bytes:
        return b""

    def write(self, _data: bytes) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def reset_output_buffer(self) -> None:
        self.done.append("dropped")

    def close(self) -> None:
        self.done.append("closed")
        raise OSError(errno.EIO, "Input/output error")


def test_a_port_that_does_not_drain_is_closed_within_its_limit() -> None:
    """The kernel would wait half a minute for a printer that stopped, and the register with it."""
    seconds = iter(range(100))
    transport = UrlTransport("loop://", clock=lambda: float(next(seconds)))
    port = StuckPort()
    transport._line._serial = port

    transport.close()

    assert port.done == ["dropped", "closed"]


def test_a_write_that_fails_says_that_the_port_is_gone() -> None:
    """An error of the system in mid-slip must end in an outcome, not in a crash."""
    transport = UrlTransport("loop://")
    transport._line._serial = StuckPort()

    with pytest.raises(PortGone) as gone:
        transport.write(b"slip", 1.0)

    assert gone.value.sent == 0
    transport.close()


def test_whether_a_port_can_be_seen(tmp_path: Path) -> None:
    """Only what can be seen coming back ends a back-off early."""
    port = tmp_path / "ttyACM0"
    transport = SerialTransport(str(port))
    assert not transport.present()
    port.touch()

    assert transport.present()
    assert not TcpTransport("127.0.0.1").present()
    assert not UrlTransport("loop://").present()


@pytest.mark.parametrize(
    ("code", "shown"), [("4006381333931", "40•••••••3931"), ("12345678", "12••5678"), ("1234567", "•••••••"), ("", "")]
)
def test_a_code_is_shown_masked(code: str, shown: str) -> None:
    """Whoever looks over the cashier's shoulder must not be able to copy a card."""
    assert masked(code) == shown
