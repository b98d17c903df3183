"""Scanners on real pseudo-terminals, with their threads: what a register survives at the counter."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import PortBusy, PortGone
from drivers.scanners.classifier import CardRule, Classifier
from drivers.scanners.device import ScannerDevice
from drivers.scanners.framer import FramingProfile
from drivers.transports import SerialSettings, SerialTransport
from drivers.values import DeviceState, Scan, Verdict
from drivers.virtual.scanner import VirtualScanner
from drivers.worker import Worker

SOON_S = 5.0
CARD = "4006381333931"
OTHER = "5901234123457"
RULES = (CardRule("ean", lengths=frozenset({13}), check="ean13"),)

HOLD_PORT = """
import sys, serial
port = serial.Serial(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


class Counter:
    """One scanner at one counter, with everything real but the glass."""

    def __init__(self, folder: Path, framing: FramingProfile) -> None:
        self.scanner = VirtualScanner(folder / "usb-scanner")
        self.scans: list[Scan] = []
        self.seen_at: list[float] = []
        self.came = threading.Condition()
        classifier = Classifier("scanner", RULES)
        device = ScannerDevice("scanner", SerialTransport(self.scanner.path), framing, classifier, self._see)
        self.worker = Worker(device)

    def _see(self, scan: Scan) -> None:
        with self.came:
            self.scans.append(scan)
            self.seen_at.append(time.monotonic())
            self.came.notify_all()

    def wait_for(self, count: int) -> list[Verdict]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.scans) >= count, SOON_S), self.scans
            return [scan.verdict for scan in self.scans]

    def until(self, state: DeviceState) -> None:
        ends_at = time.monotonic() + SOON_S
        while self.worker.report().state is not state:
            assert time.monotonic() < ends_at, self.worker.report()
            time.sleep(0.01)

    def close(self) -> None:
        assert self.worker.stop(SOON_S)
        self.scanner.close()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Callable[..., Counter]]:
    opened: list[Counter] = []

    def open_counter(framing: FramingProfile | None = None) -> Counter:
        place = Counter(tmp_path, framing or FramingProfile())
        opened.append(place)
        place.worker.start()
        place.until(DeviceState.READY)
        return place

    yield open_counter
    for place in opened:
        place.close()


def test_a_card_is_seen_at_once(counter: Callable[..., Counter]) -> None:
    """The customer is greeted while the card is still in the hand: within 50 ms, of which this is the first part."""
    place = counter()
    delays = []
    for number in range(20):
        sent_at = time.monotonic()
        place.scanner.send(f"{number:013d}")
        place.wait_for(number + 1)
        delays.append(place.seen_at[-1] - sent_at)

    assert sorted(delays)[10] < 0.020


def test_a_slow_scanner_without_enter(counter: Callable[..., Counter]) -> None:
    """99 ms between characters, and no Enter: still one card."""
    # Twice the gap of a shop: this machine may be busy, and the exact figures have their own test.
    place = counter(FramingProfile(terminators=(), idle_gap_ms=300))

    place.scanner.send(CARD, terminator=b"", gap_s=0.099)

    assert place.wait_for(1) == [Verdict.OK]
    assert place.scans[0].payload == CARD


def test_enter_lost_between_two_cards(counter: Callable[..., Counter]) -> None:
    """Neither customer is credited, whether the cards come glued or a moment apart."""
    place = counter()

    place.scanner.send(CARD, terminator=b"")
    place.scanner.send(OTHER)
    place.wait_for(1)
    place.scanner.send(CARD, terminator=b"")
    time.sleep(0.4)
    place.scanner.send(OTHER)

    assert place.wait_for(3) == [Verdict.MERGED, Verdict.PARTIAL, Verdict.OK]


def test_a_code_in_two_pieces_and_noise_before_it(counter: Callable[..., Counter]) -> None:
    """USB hubs deliver in pieces, and a plug being pushed in sends dirt."""
    place = counter()

    place.scanner.send(CARD, split=5, gap_s=0.02)
    place.wait_for(1)
    place.scanner.send(OTHER, noise=b"\x00\xf8\r")

    assert place.wait_for(3) == [Verdict.OK, Verdict.NOISE, Verdict.OK]


