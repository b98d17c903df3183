"""A virtual printer as a device: it is reached by a real line, obeys real bytes, and can be mistreated."""

import os
import select
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace

from drivers.health import Health
from drivers.values import DeviceReport, DeviceState
from drivers.virtual.printer.answers import automatic, identity, in_order, process_id_answer, real_time
from drivers.virtual.printer.model import EPSON_80, PrinterModel
from drivers.virtual.printer.orders import execute
from drivers.virtual.printer.paper import Paper
from drivers.virtual.printer.parser import Command, Parser, Problem, Text
from drivers.virtual.printer.strip import PaperStrip
from drivers.virtual.printer.switches import Switches
from drivers.virtual.printer.wires import Wire

WAIT_S = 0.1
STRIPS_KEPT_MAX = 1000
PROBLEMS_KEPT_MAX = 1000
RECEIVED_KEPT_MAX = 16 * 1024 * 1024
WAITING_TOKENS_MAX = 2000
"""So much is buffered while paper is out; then the printer stops reading, as its small memory makes it."""
REAL_TIME = frozenset({"DLE EOT", "DLE ENQ", "DLE DC4"})


@dataclass(frozen=True, slots=True)
class _Answer:
    due_at: float
    data: bytes


class VirtualPrinter:
    """Prints on paper that can be read back. Run it with a Worker; every other method is for other threads.

    `problems` are bytes that this model would not have understood: a test or a demo with any has failed.
    """

    def __init__(self, name: str, wire: Wire, model: PrinterModel = EPSON_80) -> None:
        self._wire = wire
        self._model = model
        self._health = Health(name=name, kind="virtual_printer", port=wire.address)
        self._changed = threading.Condition()
        self._switches = Switches()
        self._strips: deque[PaperStrip] = deque(maxlen=STRIPS_KEPT_MAX)
        self._strips_total = 0
        self._problems: deque[Problem] = deque(maxlen=PROBLEMS_KEPT_MAX)
        self._received = bytearray()
        self._strip_data = bytearray()
        self._bell: tuple[int, int] | None = None
        self._tears = 0
        self._powered = False
        self._answers: deque[_Answer] = deque()
        self._reported = b""
        self._power_up()

    @property
    def name(self) -> str:
        return self._health.name

    @property
    def address(self) -> str:
        """What to configure as the register's printer port."""
        return self._wire.address

    @property
    def strips(self) -> tuple[PaperStrip, ...]:
        """The last strips cut off, oldest first."""
        with self._changed:
            return tuple(self._strips)

    @property
    def strips_total(self) -> int:
        """How many strips were cut since the beginning."""
        with self._changed:
            return self._strips_total

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was not understood."""
        with self._changed:
            return tuple(self._problems)

    @property
    def received(self) -> bytes:
        """The bytes received, the last 16 MiB of them."""
        with self._changed:
            return bytes(self._received)

    def wait_for_strips(self, total: int, deadline_s: float) -> bool:
        """Waits until `total` strips were cut since the beginning; False if the deadline came first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._strips_total >= total, deadline_s)

    def switch(self, switches: Switches) -> None:
        """Mistreats the printer, or stops doing so: takes effect at once."""
        with self._changed:
            self._switches = switches
            self._ring()

    def tear_off(self) -> None:
        """Tears the paper off by hand, as at a printer without a cutter: what was printed becomes a strip."""
        with self._changed:
            self._tears += 1
            self._ring()

    def _ring(self) -> None:
        if self._bell is not None:
            with suppress(BlockingIOError):  # rung often enough
                os.write(self._bell[1], b"!")

    @property
    def switches(self) -> Switches:
        """As set."""
        with self._changed:
            return self._switches

    def step(self, now: float) -> float:
        """See Device. Raises OSError if the address is taken."""
        self._open()
        self._follow_power(self.switches, now)
        ready = self._wait(self.switches, now)
        # As they are now: a cover opened before the bytes were sent is open when they arrive.
        switches = self.switches
        self._follow_power(switches, now)
        data = self._wire.receive(ready) if self._powered else b""
        if data:
            self._take(data, switches, now)
        if not switches.hindered:
            self._work_off(switches, now)
        self._tear()
        self._report_change(switches, now)
        self._send_due(now)
        return 0.0

    def close(self) -> None:
        """See Device: off and unreachable, until the next step."""
        with self._changed:
            bell, self._bell = self._bell, None
        if bell is not None:
            os.close(bell[0])
            os.close(bell[1])
        self._wire.close()
        self._powered = False

    def report(self) -> DeviceReport:
        """See Device."""
        return self._health.report()

    def present(self) -> bool:
        """See Device."""
        return True

    def _open(self) -> None:
        if self._bell is None:
            bell = os.pipe()
            os.set_blocking(bell[0], False)
            os.set_blocking(bell[1], False)
            with self._changed:
                self._bell = bell

    def _follow_power(self, switches: Switches, now: float) -> None:
        if switches.powered and not self._powered:
            self._wire.open()
            self._power_up()
            self._powered = True
            self._health.be(DeviceState.READY, now=now)
        elif self._powered and not switches.powered:
            self._wire.close()
            self._powered = False
            self._health.be(DeviceState.OFFLINE, "switched off", now=now)

    def _power_up(self) -> None:
        """A printer that was off remembers nothing, neither settings nor half a slip."""
        self._parser = Parser()
        self._paper = Paper(self._model)
        self._waiting: deque[Text | Command] = deque()
        self._answers.clear()
        self._strip_data.clear()
        self._strip_begins = 0
        self._reports = 0

    def _wait(self, switches: Switches, now: float) -> list[int]:
        sources = []
        if self._powered and len(self._waiting) < WAITING_TOKENS_MAX:
            sources = self._wire.sources(reading=switches.reading)
        bell = self._bell[0] if self._bell is not None else -1
        wait_s = min([WAIT_S, *(max(0.0, answer.due_at - now) for answer in self._answers)])
        ready, _, _ = select.select([*sources, bell], [], [], wait_s)
        if bell in ready:
            os.read(bell, 1024)
        return [descriptor for descriptor in ready if descriptor != bell]

    def _take(self, data: bytes, switches: Switches, now: float) -> None:
        with self._changed:
            self._received += data
            del self._received[:-RECEIVED_KEPT_MAX]
        self._strip_data += data
        surplus = len(self._strip_data) - RECEIVED_KEPT_MAX
        if surplus > 0:
            del self._strip_data[:surplus]
            self._strip_begins += surplus
        for token in self._parser.feed(data):
            if isinstance(token, Problem):
                self._note(token)
            elif isinstance(token, Command) and token.name in REAL_TIME:
                self._obey_now(token, switches, now)
            else:
                self._waiting.append(token)

    def _work_off(self, switches: Switches, now: float) -> None:
        while self._waiting:
            token = self._waiting.popleft()
            if isinstance(token, Command) and self._answered(token, switches, now):
                continue
            outcome = execute(self._paper, token)
            if isinstance(outcome, Problem):
                self._note(outcome)
            elif outcome is not None:
                self._cut_off(outcome, token.end if isinstance(token, Command) else token.offset)

    def _obey_now(self, command: Command, switches: Switches, now: float) -> None:
        if command.name != "DLE EOT":
            return
        answer = real_time(command.args[0], switches)
        if answer is None:
            self._note(Problem(command.offset, command.args, "DLE EOT with a question this printer does not know"))
        elif self._model.answers_dle_eot:
            self._answer(answer, switches, now)

    def _answered(self, command: Command, switches: Switches, now: float) -> bool:
        """Whether the command was one that answers rather than prints."""
        match command.name:
            case "GS r":
                answer = in_order(command.args[0], switches) if self._model.answers_gs_r else b""
            case "GS ( H":
                answer = process_id_answer(command.data, switches) if self._model.answers_process_id else b""
            case "GS I":
                answer = identity(command.args[0], self._model)
            case "GS a":
                self._reports = command.args[0] if self._model.reports_by_itself else 0
                answer = self._reported = automatic(switches) if self._reports else b""
            case _:
                return False
        if answer is None:
            self._note(Problem(command.offset, command.args + command.data, f"{command.name} is not built in that way"))
        else:
            self._answer(answer, switches, now)
        return True

    def _answer(self, data: bytes, switches: Switches, now: float) -> None:
        if data and switches.answering:
            self._answers.append(_Answer(now + switches.answer_delay_s, data))

    def _send_due(self, now: float) -> None:
        while self._answers and self._answers[0].due_at <= now:
            self._wire.send(self._answers.popleft().data)

    def _report_change(self, switches: Switches, now: float) -> None:
        if self._reports and automatic(switches) != self._reported:
            self._reported = automatic(switches)
            self._answer(self._reported, switches, now)

    def _cut_off(self, strip: PaperStrip, end: int) -> None:
        length = end - self._strip_begins
        whole = replace(strip, data=bytes(self._strip_data[:length]))
        del self._strip_data[:length]
        self._strip_begins = end
        self._health.count("strips")
        with self._changed:
            self._strips.append(whole)
            self._strips_total += 1
            self._changed.notify_all()

    def _tear(self) -> None:
        with self._changed:
            tears, self._tears = self._tears, 0
        strip = self._paper.cut() if tears else None
        if strip is not None:
            self._cut_off(strip, self._strip_begins + len(self._strip_data))

    def _note(self, problem: Problem) -> None:
        self._health.count("problems")
        with self._changed:
            self._problems.append(problem)
