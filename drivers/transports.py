"""Bytes to and from a device, each call bounded by a deadline.

The one seam between drivers and hardware. Every transport passes `tests/contract/test_transports.py`.
A transport is used by one thread; none retries and none interprets what it carries.
"""

import errno
import os
import select
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import serial

from drivers.errors import (
    BadSettings,
    DriverError,
    PortAbsent,
    PortAmbiguous,
    PortBusy,
    PortDenied,
    PortGone,
)
from drivers.network import TcpTransport
from drivers.port_finder import Absent, Ambiguous, Found, holder_text, resolve

Clock = Callable[[], float]

URL_CHUNK = 64
"""Bytes handed over at a time where pyserial writes: after a timeout it does not say how many it had sent."""
URL_WRITE_S_MIN = 0.5
CLOSE_DRAIN_S = 1.0
"""How long closing waits for bytes that the system already took; what is left then is dropped.
Without a limit the kernel waits half a minute for a printer that stopped."""
DRAIN_LOOK_S = 0.02

_PORT_ERRORS: tuple[type[Exception], ...] = (OSError, ValueError)  # SerialException is an OSError
if sys.platform != "win32":
    import termios

    _PORT_ERRORS = (*_PORT_ERRORS, termios.error)

BAUD_RATES = frozenset({1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200})
PSEUDO_TERMINALS = "/dev/pts/"
URL_SCHEMES = ("loop://", "rfc2217://")


class _Port(Protocol):
    """What pyserial's ports have in common, beyond what its base class declares."""

    timeout: float | None
    write_timeout: float | None

    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int = ..., /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def reset_output_buffer(self) -> None: ...
    def close(self) -> None: ...


