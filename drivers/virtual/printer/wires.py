"""The two ways into a virtual printer: a TCP port on loopback, or a pseudo-terminal."""

import os
import socket
import tty
from contextlib import suppress
from pathlib import Path
from typing import Protocol

READ_BYTES_MAX = 65_536
BACKLOG = 4
UNSENT_BYTES_MAX = 4096


class Wire(Protocol):
    """A line with the printer at its end. Nothing here blocks."""

    @property
    def address(self) -> str:
        """What to configure as the register's printer port."""

    def open(self) -> None:
        """Makes the printer reachable; nothing if it is. Raises OSError."""

    def sources(self, *, reading: bool) -> list[int]:
        """Descriptors that become readable when there is something to receive."""

    def receive(self, ready: list[int]) -> bytes:
        """What came in, accepting a caller where one waits."""

    def send(self, data: bytes) -> None:
        """Answers. What a caller does not take is dropped, as a printer does."""

    def close(self) -> None:
        """Makes the printer unreachable, as switching it off does."""


class TcpWire:
    """A raw print port. One caller at a time, as most printers do; others wait in the backlog."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._listener: socket.socket | None = None
        self._caller: socket.socket | None = None
        self._unsent = b""
        self.open()

    @property
    def address(self) -> str:
        return f"tcp://{self._host}:{self._port}"

    def open(self) -> None:
        """See Wire. Keeps its port number from the first opening on."""
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(BACKLOG)
            listener.settimeout(0)
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        self._listener = listener

    def sources(self, *, reading: bool) -> list[int]:
        """See Wire."""
        if self._caller is not None:
            return [self._caller.fileno()] if reading else []
        return [self._listener.fileno()] if self._listener is not None else []

    def receive(self, ready: list[int]) -> bytes:
        """See Wire."""
        self.send(b"")
        if self._caller is not None:
            return self._read(self._caller) if self._caller.fileno() in ready else b""
        if self._listener is not None and self._listener.fileno() in ready:
            with suppress(BlockingIOError):  # the caller may have left again
                self._caller, _ = self._listener.accept()
                self._caller.settimeout(0)
                self._caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return b""

    def _read(self, caller: socket.socket) -> bytes:
        try:
            data = caller.recv(READ_BYTES_MAX)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def send(self, data: bytes) -> None:
        """See Wire."""
        if self._caller is None:
            return
        self._unsent = (self._unsent + data)[-UNSENT_BYTES_MAX:]
        with suppress(OSError):  # a caller that left is noticed by reading
            self._unsent = self._unsent[self._caller.send(self._unsent) :] if self._unsent else b""

    def _hang_up(self) -> None:
        if self._caller is not None:
            self._caller.close()
        self._caller = None
        self._unsent = b""

    def close(self) -> None:
        """See Wire."""
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None


class PtyWire:
    """A serial port. With `link`, a symbolic link leads to it, whatever its number."""

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._path = ""
        self._ends: tuple[int, int] | None = None
        self.open()

    @property
    def address(self) -> str:
        return str(self._link) if self._link is not None else self._path

    def open(self) -> None:
        """See Wire."""
        if self._ends is not None:
            return
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = (ours, theirs)
        self._path = os.ttyname(theirs)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._path)

    def sources(self, *, reading: bool) -> list[int]:
        """See Wire."""
        return [self._ends[0]] if self._ends is not None and reading else []

    def receive(self, ready: list[int]) -> bytes:
        """See Wire."""
        if self._ends is None or self._ends[0] not in ready:
            return b""
        try:
            return os.read(self._ends[0], READ_BYTES_MAX)
        except OSError:
            return b""

    def send(self, data: bytes) -> None:
        """See Wire."""
        if self._ends is not None and data:
            with suppress(OSError):
                os.write(self._ends[0], data)

    def close(self) -> None:
        """See Wire."""
        if self._ends is None:
            return
        ours, theirs = self._ends
        self._ends = None
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(theirs)
        os.close(ours)
