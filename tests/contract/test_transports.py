"""What every transport promises, shown on each with a real peer: a socket, a pseudo-terminal, memory, an echo."""

import os
import select
import socket
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest

from drivers.errors import PortAbsent, PortGone
from drivers.loopback import PIPE_BYTES_MAX, LoopbackTransport
from drivers.network import TcpTransport
from drivers.transports import SerialTransport, Transport, UrlTransport

OPEN_S = 2.0
SOON_S = 2.0
EVERY_BYTE = bytes(range(256))
ALL = ["loopback", "serial", "tcp", "url"]
WITH_A_PEER = pytest.mark.parametrize("ends", ["loopback", "serial", "tcp"], indirect=True)
KEEPING_LAST_BYTES = pytest.mark.parametrize("ends", ["loopback", "tcp"], indirect=True)
"""The kernel drops what a hung-up terminal held."""


class Peer(Protocol):
    """The device's end of a transport."""

    def send(self, data: bytes) -> None: ...
    def receive(self, count: int) -> bytes: ...
    def vanish(self) -> None: ...
    def close(self) -> None: ...


@dataclass
class TcpPeer:
    listener: socket.socket
    caller: socket.socket | None = None

    def _accepted(self) -> socket.socket:
        if self.caller is None:
            self.caller, _ = self.listener.accept()
            self.caller.settimeout(SOON_S)
        return self.caller

    def send(self, data: bytes) -> None:
        self._accepted().sendall(data)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count and (more := self._accepted().recv(count - len(data))):
            data += more
        return data

    def vanish(self) -> None:
        self._accepted().close()
        self.listener.close()

    def close(self) -> None:
        if self.caller is not None:
            self.caller.close()
        self.listener.close()


@dataclass
class PtyPeer:
    ours: int
    theirs: int
    closed: bool = False

    def send(self, data: bytes) -> None:
        os.write(self.ours, data)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count and select.select([self.ours], [], [], SOON_S)[0]:
            data += os.read(self.ours, count - len(data))
        return data

    def vanish(self) -> None:
        self.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self.theirs)
            os.close(self.ours)


@dataclass
class MemoryPeer:
    transport: LoopbackTransport

    def send(self, data: bytes) -> None:
        self.transport.peer.send(data)

    def receive(self, count: int) -> bytes:
        return self.transport.peer.take(count)

    def vanish(self) -> None:
        self.transport.peer.unplug()

    def close(self) -> None:
        pass


