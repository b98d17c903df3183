"""A transport that never leaves memory: for tests, and to look at a device by hand."""

import threading
import time
from collections.abc import Callable

from drivers.errors import PortAbsent, PortGone

PIPE_BYTES_MAX = 4096


class _Cable:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.to_peer = bytearray()
        self.to_us = bytearray()
        self.plugged = True


class LoopbackTransport:
    """The register's end of a cable in memory. With `waits` False a read answers at once, for handed-in time."""

    def __init__(
        self, name: str = "loopback", *, waits: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._waits = waits
        self._clock = clock
        self._cable = _Cable()
        self._is_open = False

    @property
    def identity(self) -> str:
        return self._name

    @property
    def peer(self) -> "LoopbackPeer":
        """The other end."""
        return LoopbackPeer(self._cable)

    def open(self, deadline_s: float) -> None:  # noqa: ARG002 - memory needs no time, the protocol grants it
        """See Transport. Raises PortAbsent while the peer is unplugged."""
        with self._cable.changed:
            self._is_open = False
            if not self._cable.plugged:
                raise PortAbsent(self._name, "unplugged")
            self._cable.to_us.clear()
            self._is_open = True

    def read(self, max_bytes: int, deadline_s: float) -> bytes:
        """See Transport. Raises PortGone."""
        ends_at = self._clock() + deadline_s
        with self._cable.changed:
            self._refuse_closed()
            while self._waits and not self._cable.to_us and (left_s := ends_at - self._clock()) > 0:
                self._cable.changed.wait(left_s)
            data = bytes(self._cable.to_us[:max_bytes])
            del self._cable.to_us[:max_bytes]
            if not data:
                self._refuse_closed()
            return data

    def write(self, data: bytes, deadline_s: float) -> int:
        """See Transport. Raises PortGone."""
        ends_at = self._clock() + deadline_s
        sent = 0
        with self._cable.changed:
            while True:
                self._refuse_closed(sent)
                room = PIPE_BYTES_MAX - len(self._cable.to_peer)
                self._cable.to_peer += data[sent : sent + room]
                sent = min(len(data), sent + room)
                self._cable.changed.notify_all()
                left_s = ends_at - self._clock()
                if sent == len(data) or not self._waits or left_s <= 0:
                    return sent
                self._cable.changed.wait(left_s)

    def present(self) -> bool:
        """Whether the cable is plugged in."""
        with self._cable.changed:
            return self._cable.plugged

    def close(self) -> None:
        """See Transport."""
        with self._cable.changed:
            self._is_open = False

    def _refuse_closed(self, sent: int = 0) -> None:
        if not self._is_open:
            raise PortGone(self._name, "not open")
        if not self._cable.plugged and not self._cable.to_us:
            raise PortGone(self._name, "unplugged", sent)


class LoopbackPeer:
    """The device's end of the cable."""

    def __init__(self, cable: _Cable) -> None:
        self._cable = cable

    def send(self, data: bytes) -> None:
        """Puts bytes on the line towards the register."""
        with self._cable.changed:
            self._cable.to_us += data
            self._cable.changed.notify_all()

    def take(self, max_bytes: int = PIPE_BYTES_MAX) -> bytes:
        """Takes what the register has written so far."""
        with self._cable.changed:
            data = bytes(self._cable.to_peer[:max_bytes])
            del self._cable.to_peer[:max_bytes]
            self._cable.changed.notify_all()
            return data

    def unplug(self) -> None:
        """Pulls the cable: reads fail once they have had what was on the line."""
        with self._cable.changed:
            self._cable.plugged = False
            self._cable.to_peer.clear()
            self._cable.changed.notify_all()

    def plug(self) -> None:
        """Puts the cable back."""
        with self._cable.changed:
            self._cable.plugged = True
            self._cable.changed.notify_all()
