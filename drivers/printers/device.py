"""A printer on a transport, as one device of steps: takes jobs from the spool, keeps its state fresh."""

from collections import OrderedDict

from drivers.errors import PortGone
from drivers.health import Health
from drivers.printers.inquiry import Inquiry, NoAnswer, PrinterLine
from drivers.printers.session import DEFAULT_LIMITS, Abilities, PrintSession, SessionLimits
from drivers.printers.status import PrinterStatus
from drivers.transports import Transport
from drivers.values import (
    DeviceReport,
    DeviceState,
    Evidence,
    JobSource,
    NotSent,
    Printed,
    PrintOutcome,
    SentUnconfirmed,
)

OPEN_DEADLINE_S = 3.0
POLL_EVERY_S = 5.0
IDLE_WAIT_S = 1.0
HOLD_AFTER_NOT_SENT_S = 1.0
FLAP_S = 2.0
"""A line lost later than this after opening was idle and is opened again at once; sooner, it is left to back-off."""
UNPROVEN_MAX = 64
"""So many unconfirmed jobs are remembered for an answer that comes late."""
SILENT_POLLS_MAX = 2

_CAN_PRINT = frozenset({DeviceState.READY, DeviceState.PAPER_LOW})


class PrinterDevice:
    """Prints the jobs of a spool one after the other.

    No job is claimed while the printer is known to be unable or does not answer, so a slip can still expire
    in the spool instead of pouring out later. Printers that cannot tell their state are `unknown`, and print.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        jobs: JobSource,
        abilities: Abilities,
        limits: SessionLimits = DEFAULT_LIMITS,
        *,
        poll_every_s: float = POLL_EVERY_S,
    ) -> None:
        self._line = PrinterLine(transport)
        self._jobs = jobs
        self._abilities = abilities
        self._limits = limits
        self._poll_every_s = poll_every_s
        self._health = Health(name=name, kind="printer", port=transport.identity)
        self._is_open = False
        self._opened_at = 0.0
        self._poll_at = 0.0
        self._hold_until = 0.0
        self._silent_polls = 0
        self._now = 0.0
        self._session: PrintSession | None = None
        self._inquiry: Inquiry | None = None
        self._unproven: OrderedDict[bytes, str] = OrderedDict()
        self._outcomes: list[tuple[str, PrintOutcome]] = []

    @property
    def name(self) -> str:
        return self._health.name

    def step(self, now: float) -> float:
        """See Device. Raises DriverError when the port cannot be opened or keeps going away."""
        self._now = now
        self._store_outcomes()
        if not self._is_open:
            self._open(now)
        try:
            wait_s = self._work(now)
        except PortGone:
            if now - self._opened_at < FLAP_S:
                raise
            self._close_line()
            wait_s = 0.0
        self._upgrade_late()
        return 0.0 if self._outcomes else wait_s

    def close(self) -> None:
        """See Device. A job under way gets the outcome it has by now."""
        if self._session is not None:
            self._end_session(self._session, self._session.abandon("the register stopped using the printer"))
        self._close_line()
        self._health.be(DeviceState.OPENING, now=self._now)
        self._store_outcomes()

    def report(self) -> DeviceReport:
        """See Device."""
        return self._health.report()

    def present(self) -> bool:
        """See Device."""
        return self._line.present()

    def _open(self, now: float) -> None:
        self._line.open(OPEN_DEADLINE_S)
        self._is_open = True
        self._opened_at = now
        if not self._abilities.questions:
            self._health.be(DeviceState.UNKNOWN, "prints, but cannot tell its state", now=now)
        elif self._silent_polls == 0:
            self._poll_at = now

    def _close_line(self) -> None:
        self._line.close()
        self._is_open = False
        self._inquiry = None

    def _work(self, now: float) -> float:
        if self._session is not None:
            outcome = self._session.step(now)
            if outcome is not None:
                self._end_session(self._session, outcome)
            return 0.0
        if self._inquiry is not None:
            self._hear(self._inquiry.step(now), now)
            return 0.0
        if self._abilities.questions and now >= self._poll_at:
            self._inquiry = Inquiry(self._line, self._abilities.questions, answer_s=self._limits.answer_s)
            return 0.0
        self._line.listen(0.0)
        if self._line.automatic is not None:
            self._show(self._line.automatic, now)
            self._line.automatic = None
        return 0.0 if self._begin_job(now) else self._idle_s(now)

    def _idle_s(self, now: float) -> float:
        until_poll_s = self._poll_at - now if self._abilities.questions else IDLE_WAIT_S
        return min(IDLE_WAIT_S, max(0.0, until_poll_s))

    def _begin_job(self, now: float) -> bool:
        able = not self._abilities.questions or self._health.state in _CAN_PRINT
        if not able or now < self._hold_until:
            return False
        job = self._jobs.next_job()
        if job is None:
            return False
        self._session = PrintSession(job, self._line, self._abilities, self._jobs.sending, self._limits)
        return True

    def _end_session(self, session: PrintSession, outcome: PrintOutcome) -> None:
        self._session = None
        self._poll_at = self._now
        match outcome:
            case Printed():
                self._health.count("printed")
            case SentUnconfirmed(evidence=evidence):
                self._health.count("sent_unconfirmed")
                if evidence is Evidence.PROCESS_ID:
                    self._remember(session)
            case NotSent():
                self._health.count("not_sent")
                self._hold_until = self._now + HOLD_AFTER_NOT_SENT_S
        if session.status is not None:
            self._show(session.status, self._now)
        if session.line_broken:
            self._close_line()
        self._outcomes.append((session.job.id, outcome))

    def _remember(self, session: PrintSession) -> None:
        self._unproven[session.process_id] = session.job.id
        while len(self._unproven) > UNPROVEN_MAX:
            self._unproven.popitem(last=False)

    def _upgrade_late(self) -> None:
        while self._line.process_ids:
            job_id = self._unproven.pop(self._line.process_ids.popleft(), None)
            if job_id is not None:
                self._health.count("printed_late")
                self._outcomes.append((job_id, Printed(Evidence.PROCESS_ID)))

    def _store_outcomes(self) -> None:
        """Hands outcomes to the spool; what it cannot store stays here and is handed over again."""
        while self._outcomes:
            self._jobs.finished(*self._outcomes[0])
            del self._outcomes[0]

    def _hear(self, heard: PrinterStatus | NoAnswer | None, now: float) -> None:
        match heard:
            case None:
                return
            case PrinterStatus():
                self._silent_polls = 0
                self._show(heard, now)
            case NoAnswer(why=why):
                self._silent_polls += 1
                self._health.be(DeviceState.UNKNOWN, f"{why}: check cable, power and the model set for it", now=now)
                if self._silent_polls % SILENT_POLLS_MAX == 0:
                    self._close_line()
        self._inquiry = None
        self._poll_at = now + self._poll_every_s

    def _show(self, status: PrinterStatus, now: float) -> None:
        detail = status.hindrance or ("little paper left" if status.state is DeviceState.PAPER_LOW else "")
        self._health.be(status.state, detail, now=now)