def test_unplugged_in_mid_scan_and_plugged_into_another_socket(counter: Callable[..., Counter]) -> None:
    """The cable is pulled and put back, the port has another number: the register goes on by itself."""
    place = counter()
    place.scanner.send(CARD[:7], terminator=b"")
    time.sleep(0.05)
    place.scanner.unplug()

    assert place.wait_for(1) == [Verdict.PARTIAL]
    place.until(DeviceState.ABSENT)
    assert "check the cable" in place.worker.report().detail
    with pytest.raises(OSError, match="unplugged"):
        place.scanner.send(CARD)

    place.scanner.plug()
    place.until(DeviceState.READY)
    place.scanner.send(CARD)

    assert place.wait_for(2) == [Verdict.PARTIAL, Verdict.OK]


def test_a_port_held_by_another_program_is_named_and_taken_when_free(tmp_path: Path) -> None:
    """ModemManager holds the scanner for a minute after each plug: say who, and take over when it lets go."""
    place = Counter(tmp_path, FramingProfile())
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_PORT, place.scanner.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        place.worker.start()

        place.until(DeviceState.BUSY_ELSEWHERE)

        assert f"(pid {other.pid})" in place.worker.report().detail
        other.communicate()
    place.until(DeviceState.READY)
    place.scanner.send(CARD)
    assert place.wait_for(1) == [Verdict.OK]
    place.close()


def test_two_registers_cannot_share_a_scanner() -> None:
    """Two programs reading one line would each get half a card."""
    scanner = VirtualScanner()
    first, second = SerialTransport(scanner.path), SerialTransport(scanner.path)
    first.open(1.0)
    try:
        with pytest.raises(PortBusy):
            second.open(1.0)
    finally:
        first.close()
        second.close()
        scanner.close()


def test_an_input_output_error_while_counting_waiting_bytes_is_an_unplugged_port() -> None:
    """pyserial lets this error through as it is; a scanner thread that does not expect it ends for the day."""
    scanner = VirtualScanner()
    transport = SerialTransport(scanner.path)
    transport.open(1.0)
    port = transport._line._serial
    scanner.close()

    with pytest.raises(OSError, match="5"):
        port.in_waiting  # noqa: B018 - this is the error that pyserial does not translate
    with pytest.raises(PortGone):
        transport.read(64, 0.1)
    transport.close()


def test_bytes_read_before_the_error_are_given_out_first() -> None:
    """The last code before the cable came loose was scanned."""

    class Dying:
        timeout = write_timeout = 0.1
        reads = 0

        @property
        def in_waiting(self) -> int:
            if self.reads == 2:
                raise OSError(5, "Input/output error")
            return 1

        def read(self, _size: int = 1) -> bytes:
            self.reads += 1
            return b"40"[self.reads - 1 : self.reads]

        def close(self) -> None:
            pass

    transport = SerialTransport("/dev/ttyUSB9")
    transport._line._serial = Dying()

    assert transport.read(64, 0.1) == b"40"
    with pytest.raises(PortGone):
        transport.read(64, 0.1)
    transport.close()


@pytest.mark.parametrize("settings", [SerialSettings(), SerialSettings(115200, 7, "E", 2), SerialSettings(parity="O")])
def test_a_line_speaks_as_configured(settings: SerialSettings) -> None:
    """Scanners come set to seven bits with parity; the port must open with what the shop configured."""
    scanner = VirtualScanner()
    transport = SerialTransport(scanner.path, settings)
    transport.open(1.0)
    scanner.send(CARD)

    assert transport.read(14, 1.0) == f"{CARD}\r".encode()
    transport.close()
    scanner.close()


def test_nobody_reading_is_noticed() -> None:
    """A demo that scans into a dead line must fail, not wait."""
    scanner = VirtualScanner(sleep=lambda _s: None)

    with pytest.raises(OSError, match="nobody reads"):
        scanner.send("9" * 200_000)
    scanner.close()
