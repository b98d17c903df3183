"""Printers on real sockets and pseudo-terminals, against the twin that parses every byte."""

import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image as Pillow

from drivers.printers.device import PrinterDevice
from drivers.printers.session import Abilities, SessionLimits
from drivers.printers.status import PaperLevel
from drivers.transports import transport_for
from drivers.values import (
    DeviceState,
    Evidence,
    NotSent,
    Printed,
    PrintJob,
    PrintOutcome,
    SentUnconfirmed,
)
from drivers.virtual.printer.model import EPSON_58, EPSON_80, EPSON_88, POS_5890, RP_326, SP_2000, PrinterModel
from drivers.virtual.printer.picture import Typeface, strip_png
from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.switches import Switches
from drivers.virtual.printer.wires import PtyWire, TcpWire, Wire
from drivers.worker import Worker, WorkerLimits
from slips.document import Barcode, Columns, Cut, Document, Feed, Image, Qr, Rule, Size, Symbology, Text
from slips.escpos import render
from slips.profile import profile_named

SOON_S = 8.0
FONTS = Path(__file__).resolve().parents[2] / "slips" / "fonts"
SLIP = b"\x1b@\x1c.\x1bt\x11" + "Спасибо!\n".encode("cp866") + b"\x1dV\x00"
BY_ID = Abilities(process_id=True, gs_r=True, dle_eot=True)
IN_ORDER = Abilities(gs_r=True, dle_eot=True)
BLIND = Abilities()
QUICK = SessionLimits(answer_s=0.5, stuck_s=0.4, send_s_max=5.0, proof_s=0.6, settle_s=0.1)
QUICK_WORKER = WorkerLimits(backoff_first_s=0.05, backoff_max_s=0.2, appear_look_s=0.05)


@dataclass
class Spool:
    """A queue whose `sending` can be the moment at which something happens to the printer."""

    queue: list[PrintJob] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    outcomes: list[tuple[str, PrintOutcome]] = field(default_factory=list)
    at_sending: Callable[[], None] | None = None

    def next_job(self) -> PrintJob | None:
        return self.queue.pop(0) if self.queue else None

    def sending(self, job_id: str) -> None:
        self.sent.append(job_id)
        if self.at_sending is not None:
            self.at_sending()

    def finished(self, job_id: str, outcome: PrintOutcome) -> None:
        self.outcomes.append((job_id, outcome))


class Shop:
    """One register's printer device with its thread."""

    def __init__(self, address: str, abilities: Abilities) -> None:
        self.spool = Spool()
        device = PrinterDevice("slip-printer", transport_for(address), self.spool, abilities, QUICK, poll_every_s=0.3)
        self.worker = Worker(device, limits=QUICK_WORKER)
        self.worker.start()

    def print(self, job_id: str, data: bytes = SLIP) -> None:
        self.spool.queue.append(PrintJob(job_id, data))
        self.worker.wake()

    def outcomes(self, count: int) -> list[PrintOutcome]:
        self.until(lambda: len(self.spool.outcomes) >= count)
        return [outcome for _, outcome in self.spool.outcomes]

    def until_state(self, state: DeviceState) -> None:
        self.until(lambda: self.worker.report().state is state)

    def until(self, condition: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + SOON_S
        while not condition():
            assert time.monotonic() < ends_at, (self.worker.report(), self.spool)
            time.sleep(0.005)


@dataclass
class Street:
    """Everything that runs, so that it stops."""

    workers: list[Worker] = field(default_factory=list)

    def printer(self, wire: Wire, model: PrinterModel = EPSON_80) -> VirtualPrinter:
        twin = VirtualPrinter("twin", wire, model)
        worker = Worker(twin)
        worker.start()
        self.workers.append(worker)
        return twin

    def shop(self, address: str, abilities: Abilities = BY_ID) -> Shop:
        shop = Shop(address, abilities)
        self.workers.append(shop.worker)
        return shop

    def close(self) -> None:
        for worker in reversed(self.workers):
            assert worker.stop(SOON_S)


@pytest.fixture
def street() -> Iterator[Street]:
    place = Street()
    yield place
    place.close()


@pytest.mark.parametrize("wire", [TcpWire, PtyWire])
@pytest.mark.parametrize(
    "abilities", [BY_ID, IN_ORDER, Abilities(gs_r=True), Abilities(dle_eot=True), Abilities(process_id=True)]
)
def test_a_slip_prints_and_is_proved(street: Street, wire: Callable[[], Wire], abilities: Abilities) -> None:
    """The whole way on a real line: question, slip, evidence, paper."""
    twin = street.printer(wire())
    shop = street.shop(twin.address, abilities)

    shop.print("slip-1")

    assert shop.outcomes(1) == [Printed(abilities.evidence)]
    assert [strip.text() for strip in twin.strips] == ["Спасибо!"]
    assert SLIP in twin.strips[0].data
    assert twin.problems == ()


def test_the_first_byte_leaves_within_thirty_milliseconds(street: Street) -> None:
    """The customer puts the purse away while the slip prints, not while it waits."""
    twin = street.printer(TcpWire())
    shop = street.shop(twin.address)
    shop.until_state(DeviceState.READY)
    delays = []
    for number in range(11):
        began = time.monotonic()
        shop.print(f"slip-{number}")
        assert twin.wait_for_strips(number + 1, SOON_S)
        delays.append(time.monotonic() - began)

    assert sorted(delays)[5] < 0.030


def test_the_twin_answers_as_fast_as_a_printer() -> None:
    """A twin that dawdles would hide that the register waits for nothing."""
    twin = VirtualPrinter("twin", TcpWire())
    worker = Worker(twin)
    worker.start()
    host, port = twin.address.removeprefix("tcp://").split(":")
    times = []
    with socket.create_connection((host, int(port)), timeout=SOON_S) as line:
        for _ in range(41):
            began = time.monotonic()
            line.sendall(b"\x10\x04\x01")
            assert line.recv(1) == b"\x12"
            times.append(time.monotonic() - began)
    assert worker.stop(SOON_S)

    assert sorted(times)[20] < 0.005


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (Switches(paper=PaperLevel.OUT), DeviceState.PAPER_OUT),
        (Switches(cover_open=True), DeviceState.COVER_OPEN),
    ],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(street: Street, trouble: Switches, state: DeviceState) -> None:
    """Without paper a slip waits in the register, where it can expire, not in the printer, where it pours out."""
    twin = street.printer(TcpWire())
    twin.switch(trouble)
    shop = street.shop(twin.address)
    shop.until_state(state)

    shop.print("slip-1")
    time.sleep(0.3)

    assert (shop.spool.sent, shop.spool.outcomes) == ([], [])
    assert b"\x1b@" not in twin.received


