"""One printer, one job at a time: what is sent when, and how sure the outcome is. Time is handed in."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from drivers.errors import PortAbsent, PortGone
from drivers.loopback import LoopbackTransport
from drivers.printers.device import HOLD_AFTER_NOT_SENT_S, POLL_EVERY_S, PrinterDevice
from drivers.printers.session import Abilities, SessionLimits, process_id_of
from drivers.values import (
    DeviceReport,
    DeviceState,
    Evidence,
    NotSent,
    Printed,
    PrintJob,
    PrintOutcome,
    SentUnconfirmed,
)

SLIP = b"\x1b@a slip\n\x1dV\x00"
BY_ID = Abilities(process_id=True, gs_r=True, dle_eot=True)
IN_ORDER = Abilities(gs_r=True, dle_eot=True)
ONLY_IN_ORDER = Abilities(gs_r=True)
AROUND = Abilities(dle_eot=True)
BLIND = Abilities()
LIMITS = SessionLimits(answer_s=1.0, stuck_s=5.0, send_s_max=60.0, proof_s=20.0, settle_s=1.0)


class Spool:
    """Keeps what the device tells it, in order."""

    def __init__(self) -> None:
        self.queue: list[PrintJob] = []
        self.log: list[tuple[str, str] | tuple[str, str, PrintOutcome]] = []
        self.claims = 0
        self.break_sending: Exception | None = None
        self.break_finished = 0

    def add(self, job_id: str, data: bytes = SLIP) -> None:
        self.queue.append(PrintJob(job_id, data))

    def next_job(self) -> PrintJob | None:
        if not self.queue:
            return None
        self.claims += 1
        return self.queue.pop(0)

    def sending(self, job_id: str) -> None:
        if self.break_sending is not None:
            raise self.break_sending
        self.log.append(("sending", job_id))

    def finished(self, job_id: str, outcome: PrintOutcome) -> None:
        if self.break_finished:
            self.break_finished -= 1
            raise OSError("disk full")
        self.log.append(("finished", job_id, outcome))

    @property
    def outcomes(self) -> list[PrintOutcome]:
        return [entry[2] for entry in self.log if len(entry) == 3]


@dataclass
class Script:
    """The other end of the cable: answers questions, and swallows the rest as a printer would."""

    transport: LoopbackTransport
    online: int = 0x12
    cause: int = 0x12
    paper: int = 0x12
    in_order: int = 0x00
    answers_status: bool = True
    answers_proof: bool = True
    reads: bool = True
    after_bytes: Callable[[], None] | None = None
    taken: bytearray = field(default_factory=bytearray)
    owed_ids: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        if not self.reads:
            return
        data = self.transport.peer.take()
        self.taken += data
        while data:
            if data[:2] == b"\x10\x04":
                answer = {1: self.online, 2: self.cause, 4: self.paper}[data[2]]
                self.say(bytes((answer,)) if self.answers_status else b"")
                data = data[3:]
            elif data[:3] == b"\x1dr\x01":
                self.say(bytes((self.in_order,)) if self.answers_proof else b"")
                data = data[3:]
            elif data[:7] == b"\x1d(H\x06\x00\x30\x30":
                if self.answers_proof:
                    self.say(b"\x37\x22" + data[7:11] + b"\x00")
                else:
                    self.owed_ids.append(data[7:11])
                data = data[11:]
            else:
                data = data[1:]
                if not data.startswith(b"a slip") and self.after_bytes is not None and self.slips:
                    act, self.after_bytes = self.after_bytes, None
                    act()

    def say(self, data: bytes) -> None:
        self.transport.peer.send(data)

    @property
    def slips(self) -> int:
        return self.taken.count(SLIP)


@dataclass
class Bench:
    device: PrinterDevice
    spool: Spool
    printer: Script
    now: float = 1000.0

    def run(self, seconds: float) -> None:
        """Steps the device as its worker would, a tenth of a second at a time, the printer answering in between."""
        ends_at = self.now + seconds
        while self.now < ends_at:
            self.step()
            self.now += 0.1

    def step(self) -> None:
        for _ in range(40):
            wait_s = self.device.step(self.now)
            before = len(self.printer.taken)
            self.printer.serve()
            if wait_s > 0 or len(self.printer.taken) == before:
                break

    @property
    def report(self) -> DeviceReport:
        return self.device.report()


def bench(abilities: Abilities) -> Bench:
    transport = LoopbackTransport("printer", waits=False)
    spool = Spool()
    device = PrinterDevice("slip-printer", transport, spool, abilities, LIMITS)
    return Bench(device, spool, Script(transport))


@pytest.mark.parametrize(
    ("abilities", "evidence"),
    [
        (BY_ID, Evidence.PROCESS_ID),
        (IN_ORDER, Evidence.IN_ORDER_REPLY),
        (ONLY_IN_ORDER, Evidence.IN_ORDER_REPLY),
        (AROUND, Evidence.STATUS_AROUND),
        (Abilities(process_id=True), Evidence.PROCESS_ID),
    ],
)
def test_a_slip_is_printed_with_the_best_evidence_there_is(abilities: Abilities, evidence: Evidence) -> None:
    """The cashier is told "printed" only where the printer proved it."""
    shop = bench(abilities)
    shop.spool.add("slip-1")

    shop.run(5.0)

    assert shop.spool.log == [("sending", "slip-1"), ("finished", "slip-1", Printed(evidence))]
    assert shop.printer.slips == 1
    assert shop.report.counters == {"printed": 1}


def test_a_printer_that_cannot_answer_is_never_called_sure() -> None:
    """A slip sent into a dead cable must not be shown as printed."""
    shop = bench(BLIND)
    shop.spool.add("slip-1")

    shop.run(1.0)

    assert shop.printer.slips == 1
    (outcome,) = shop.spool.outcomes
    assert isinstance(outcome, SentUnconfirmed)
    assert outcome.evidence is Evidence.WRITE_ONLY
    assert shop.report.state is DeviceState.UNKNOWN


def test_the_slip_itself_is_sent_unchanged_and_nothing_is_asked_inside() -> None:
    """A status question in the middle of a slip becomes part of a picture, and prints as dirt."""
    data = b"\x1b@" + bytes(range(32, 256)) * 120 + b"\n"
    shop = bench(IN_ORDER)
    shop.spool.add("long", data)

    shop.run(5.0)

    assert data + b"\x1dr\x01" in shop.printer.taken
    assert shop.spool.outcomes == [Printed(Evidence.IN_ORDER_REPLY)]


@pytest.mark.parametrize(
    ("cause", "paper", "state"),
    [
        (0x32, 0x72, DeviceState.PAPER_OUT),
        (0x16, 0x12, DeviceState.COVER_OPEN),
        (0x52, 0x12, DeviceState.ERROR),
    ],
)
def test_nothing_is_sent_while_the_printer_cannot_print(cause: int, paper: int, state: DeviceState) -> None:
    """Slips poured out an hour later, when paper is put in, go to the wrong customers."""
    shop = bench(BY_ID)
    shop.printer.cause, shop.printer.paper = cause, paper
    shop.spool.add("slip-1")

    shop.run(30.0)

    assert shop.report.state is state
    assert shop.report.detail
    assert (shop.spool.claims, shop.spool.log, shop.printer.slips) == (0, [], 0)

    shop.printer.cause = shop.printer.paper = 0x12
    shop.run(POLL_EVERY_S + 1)
    assert shop.spool.outcomes == [Printed(Evidence.PROCESS_ID)]


def test_paper_that_ran_out_just_before_a_slip_is_noticed_first() -> None:
    """The state is asked again at each slip: what was true five seconds ago may not be now."""
    shop = bench(BY_ID)
    shop.run(1.0)
    assert shop.report.state is DeviceState.READY
    shop.printer.cause, shop.printer.paper = 0x32, 0x72
    shop.spool.add("slip-1")

    shop.run(1.0)

    assert shop.spool.log == [("finished", "slip-1", NotSent("out of paper: put in a new roll"))]
    assert shop.printer.slips == 0
    assert shop.report.state is DeviceState.PAPER_OUT


def test_low_paper_prints_and_is_shown() -> None:
    """A roll that ends soon still has slips on it; the cashier should have the next one ready."""
    shop = bench(BY_ID)
    shop.printer.paper = 0x1E
    shop.spool.add("slip-1")

    shop.run(1.0)

    assert shop.spool.outcomes == [Printed(Evidence.PROCESS_ID)]
    assert (shop.report.state, shop.report.detail) == (DeviceState.PAPER_LOW, "little paper left")


def test_a_silent_printer_is_unknown_and_gets_nothing() -> None:
    """Silence is not health: python-escpos calls an empty answer "paper is fine"."""
    shop = bench(BY_ID)
    shop.printer.answers_status = False
    shop.spool.add("slip-1")

    shop.run(20.0)

    assert shop.report.state is DeviceState.UNKNOWN
    assert (shop.spool.claims, shop.printer.slips) == (0, 0)

    shop.printer.answers_status = True
    shop.run(POLL_EVERY_S + 2)
    assert shop.report.state is DeviceState.READY
    assert shop.spool.outcomes == [Printed(Evidence.PROCESS_ID)]


@pytest.mark.parametrize("abilities", [BY_ID, IN_ORDER, AROUND])
def test_a_cover_opened_after_the_last_byte_is_unconfirmed(abilities: Abilities) -> None:
    """The slip may be half out: the cashier must look, and the register must not print a second one by itself."""
    shop = bench(abilities)

    def open_cover() -> None:
        shop.printer.cause, shop.printer.online = 0x16, 0x1A
        shop.printer.answers_proof = False

    shop.printer.after_bytes = open_cover
    shop.spool.add("slip-1")

    shop.run(30.0)

    (outcome,) = shop.spool.outcomes
    assert isinstance(outcome, SentUnconfirmed)
    assert "cover is open" in outcome.why
    assert shop.report.state is DeviceState.COVER_OPEN
    assert shop.printer.slips == 1


@pytest.mark.parametrize("abilities", [BY_ID, IN_ORDER])
def test_a_lost_answer_is_unconfirmed_and_never_sent_again(abilities: Abilities) -> None:
    """Bonus points printed twice bring the customer back with two slips."""
    shop = bench(abilities)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")

    shop.run(60.0)

    (outcome,) = shop.spool.outcomes
    assert isinstance(outcome, SentUnconfirmed)
    assert shop.printer.slips == 1
    assert shop.report.counters == {"sent_unconfirmed": 1}


def test_a_late_answer_upgrades_the_slip() -> None:
    """Paper changed after a minute: the slip did print, and the question mark on the screen must go."""
    shop = bench(BY_ID)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(30.0)
    assert isinstance(shop.spool.outcomes[0], SentUnconfirmed)

    shop.printer.say(b"\x37\x22" + shop.printer.owed_ids[0] + b"\x00")
    shop.run(2.0)

    assert shop.spool.outcomes[1:] == [Printed(Evidence.PROCESS_ID)]
    assert shop.spool.log[-1][1] == "slip-1"
    assert shop.report.counters == {"sent_unconfirmed": 1, "printed_late": 1}


def test_an_answer_that_comes_while_asking_why_it_does_not_is_the_answer() -> None:
    """The slip printed a moment after our patience ended: the cashier need not look."""
    shop = bench(BY_ID)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(15.0)
    shop.printer.answers_status = False
    shop.run(5.8)
    assert shop.spool.outcomes == []

    shop.printer.say(b"\x37\x22" + shop.printer.owed_ids[0] + b"\x00")
    shop.run(1.0)

    assert shop.spool.outcomes == [Printed(Evidence.PROCESS_ID)]


def test_a_late_answer_never_proves_another_slip() -> None:
    """The answer to the first slip, coming while the second prints, says nothing about the second."""
    shop = bench(BY_ID)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(30.0)
    shop.spool.add("slip-2")
    shop.run(1.0)
    assert shop.printer.slips == 2

    shop.printer.say(b"\x37\x22" + shop.printer.owed_ids[0] + b"\x00")
    shop.run(1.0)

    assert [entry[1:] for entry in shop.spool.log if len(entry) == 3][1:] == [("slip-1", Printed(Evidence.PROCESS_ID))]


def test_a_wrong_id_proves_nothing() -> None:
    """Another register on the same printer is answered too."""
    shop = bench(BY_ID)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(2.0)
    shop.printer.say(b"\x37\x22nope\x00")

    shop.run(30.0)

    assert [type(outcome) for outcome in shop.spool.outcomes] == [SentUnconfirmed]


def test_an_answer_in_order_that_came_late_is_not_taken_for_the_next_slip() -> None:
    """Answers without an id are told apart by counting: a late one must not confirm a slip that did not print."""
    shop = bench(IN_ORDER)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(30.0)
    assert isinstance(shop.spool.outcomes[0], SentUnconfirmed)
    shop.spool.add("slip-2")
    shop.run(0.3)

    shop.printer.say(b"\x00")
    shop.run(0.3)
    assert shop.printer.slips == 1, "that was the answer to the first slip; the line is not in step yet"

    shop.printer.say(b"\x00")
    shop.run(0.3)
    assert shop.printer.slips == 2
    assert len(shop.spool.outcomes) == 1

    shop.printer.say(b"\x00")
    shop.run(0.3)
    assert shop.spool.outcomes[1:] == [Printed(Evidence.IN_ORDER_REPLY)]


def test_a_printer_switched_off_in_between_owes_nothing() -> None:
    """After a power cut the missing answer never comes; the next slips must not all stay unproved."""
    shop = bench(IN_ORDER)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(30.0)
    shop.printer.answers_proof = True
    shop.spool.add("slip-2")
    shop.spool.add("slip-3")

    shop.run(5.0)

    assert shop.spool.outcomes[1:] == [Printed(Evidence.IN_ORDER_REPLY)] * 2


def test_paper_that_ran_out_inside_a_slip_is_unconfirmed() -> None:
    """The printer answered, but the end of the slip is missing."""
    shop = bench(ONLY_IN_ORDER)
    shop.printer.after_bytes = lambda: setattr(shop.printer, "in_order", 0x0C)
    shop.spool.add("slip-1")

    shop.run(5.0)

    (outcome,) = shop.spool.outcomes
    assert isinstance(outcome, SentUnconfirmed)
    assert "paper ran out" in outcome.why


def test_a_printer_that_stops_taking_bytes_ends_in_an_outcome() -> None:
    """A stuck printer must not hold the thread for ever; what left is known, and nothing is sent again."""
    shop = bench(BLIND)
    shop.printer.reads = False
    shop.spool.add("long", bytes(20_000))

    shop.run(10.0)

    (outcome,) = shop.spool.outcomes
    assert isinstance(outcome, SentUnconfirmed)
    assert "4096 of 20000 bytes" in outcome.why


def test_a_printer_whose_buffer_is_full_is_not_ready() -> None:
    """A question that is not even taken must not be waited for, nor counted as fine."""
    shop = bench(BY_ID)
    shop.printer.reads = False
    shop.device.step(shop.now)
    shop.printer.transport.write(bytes(5000), 0.0)
    shop.spool.add("slip-1")

    shop.run(3.0)

    assert shop.report.state is DeviceState.UNKNOWN
    assert "takes no bytes" in shop.report.detail
    assert shop.spool.claims == 0


def test_a_lost_answer_of_a_printer_that_cannot_be_asked_why() -> None:
    """The cashier is told to look, since nobody else can."""
    shop = bench(Abilities(process_id=True))
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")

    shop.run(25.0)

    assert shop.spool.outcomes == [SentUnconfirmed(Evidence.PROCESS_ID, "no answer within 20 s that it printed")]


def test_a_printer_gone_silent_after_a_slip_leaves_it_unconfirmed() -> None:
    """Two silences are no proof."""
    for abilities in (BY_ID, AROUND):
        shop = bench(abilities)

        def fall_silent(printer: Script = shop.printer) -> None:
            printer.answers_proof = printer.answers_status = False

        shop.printer.after_bytes = fall_silent
        shop.spool.add("slip-1")

        shop.run(30.0)

        (outcome,) = shop.spool.outcomes
        assert isinstance(outcome, SentUnconfirmed)
        assert "status question" in outcome.why


def test_a_line_lost_in_mid_job_is_unconfirmed() -> None:
    """Half a slip may lie in the printer."""
    shop = bench(BLIND)
    shop.printer.reads = False
    shop.spool.add("long", bytes(20_000))
    shop.run(4.0)
    shop.printer.transport.peer.unplug()

    with pytest.raises(PortAbsent):
        shop.run(2.0)
    with pytest.raises(PortAbsent):
        shop.run(2.0)

    assert [type(outcome) for outcome in shop.spool.outcomes] == [SentUnconfirmed]


def test_a_line_lost_before_the_first_byte_is_not_sent() -> None:
    """An idle connection that was closed costs nothing: the slip may be tried again by itself."""
    shop = bench(BLIND)
    shop.run(5.0)
    shop.spool.add("slip-1")
    shop.device.step(shop.now)
    shop.printer.transport.peer.unplug()

    shop.device.step(shop.now)
    with pytest.raises(PortAbsent):
        shop.device.step(shop.now)

    assert [type(outcome) for outcome in shop.spool.outcomes] == [NotSent]
    assert ("sending", "slip-1") not in shop.spool.log


def test_an_idle_line_that_was_reset_is_opened_again_at_once() -> None:
    """Network printers hang up after a quiet minute; the next customer must not wait for a back-off."""
    shop = bench(BLIND)
    shop.run(5.0)
    shop.printer.transport.peer.unplug()
    shop.device.step(shop.now)
    shop.printer.transport.peer.plug()
    shop.spool.add("slip-1")

    shop.run(1.0)

    assert shop.printer.slips == 1


def test_a_line_that_is_lost_right_after_opening_is_left_to_back_off() -> None:
    """A printer that hangs up at once must not be called a thousand times a second."""
    shop = bench(BLIND)
    shop.device.step(shop.now)
    shop.printer.transport.peer.unplug()

    with pytest.raises(PortGone):
        shop.device.step(shop.now + 0.1)


def test_a_slip_that_cannot_be_recorded_is_not_sent() -> None:
    """With the disk full nobody could tell later whether the slip printed, so no byte may leave."""
    shop = bench(BY_ID)
    shop.spool.break_sending = OSError("disk full")
    shop.spool.add("slip-1")

    shop.run(1.0)

    (outcome,) = shop.spool.outcomes
    assert isinstance(outcome, NotSent)
    assert "disk full" in outcome.why
    assert shop.printer.slips == 0


def test_an_outcome_that_could_not_be_stored_is_stored_later() -> None:
    """A locked database for a moment must not leave a printed slip marked as being sent for ever."""
    shop = bench(BY_ID)
    shop.spool.break_finished = 2
    shop.spool.add("slip-1")
    failures = 0

    for _ in range(20):
        try:
            shop.step()
        except OSError:
            failures += 1
        shop.now += 0.1

    assert failures == 2
    assert shop.spool.outcomes == [Printed(Evidence.PROCESS_ID)]
    assert shop.printer.slips == 1


def test_a_refused_slip_is_held_for_a_moment() -> None:
    """A job that is not sent comes back at once; without a pause it would turn the spool's disk."""
    shop = bench(BLIND)
    shop.spool.break_sending = OSError("disk full")
    shop.run(0.2)
    shop.spool.add("slip-1")
    shop.spool.add("slip-1")

    shop.run(HOLD_AFTER_NOT_SENT_S - 0.2)
    assert shop.spool.claims == 1
    shop.run(0.5)
    assert shop.spool.claims == 2


