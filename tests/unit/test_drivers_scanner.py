"""A scanner device as steps, with time handed in."""

from dataclasses import dataclass, field

import pytest

from drivers.errors import PortAbsent, PortGone
from drivers.loopback import LoopbackPeer, LoopbackTransport
from drivers.scanners.classifier import CardRule, Classifier
from drivers.scanners.device import QUIET_READ_S, ScannerDevice
from drivers.scanners.framer import FramingProfile
from drivers.values import DeviceState, Scan, Verdict

CARD = "4006381333931"
OTHER = "5901234123457"
RULES = (CardRule("ean", lengths=frozenset({13}), check="ean13"),)


@dataclass
class Bench:
    device: ScannerDevice
    peer: LoopbackPeer
    scans: list[Scan]
    now: float = 100.0
    waits: list[float] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        self.peer.send(data)

    def pass_ms(self, ms: int) -> None:
        """Lets time pass in steps of 10 ms, as quiet reads would."""
        for _ in range(ms // 10):
            self.waits.append(self.device.step(self.now))
            self.now += 0.010
        self.device.step(self.now)

    @property
    def verdicts(self) -> list[Verdict]:
        return [scan.verdict for scan in self.scans]


def bench(framing: FramingProfile) -> Bench:
    transport = LoopbackTransport("counter-left", waits=False)
    scans: list[Scan] = []
    device = ScannerDevice("scanner", transport, framing, Classifier("scanner", RULES), scans.append)
    device.step(99.0)
    return Bench(device, transport.peer, scans)


@pytest.fixture
def scanner() -> Bench:
    return bench(FramingProfile())


def test_a_scan_is_told_once_and_counted(scanner: Bench) -> None:
    """A scan told twice would greet the customer twice; one not counted hides a bad scanner."""
    scanner.send(f"{CARD}\r\n".encode())
    scanner.pass_ms(300)

    assert [(scan.payload, scan.kind, scan.device) for scan in scanner.scans] == [(CARD, "card", "scanner")]
    assert scanner.device.report().counters == {"ok": 1}


def test_enter_lost_between_two_cards_gives_no_card(scanner: Bench) -> None:
    """Two customers' cards read as one must never credit either of them."""
    scanner.send(f"{CARD}{OTHER}\r".encode())
    scanner.pass_ms(20)

    assert scanner.verdicts == [Verdict.MERGED]


def test_enter_lost_and_then_quiet_gives_no_card(scanner: Bench) -> None:
    """The card before a lost Enter is not sure to be whole; the next card is a card again."""
    scanner.send(CARD.encode())
    scanner.pass_ms(300)
    scanner.send(f"{OTHER}\r".encode())
    scanner.pass_ms(20)

    assert scanner.verdicts == [Verdict.PARTIAL, Verdict.OK]
    assert scanner.scans[1].payload == OTHER


def test_a_slow_scanner_without_enter_is_read_whole() -> None:
    """Characters 99 ms apart are one code."""
    scanner = bench(FramingProfile(terminators=()))
    for character in CARD:
        scanner.send(character.encode())
        scanner.pass_ms(90)
    scanner.pass_ms(200)

    assert [(scan.verdict, scan.payload) for scan in scanner.scans] == [(Verdict.OK, CARD)]


def test_half_a_code_at_unplug_is_told_as_such(scanner: Bench) -> None:
    """The cashier must scan again, and the half must not wait for the next customer's digits."""
    scanner.send(CARD[:6].encode())
    scanner.pass_ms(20)
    scanner.peer.unplug()

    with pytest.raises(PortGone):
        scanner.pass_ms(20)
    scanner.device.close()

    assert scanner.verdicts == [Verdict.PARTIAL]
    assert scanner.device.report().state is DeviceState.OPENING
    with pytest.raises(PortAbsent):
        scanner.device.step(scanner.now)

    scanner.peer.plug()
    scanner.pass_ms(20)
    scanner.send(f"{CARD[6:]}\r{CARD}\r".encode())
    scanner.pass_ms(20)
    assert scanner.verdicts == [Verdict.PARTIAL, Verdict.OK, Verdict.OK]
    assert scanner.scans[1].kind == "code"
    assert scanner.scans[2].kind == "card"


def test_a_trigger_held_down_is_one_scan(scanner: Bench) -> None:
    """A scanner that fires again within half a second must not open a second receipt."""
    for _ in range(3):
        scanner.send(f"{CARD}\r".encode())
        scanner.pass_ms(300)

    assert scanner.verdicts == [Verdict.OK, Verdict.DUPLICATE, Verdict.DUPLICATE]
    assert scanner.device.report().counters == {"ok": 1, "duplicate": 2}


def test_what_was_on_the_line_before_opening_is_forgotten() -> None:
    """A card scanned while the register was down must not turn up on the next customer's receipt."""
    transport = LoopbackTransport(waits=False)
    scans: list[Scan] = []
    transport.peer.send(f"{CARD}\r".encode())
    device = ScannerDevice("scanner", transport, FramingProfile(), Classifier("scanner", RULES), scans.append)

    for step in range(5):
        device.step(float(step))

    assert scans == []


def test_a_quiet_line_is_read_with_one_long_wait() -> None:
    """Short polls all night would cost ten times the processor."""
    waits: list[float] = []

    class Watched(LoopbackTransport):
        def read(self, max_bytes: int, deadline_s: float) -> bytes:
            waits.append(deadline_s)
            return super().read(max_bytes, deadline_s)

    transport = Watched(waits=False)
    device = ScannerDevice("scanner", transport, FramingProfile(), Classifier("scanner", RULES), lambda _scan: None)
    for step in range(3):
        device.step(float(step))
    transport.peer.send(b"4")
    device.step(4.0)
    device.step(4.001)

    assert waits == [QUIET_READ_S, QUIET_READ_S, QUIET_READ_S, pytest.approx(0.15)]