@dataclass
class EchoPeer:
    """pyserial's loop:// gives back what is written."""

    transport: UrlTransport

    def send(self, data: bytes) -> None:
        self.transport.write(data, SOON_S)

    def receive(self, count: int) -> bytes:
        return read_all(self.transport, count)

    def vanish(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


Ends = tuple[Transport, Peer]


def read_all(transport: Transport, count: int) -> bytes:
    data = b""
    ends_at = time.monotonic() + SOON_S
    while len(data) < count and time.monotonic() < ends_at:
        data += transport.read(count - len(data), 0.2)
    return data


@pytest.fixture(params=ALL)
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    transport: Transport
    peer: Peer
    match request.param:
        case "loopback":
            transport = memory = LoopbackTransport()
            peer = MemoryPeer(memory)
        case "serial":
            ours, theirs = os.openpty()
            tty.setraw(theirs)
            transport, peer = SerialTransport(os.ttyname(theirs)), PtyPeer(ours, theirs)
        case "tcp":
            listener = socket.create_server(("127.0.0.1", 0))
            listener.settimeout(SOON_S)
            transport, peer = TcpTransport("127.0.0.1", listener.getsockname()[1]), TcpPeer(listener)
        case _:
            transport = url = UrlTransport("loop://")
            peer = EchoPeer(url)
    yield transport, peer
    transport.close()
    peer.close()


def test_bytes_pass_unchanged_both_ways(ends: Ends) -> None:
    """A byte changed on the way would be another card, or a slip in the wrong alphabet."""
    transport, peer = ends
    transport.open(OPEN_S)

    peer.send(EVERY_BYTE)
    assert read_all(transport, 256) == EVERY_BYTE

    assert transport.write(EVERY_BYTE, SOON_S) == 256
    assert peer.receive(256) == EVERY_BYTE


def test_a_quiet_line_ends_at_the_deadline(ends: Ends) -> None:
    """A read that never came back would leave the register unable to stop."""
    transport, _ = ends
    transport.open(OPEN_S)
    began = time.monotonic()

    assert transport.read(64, 0.1) == b""

    assert 0.08 <= time.monotonic() - began < 1.0


def test_a_byte_ends_the_wait(ends: Ends) -> None:
    """A customer would wait half a second at each scan if a read slept through its deadline."""
    transport, peer = ends
    transport.open(OPEN_S)
    peer.send(b"x")
    began = time.monotonic()

    assert transport.read(64, 5.0) == b"x"

    assert time.monotonic() - began < 1.0


def test_no_more_is_read_than_asked_for(ends: Ends) -> None:
    """Bytes read past the buffer would be lost from the next code."""
    transport, peer = ends
    transport.open(OPEN_S)
    peer.send(b"abcdef")

    assert read_all(transport, 4) == b"abcd"
    assert read_all(transport, 2) == b"ef"


def test_a_closed_transport_says_so(ends: Ends) -> None:
    """A device that is closed must look gone, not quiet: quiet would be shown as fine."""
    transport, _ = ends
    with pytest.raises(PortGone):
        transport.read(1, 0.1)
    with pytest.raises(PortGone):
        transport.write(b"x", 0.1)

    transport.open(OPEN_S)
    transport.close()
    transport.close()

    with pytest.raises(PortGone):
        transport.read(1, 0.1)


def test_opening_again_works(ends: Ends) -> None:
    """After a fault the worker opens anew; a transport good for one opening would need a restart of the shop."""
    transport, peer = ends
    transport.open(OPEN_S)
    transport.open(OPEN_S)
    if isinstance(peer, TcpPeer):
        peer.listener.accept()[0].close()  # the first connection

    assert transport.write(b"again", SOON_S) == 5
    assert peer.receive(5) == b"again"


@WITH_A_PEER
def test_a_vanished_peer_is_noticed_by_reading(ends: Ends) -> None:
    """A pulled cable that reads as silence would be shown as a scanner that works."""
    transport, peer = ends
    transport.open(OPEN_S)
    peer.vanish()

    with pytest.raises(PortGone) as gone:
        transport.read(64, 1.0)

    assert gone.value.port == transport.identity


@KEEPING_LAST_BYTES
def test_bytes_before_the_end_are_not_lost(ends: Ends) -> None:
    """The last code scanned before a cable was pulled was still scanned."""
    transport, peer = ends
    transport.open(OPEN_S)
    peer.send(b"last")
    peer.vanish()

    assert read_all(transport, 4) == b"last"
    with pytest.raises(PortGone):
        transport.read(64, 1.0)


@WITH_A_PEER
def test_a_vanished_peer_is_noticed_before_writing(ends: Ends) -> None:
    """A slip written to a connection that was closed while idle would be lost and called sent."""
    transport, peer = ends
    transport.open(OPEN_S)
    peer.vanish()

    with pytest.raises(PortGone) as gone:
        transport.write(b"slip", 1.0)

    assert gone.value.sent == 0


@WITH_A_PEER
def test_an_absent_peer_cannot_be_opened(ends: Ends) -> None:
    """The cashier must read that the device is absent, not that it is ready."""
    transport, peer = ends
    transport.open(OPEN_S)
    peer.vanish()

    with pytest.raises(PortAbsent):
        transport.open(OPEN_S)


@WITH_A_PEER
def test_a_peer_that_never_reads_ends_at_the_deadline_with_an_exact_count(ends: Ends) -> None:
    """A stuck printer must not stop the register, and what it took must be known to the byte: it would print twice."""
    transport, peer = ends
    transport.open(OPEN_S)
    data = bytes(index % 251 for index in range(16 * 1024 * 1024 if isinstance(peer, TcpPeer) else 64 * 1024))
    began = time.monotonic()

    sent = transport.write(data, 0.3)

    assert 0.2 <= time.monotonic() - began < 2.0
    assert 0 < sent < len(data)
    assert peer.receive(sent) == data[:sent]
    if isinstance(peer, MemoryPeer):
        assert sent == PIPE_BYTES_MAX