class Transport(Protocol):
    """A way to one device. All times in seconds, as durations from the call."""

    @property
    def identity(self) -> str:
        """The port as configured: what reports and errors call it."""

    def open(self, deadline_s: float) -> None:
        """Opens, forgetting what the port held before. Opening an open transport reopens it.

        Raises PortAbsent, PortAmbiguous, PortBusy, PortDenied, BadSettings.
        """

    def read(self, max_bytes: int, deadline_s: float) -> bytes:
        """At least one byte as soon as there is one, or `b""` at the deadline. Raises PortGone."""

    def write(self, data: bytes, deadline_s: float) -> int:
        """Hands bytes over until all are taken or the deadline passes; returns exactly how many were.

        Raises PortGone, which carries the count.
        """

    def present(self) -> bool:
        """Whether the port can be seen without opening it; False where that cannot be told. Cheap."""

    def close(self) -> None:
        """Closes; closing a closed transport does nothing. Never raises."""


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How a serial line talks. Raises BadSettings."""

    baud: int = 9600
    bits: int = 8
    parity: str = "N"
    stop_bits: int = 1
    rtscts: bool = False
    xonxoff: bool = False

    def __post_init__(self) -> None:
        if self.baud not in BAUD_RATES:
            raise BadSettings("baud", f"{self.baud} is not one of {sorted(BAUD_RATES)}")
        if self.bits not in {7, 8}:
            raise BadSettings("bits", f"{self.bits} is neither 7 nor 8")
        if self.parity not in {"N", "E", "O"}:
            raise BadSettings("parity", f"{self.parity!r} is none of N, E, O")
        if self.stop_bits not in {1, 2}:
            raise BadSettings("stop_bits", f"{self.stop_bits} is neither 1 nor 2")


class SerialTransport:
    """A serial port (RS-232, USB-COM, pseudo-terminal), looked up anew and locked at every open.

    The lock is advisory: programs that do not ask for it are not kept out, so `holders` names them.
    """

    def __init__(self, port: str, settings: SerialSettings | None = None, *, clock: Clock = time.monotonic) -> None:
        self._port = port
        self._settings = settings or SerialSettings()
        self._line = _PyserialLine(port, clock)

    @property
    def identity(self) -> str:
        return self._port

    def open(self, deadline_s: float) -> None:
        """Opens the port. Raises PortAbsent, PortAmbiguous, PortBusy, PortDenied, BadSettings."""
        match resolve(self._port):
            case Found(path=path):
                self._line.open(lambda: self._opened(path, deadline_s), path)
            case Ambiguous(candidates=candidates):
                raise PortAmbiguous(self._port, candidates)
            case Absent(why=why):
                raise PortAbsent(self._port, why)

    def _opened(self, path: str, deadline_s: float) -> serial.Serial:
        settings = self._settings
        # A pseudo-terminal has no wire to put bits on and refuses any but these.
        has_wire = not os.path.realpath(path).startswith(PSEUDO_TERMINALS)
        return serial.Serial(
            path,
            baudrate=settings.baud,
            bytesize=settings.bits if has_wire else 8,
            parity=settings.parity if has_wire else "N",
            stopbits=settings.stop_bits,
            rtscts=settings.rtscts,
            xonxoff=settings.xonxoff,
            timeout=deadline_s,
            write_timeout=deadline_s,
            exclusive=True,
        )

    def read(self, max_bytes: int, deadline_s: float) -> bytes:
        """See Transport. Raises PortGone."""
        return self._line.read(max_bytes, deadline_s)

    def write(self, data: bytes, deadline_s: float) -> int:
        """See Transport. Raises PortGone."""
        return self._line.write(data, deadline_s)

    def present(self) -> bool:
        """Whether a port of that name exists now."""
        return isinstance(resolve(self._port), Found)

    def close(self) -> None:
        """See Transport."""
        self._line.close()


class UrlTransport:
    """A port that pyserial reaches by URL: `rfc2217://host:port` (a serial server), `loop://` (an echo).

    `socket://` is refused: TcpTransport does the same with a count of the bytes sent and no pause at close.
    """

    def __init__(self, url: str, settings: SerialSettings | None = None, *, clock: Clock = time.monotonic) -> None:
        if not url.startswith(URL_SCHEMES):
            raise BadSettings("port", f"{url} begins with none of {', '.join(URL_SCHEMES)}")
        self._url = url
        self._settings = settings or SerialSettings()
        self._line = _PyserialLine(url, clock)

    @property
    def identity(self) -> str:
        return self._url

    def open(self, deadline_s: float) -> None:
        """Opens the URL. Raises PortAbsent."""
        self._line.open(lambda: self._opened(deadline_s), self._url)

    def _opened(self, deadline_s: float) -> _Port:
        settings = self._settings
        line: _Port = serial.serial_for_url(
            self._url,
            baudrate=settings.baud,
            bytesize=settings.bits,
            parity=settings.parity,
            stopbits=settings.stop_bits,
            timeout=deadline_s,
            write_timeout=deadline_s,
        )
        return line

    def read(self, max_bytes: int, deadline_s: float) -> bytes:
        """See Transport. Raises PortGone."""
        return self._line.read(max_bytes, deadline_s)

    def write(self, data: bytes, deadline_s: float) -> int:
        """See Transport. Raises PortGone."""
        return self._line.write(data, deadline_s)

    def present(self) -> bool:
        """Never: what is behind a URL can only be tried."""
        return False

    def close(self) -> None:
        """See Transport."""
        self._line.close()


def transport_for(
    address: str, settings: SerialSettings | None = None, *, clock: Clock = time.monotonic
) -> SerialTransport | UrlTransport | TcpTransport:
    """The transport that an address in a configuration means.

    `tcp://host[:port]` and `socket://host[:port]` are network printers (port 9100 unless given),
    `rfc2217://` and `loop://` go by URL, all else names a serial port. Raises BadSettings.
    """
    for scheme in ("tcp://", "socket://"):
        if address.startswith(scheme):
            return TcpTransport.at(address.removeprefix(scheme), clock=clock)
    if "://" in address:
        return UrlTransport(address, settings, clock=clock)
    return SerialTransport(address, settings, clock=clock)


class _PyserialLine:
    """What SerialTransport and UrlTransport share: one pyserial object and its two ways to fail."""

    def __init__(self, port: str, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._serial: _Port | None = None

    def open(self, opener: Callable[[], _Port], path: str) -> None:
        self.close()
        try:
            self._serial = opener()
        except _PORT_ERRORS as error:
            raise self._why_closed(error, path) from error

    def _why_closed(self, error: Exception, path: str) -> DriverError:
        number = getattr(error, "errno", None) or next(iter(error.args), None)  # termios.error has no errno
        if number in {errno.EBUSY, errno.EWOULDBLOCK}:
            return PortBusy(self._port, holder_text(path))
        if number in {errno.EACCES, errno.EPERM}:
            return PortDenied(self._port, "this user may not open it")
        if number == errno.EINVAL:
            return BadSettings(self._port, "the port refuses this baud rate, parity, bits or flow control")
        return PortAbsent(self._port, f"cannot be opened ({error})")

    def read(self, max_bytes: int, deadline_s: float) -> bytes:
        port = self._open_port()
        taken = bytearray()
        try:
            if port.timeout != deadline_s:
                port.timeout = deadline_s
            taken += port.read(min(max_bytes, port.in_waiting or 1))
            while taken and len(taken) < max_bytes and (more := port.in_waiting):
                taken += port.read(min(max_bytes - len(taken), more))
        except OSError as error:  # unplugged: SerialException from read, plain EIO from in_waiting
            if not taken:
                raise PortGone(self._port, f"unplugged or failed while reading ({error})") from error
        return bytes(taken)

    def write(self, data: bytes, deadline_s: float) -> int:
        port = self._open_port()
        ends_at = self._clock() + deadline_s
        sent = 0
        try:
            while sent < len(data):
                left_s = max(0.0, ends_at - self._clock())
                taken = self._write_some(port, data[sent:], left_s)
                sent += taken
                if not taken or not left_s:
                    break
        except OSError as error:
            raise PortGone(self._port, f"unplugged or failed while writing ({error})", sent) from error
        return sent

    def _write_some(self, port: _Port, data: bytes, left_s: float) -> int:
        """How many bytes were taken, 0 at the deadline. Raises OSError."""
        if os.name != "posix" or not isinstance(port, serial.Serial):
            port.write_timeout = max(left_s, URL_WRITE_S_MIN)
            return port.write(data[:URL_CHUNK]) or 0
        # Not by pyserial: its timeout loses the count, and what is sent twice prints twice.
        _, writable, _ = select.select([], [port.fileno()], [], left_s)
        try:
            return os.write(port.fileno(), data) if writable else 0
        except BlockingIOError:
            return 0

    def close(self) -> None:
        port, self._serial = self._serial, None
        if port is None:
            return
        with suppress(*_PORT_ERRORS):  # the port may be gone, and so are its bytes
            if not self._drained(port):
                port.reset_output_buffer()
        with suppress(*_PORT_ERRORS):
            port.close()

    def _drained(self, port: _Port) -> bool:
        ends_at = self._clock() + CLOSE_DRAIN_S
        while getattr(port, "out_waiting", 0):
            if self._clock() >= ends_at:
                return False
            time.sleep(DRAIN_LOOK_S)
        return True

    def _open_port(self) -> _Port:
        if self._serial is None:
            raise PortGone(self._port, "not open")
        return self._serial
