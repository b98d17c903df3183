"""From the last byte of a scan to the member's event at an API client, with so many members in ref.db.

The bytes go through a real pseudo-terminal, the event comes by server-sent events. Beside each scan the same bytes go
through another pseudo-terminal to a bare reader, a process too, which answers with one byte.
"""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter

from benchmarks.crowd import crowd_of, import_figure
from benchmarks.figures import Baseline, Figure, Sample, Scale, steady
from benchmarks.goods import card_of
from benchmarks.shop import TOKEN, Pos, RegisterFailed, register_at, settings_of, surroundings, wait_for_devices
from drivers.virtual.scanner import VirtualScanner

TARGET_MS = 20.0
WARM_UP = 10
BETWEEN_S = 0.01
ANSWER_S = 10.0
CHUNK = 65_536
IDENTIFIED = b"event: identified\n"
EVENT_ENDS = b"\n\n"


class Events:
    """A listener to the register's events, no more than a socket."""

    def __init__(self, port: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
        self._line.sendall(
            f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        self._seen = b""
        self._until(b": connected")

    def close(self) -> None:
        self._line.close()

    def identified(self) -> bytes:
        """The next `identified` event, as soon as it is whole."""
        self._until(IDENTIFIED)
        return self._until(EVENT_ENDS)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._seen:
            data = self._line.recv(CHUNK)
            if not data:
                raise RegisterFailed("the register ended its events")
            self._seen += data
        before, _, self._seen = self._seen.partition(mark)
        return before


def measure(scale: Scale, _folder: Path) -> list[Figure]:
    """Scan to event, and how fast the members were imported."""
    crowd = crowd_of(scale.members, scale.kept)
    with closing(VirtualScanner()) as scanner, closing(VirtualScanner()) as other:
        settings_of(crowd, scanner=scanner.path)
        with register_at(crowd) as register, closing(Pos(register.port)) as pos:
            wait_for_devices(pos)
            with closing(Events(register.port)) as events, _bare_reader(other.path) as answers:
                found, bare = _scan(scale, scanner, events, other, answers)
    return [
        Figure(
            f"scan → identified event, {scale.members:,} members",
            f"p99 ≤ {TARGET_MS:.0f} ms",
            found,
            Baseline("the same bytes to a bare reader", bare),
            found.p99 <= TARGET_MS,
        ),
        import_figure(crowd),
    ]


def _scan(
    scale: Scale, scanner: VirtualScanner, events: Events, other: VirtualScanner, answers: int
) -> tuple[Sample, Sample]:
    chance = random.Random(3)
    found, bare = [], []
    with steady():
        for _ in range(WARM_UP + scale.rounds):
            member = chance.randrange(scale.members)
            time.sleep(BETWEEN_S)
            began = perf_counter()
            other.send(card_of(member))
            os.read(answers, CHUNK)
            bare.append((perf_counter() - began) * 1_000)
            time.sleep(BETWEEN_S)
            began = perf_counter()
            scanner.send(card_of(member))
            event = events.identified()
            found.append((perf_counter() - began) * 1_000)
            assert f'"id":"m-{member}"'.encode() in event, event
    return Sample(tuple(found[WARM_UP:])), Sample(tuple(bare[WARM_UP:]))


@contextmanager
def _bare_reader(port: str) -> Iterator[int]:
    """The descriptor that a bare reader answers on."""
    command = [sys.executable, "-m", "benchmarks.bare_reader", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, **surroundings()) as process:
        assert process.stdout is not None
        answers = process.stdout.fileno()
        try:
            os.read(answers, CHUNK)
            yield answers
        finally:
            process.kill()