def test_a_stop_in_mid_job_leaves_an_outcome() -> None:
    """A register stopped while a slip prints must know at its next start that it may have printed."""
    shop = bench(BY_ID)
    shop.printer.answers_proof = False
    shop.spool.add("slip-1")
    shop.run(1.0)

    shop.device.close()

    assert [type(outcome) for outcome in shop.spool.outcomes] == [SentUnconfirmed]


def test_a_stop_before_the_first_byte_lets_the_slip_go() -> None:
    """A slip that was only being prepared may be printed after the restart."""
    shop = bench(BY_ID)
    shop.run(1.0)
    shop.spool.add("slip-1")
    shop.device.step(shop.now)

    shop.device.close()

    assert [type(outcome) for outcome in shop.spool.outcomes] == [NotSent]
    assert ("sending", "slip-1") not in shop.spool.log


def test_a_printer_that_reports_by_itself_is_believed() -> None:
    """A cover opened between two slips is shown when it happens."""
    shop = bench(BY_ID)
    shop.run(1.0)
    shop.printer.say(b"\x38\x00\x00\x0f")

    shop.run(0.2)

    assert shop.report.state is DeviceState.COVER_OPEN


def test_process_ids_are_printable_and_belong_to_their_job() -> None:
    """After a restart a late answer must not be taken for another slip's."""
    ids = {process_id_of(f"slip-{number}") for number in range(500)}

    assert len(ids) == 500
    assert all(len(process_id) == 4 and all(32 <= byte <= 126 for byte in process_id) for process_id in ids)
    assert process_id_of("slip-1") == process_id_of("slip-1")
