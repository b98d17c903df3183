"""Raw TCP to a network printer (port 9100)."""

import select
import socket
import time
from collections.abc import Callable
from typing import Self

from drivers.errors import BadSettings, PortAbsent, PortGone

RAW_PRINT_PORT = 9100
PORT_MAX = 65_535
KEEPALIVE_IDLE_S = 15
KEEPALIVE_EVERY_S = 5
KEEPALIVE_PROBES = 3


class TcpTransport:
    """A TCP connection that never blocks past its deadline and notices a peer that went away.

    Bytes taken by the system are counted as sent: that proves nothing about the printer.
    """

    def __init__(self, host: str, port: int = RAW_PRINT_PORT, *, clock: Callable[[], float] = time.monotonic) -> None:
        if not host or not 0 < port <= PORT_MAX:
            raise BadSettings("port", f"{host}:{port} is not an address")
        self._host = host
        self._port = port
        self._clock = clock
        self._socket: socket.socket | None = None

    @classmethod
    def at(cls, address: str, *, clock: Callable[[], float] = time.monotonic) -> Self:
        """From `host` or `host:port`. Raises BadSettings."""
        host, colon, port = address.rpartition(":")
        if not colon:
            return cls(address, clock=clock)
        if not port.isdecimal():
            raise BadSettings("port", f"{address} does not end in a port number")
        return cls(host.strip("[]"), int(port), clock=clock)

    @property
    def identity(self) -> str:
        return f"{self._host}:{self._port}"

    def open(self, deadline_s: float) -> None:
        """Connects. Raises PortAbsent. A host name, unlike a number, may take the resolver's own time."""
        self.close()
        try:
            connection = socket.create_connection((self._host, self._port), timeout=deadline_s)
        except OSError as error:
            raise PortAbsent(self.identity, f"does not answer ({error})") from error
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _keep_alive(connection)
        self._socket = connection

    def read(self, max_bytes: int, deadline_s: float) -> bytes:
        """See Transport. Raises PortGone."""
        connection = self._connected()
        readable, _, _ = select.select([connection], [], [], deadline_s)
        if not readable:
            return b""
        try:
            data = connection.recv(max_bytes)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise PortGone(self.identity, f"connection lost ({error})") from error
        if not data:
            raise PortGone(self.identity, "the device closed the connection")
        return data

    def write(self, data: bytes, deadline_s: float) -> int:
        """See Transport. Raises PortGone, before the first byte if the peer closed an idle connection."""
        connection = self._connected()
        self._refuse_closed(connection)
        ends_at = self._clock() + deadline_s
        sent = 0
        while sent < len(data):
            left_s = max(0.0, ends_at - self._clock())
            try:
                sent += connection.send(data[sent:])
            except BlockingIOError:
                _, writable, _ = select.select([], [connection], [], left_s)
                if not writable:
                    break
            except OSError as error:
                raise PortGone(self.identity, f"connection lost ({error})", sent) from error
        return sent

    def _refuse_closed(self, connection: socket.socket) -> None:
        try:
            closed = connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return
        except OSError as error:
            raise PortGone(self.identity, f"connection lost while idle ({error})") from error
        if closed:
            raise PortGone(self.identity, "the device closed the connection while idle")

    def present(self) -> bool:
        """Never: a network device can only be tried."""
        return False

    def close(self) -> None:
        """See Transport. Bytes that the system took still go out."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise PortGone(self.identity, "not open")
        return self._socket


def _keep_alive(connection: socket.socket) -> None:
    """Lets the system find out by itself that a printer was switched off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
        ("TCP_KEEPINTVL", KEEPALIVE_EVERY_S),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
    ):
        if hasattr(socket, name):  # not on every system
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