def test_a_cover_opened_after_the_last_byte(street: Street) -> None:
    """The slip is a question mark until the cover closes; then it prints by itself, once, and the mark goes."""
    twin = street.printer(TcpWire())
    shop = street.shop(twin.address)
    shop.spool.at_sending = lambda: twin.switch(Switches(cover_open=True))
    shop.print("slip-1")

    (first,) = shop.outcomes(1)
    assert isinstance(first, SentUnconfirmed)
    assert "cover is open" in first.why
    assert twin.strips_total == 0

    twin.switch(Switches())
    assert shop.outcomes(2)[1] == Printed(Evidence.PROCESS_ID)
    assert shop.spool.outcomes[1][0] == "slip-1"
    assert (twin.strips_total, shop.spool.sent) == (1, ["slip-1"])


@pytest.mark.parametrize("trouble", [Switches(answering=False), Switches(wrong_ids=True)])
def test_an_answer_lost_or_wrong_is_unconfirmed_and_not_repeated(street: Street, trouble: Switches) -> None:
    """The slip is on the counter: another one by itself would be a second promise of the same points."""
    twin = street.printer(TcpWire())
    shop = street.shop(twin.address)
    shop.spool.at_sending = lambda: twin.switch(trouble)
    shop.print("slip-1")

    (outcome,) = shop.outcomes(1)
    assert isinstance(outcome, SentUnconfirmed)
    twin.switch(Switches())
    shop.spool.at_sending = None
    shop.print("slip-2")

    assert shop.outcomes(2)[1] == Printed(Evidence.PROCESS_ID)
    assert twin.strips_total == 2


def test_an_answer_that_comes_late_upgrades(street: Street) -> None:
    """A slow printer is not a broken one."""
    twin = street.printer(TcpWire())
    shop = street.shop(twin.address)
    shop.until_state(DeviceState.READY)
    shop.spool.at_sending = lambda: twin.switch(Switches(answer_delay_s=2.0))
    shop.print("slip-1")

    first, second = shop.outcomes(2)

    assert isinstance(first, SentUnconfirmed)
    assert second == Printed(Evidence.PROCESS_ID)


def test_a_printer_switched_off_and_on_in_mid_job(street: Street) -> None:
    """Half a slip may be out: it is never sent again by itself, and the next one prints."""
    twin = street.printer(TcpWire())
    shop = street.shop(twin.address)
    shop.spool.at_sending = lambda: twin.switch(Switches(powered=False))
    long = b"\x1b@" + b"x" * 4_000_000
    shop.print("slip-1", long)

    (outcome,) = shop.outcomes(1)
    assert isinstance(outcome, SentUnconfirmed)
    shop.until_state(DeviceState.ABSENT)

    twin.switch(Switches())
    shop.spool.at_sending = None
    shop.until_state(DeviceState.READY)
    shop.print("slip-2")
    assert shop.outcomes(2)[1] == Printed(Evidence.PROCESS_ID)
    assert [strip.text() for strip in twin.strips] == ["Спасибо!"]


def test_a_printer_that_never_reads_is_asked_first_and_gets_nothing(street: Street) -> None:
    """The system takes a whole slip for a peer that never reads one byte: asked first, it shows."""
    twin = street.printer(TcpWire())
    twin.switch(Switches(reading=False))
    shop = street.shop(twin.address)
    shop.print("slip-1")

    shop.until_state(DeviceState.UNKNOWN)
    time.sleep(0.2)

    assert (shop.spool.sent, shop.spool.outcomes) == ([], [])


def test_a_printer_that_never_reads_and_cannot_be_asked_is_never_called_printed(street: Street) -> None:
    """Three kilobytes "sent" to a peer that never reads are not a slip in a customer's hand."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        shop = street.shop(f"tcp://127.0.0.1:{deaf.getsockname()[1]}", BLIND)
        shop.print("small", b"x" * 3000)
        shop.print("large", b"x" * 16_000_000)

        small, large = shop.outcomes(2)
        assert shop.worker.stop(SOON_S)

    assert isinstance(small, SentUnconfirmed)
    assert small.evidence is Evidence.WRITE_ONLY
    assert isinstance(large, SentUnconfirmed)
    assert "of 16000000 bytes had left" in large.why


def test_an_idle_connection_that_was_reset_costs_nothing(street: Street) -> None:
    """Network printers drop idle connections; the next slip goes over a new one, whole and once."""
    twin_address: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SOON_S)
        shop = street.shop(f"tcp://127.0.0.1:{server.getsockname()[1]}", BLIND)
        first, _ = server.accept()
        time.sleep(2.2)  # longer than a line may live and be called flapping
        first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        first.close()
        shop.print("slip-1")
        second, _ = server.accept()
        with second:
            second.settimeout(SOON_S)
            shop.outcomes(1)
            twin_address.append(second.recv(65536))
            assert shop.worker.stop(SOON_S)

    assert twin_address == [SLIP]
    assert not isinstance(shop.spool.outcomes[0][1], NotSent)


def test_a_serial_printer_unplugged_and_plugged_again(street: Street, tmp_path: Path) -> None:
    """The cleaner pulls the cable: the screen says so, and the next slip prints when it is back."""
    twin = street.printer(PtyWire(tmp_path / "usb-printer"))
    shop = street.shop(twin.address)
    shop.until_state(DeviceState.READY)

    twin.switch(Switches(powered=False))
    shop.until_state(DeviceState.ABSENT)
    twin.switch(Switches())
    shop.until_state(DeviceState.READY)
    shop.print("slip-1")

    assert shop.outcomes(1) == [Printed(Evidence.PROCESS_ID)]


def test_one_caller_at_a_time(street: Street) -> None:
    """Two registers on one printer must not mix their slips; the second waits until the first hangs up."""
    twin = street.printer(TcpWire())
    host, port = twin.address.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=SOON_S) as first:
        first.sendall(b"\x10\x04\x01")
        assert first.recv(1) == b"\x12"
        with socket.create_connection((host, int(port)), timeout=SOON_S) as second:
            second.sendall(b"\x10\x04\x01")
            second.settimeout(0.2)
            with pytest.raises(TimeoutError):
                second.recv(1)
            first.close()
            second.settimeout(SOON_S)
            assert second.recv(1) == b"\x12"


def test_the_twin_reports_by_itself_and_says_who_it_is(street: Street) -> None:
    """Independent clients ask for these; a twin without them could not be checked by anybody else."""
    twin = street.printer(TcpWire())
    host, port = twin.address.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=SOON_S) as line:

        def heard(count: int) -> bytes:
            data = b""
            while len(data) < count:
                data += line.recv(count - len(data))
            return data

        line.sendall(b"\x1da\x0f")
        assert heard(4) == b"\x10\x00\x00\x0f"
        twin.switch(Switches(paper=PaperLevel.LOW))
        assert heard(4) == b"\x10\x00\x03\x0f"
        line.sendall(b"\x1dr\x01\x1dr\x31\x1dr\x02\x1dIC")
        assert heard(3 + 12) == b"\x03\x03\x00\x5fVirtual 80\x00"
        line.sendall(b"\x10\x04\x02\x10\x04\x03\x10\x04\x04")
        assert heard(3) == b"\x12\x12\x1e"
        line.sendall(b"\x10\x04\x07")
        line.sendall(b"\x1dr\x09")
        line.sendall(b"\x10\x04\x01")
        assert heard(1) == b"\x12"
    assert [problem.why for problem in twin.problems] == [
        "DLE EOT with a question this printer does not know",
        "GS r is not built in that way",
    ]


def test_two_slips_in_one_packet_are_two_strips_with_their_own_bytes(street: Street) -> None:
    """The demo shows the bytes of the slip it shows."""
    twin = street.printer(TcpWire())
    host, port = twin.address.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), timeout=SOON_S) as line:
        line.sendall(SLIP + SLIP.replace(b"!", b"?"))
        assert twin.wait_for_strips(2, SOON_S)

    assert [strip.data for strip in twin.strips] == [SLIP, SLIP.replace(b"!", b"?")]
    assert not twin.wait_for_strips(3, 0.01)


DOCUMENT = Document(
    (
        Text("Лавка «Ёлка»", size=Size.DOUBLE, bold=True),
        Columns((("Хлеб ржаной", "52,90 ₽"), ("Молоко — 1 л", "89,00 ₽"))),
        Rule(),
        Text("Начислено 14 баллов", size=Size.TALL),
        Barcode("4006381333931"),
        Barcode("COUPON-7", symbology=Symbology.CODE128),
        Qr("https://kopilka.example/b/1"),
        Image(16, 2, b"\xff\x00\x80\x01"),
        Feed(2),
        Cut(),
    )
)


@pytest.mark.parametrize(
    ("profile_id", "model"),
    [
        ("generic-58", EPSON_58),
        ("generic-80", EPSON_80),
        ("epson-tm-t88", EPSON_88),
        ("epson-tm-t20", EPSON_80),
        ("pos-5890", POS_5890),
        ("nt-80", replace(POS_5890, name="NT-80", width_dots=EPSON_80.width_dots)),
        ("rp326", RP_326),
        ("sp2000", SP_2000),
    ],
)
def test_every_profile_prints_right_on_its_model(street: Street, profile_id: str, model: PrinterModel) -> None:
    """Kanji boot, another slot, narrow paper: what the slip maker sends must come out in Russian, codes readable."""
    profile = profile_named(profile_id)
    twin = street.printer(TcpWire(), model)
    abilities = Abilities(process_id=profile.process_id, gs_r=profile.gs_r, dle_eot=profile.dle_eot)
    shop = street.shop(twin.address, abilities)
    shop.print("slip-1", render(DOCUMENT, profile))

    (outcome,) = shop.outcomes(1)
    assert outcome == Printed(abilities.evidence) or abilities.evidence is Evidence.WRITE_ONLY
    if not profile.cut:
        shop.until(lambda: b"\x1bd" in twin.received[-200:])
        shop.until(lambda: len(twin.received) >= len(render(DOCUMENT, profile)))
        twin.tear_off()
    assert twin.wait_for_strips(1, SOON_S)

    assert [str(problem) for problem in twin.problems] == []
    text = twin.strips[0].text()
    assert 'Лавка "Ёлка"' in text
    assert "Хлеб ржаной" in text
    assert "89,00 руб." in text
    typeface = Typeface(next(path for path in sorted(FONTS.glob("*.ttf")) if "Bold" not in path.name))
    picture = Pillow.open(BytesIO(strip_png(twin.strips[0], typeface)))
    read = {found.bytes.decode() for found in zxingcpp.read_barcodes(picture)}
    assert {"4006381333931", "https://kopilka.example/b/1"} <= read


def test_a_virtual_printer_can_be_closed_and_opened_again() -> None:
    """The supervisor restarts one worker, and the printer must still be where it was."""
    twin = VirtualPrinter("twin", TcpWire())
    address = twin.address
    worker = Worker(twin)
    for _ in range(2):
        worker.start()
        host, port = address.removeprefix("tcp://").split(":")
        ends_at = time.monotonic() + SOON_S
        while worker.report().state is not DeviceState.READY:
            assert time.monotonic() < ends_at
            time.sleep(0.01)
        with socket.create_connection((host, int(port)), timeout=SOON_S) as line:
            line.sendall(b"\x10\x04\x01")
            assert line.recv(1) == b"\x12"
        assert worker.stop(SOON_S)

    with pytest.raises(OSError, match=r"refused|111"):
        socket.create_connection((host, int(port)), timeout=1.0).close()


def test_an_address_that_is_taken_is_told() -> None:
    """A demo started twice must say so, not print into the other one's paper."""
    first = TcpWire()
    port = int(first.address.rpartition(":")[2])
    try:
        with pytest.raises(OSError, match=os.strerror(98)):
            TcpWire(port=port)
    finally:
        first.close()
