"""One job on one printer, from the question whether it may begin to the evidence that it printed.

Accepting bytes proves nothing: a peer that never reads takes a whole slip. So each job ends in an outcome
that says how sure we are, and once a byte may have left, nothing here sends it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from drivers.errors import PortGone
from drivers.printers.inquiry import LISTEN_SLICE_S, Inquiry, NoAnswer, PrinterLine
from drivers.printers.status import PaperLevel, PrinterStatus, Question
from drivers.values import Evidence, NotSent, Printed, PrintJob, PrintOutcome, SentUnconfirmed

SLICE_BYTES = 4096
PROCESS_ID_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
PROCESS_ID_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a printer model answers to. Unanswered questions make every job fail: say only what is so."""

    process_id: bool = False
    gs_r: bool = False
    dle_eot: bool = False

    @property
    def evidence(self) -> Evidence:
        """The best evidence this printer can give."""
        if self.process_id:
            return Evidence.PROCESS_ID
        if self.gs_r:
            return Evidence.IN_ORDER_REPLY
        return Evidence.STATUS_AROUND if self.dle_eot else Evidence.WRITE_ONLY

    @property
    def questions(self) -> tuple[Question, ...]:
        """What to ask it for its state; nothing if it cannot tell."""
        if self.dle_eot:
            return (Question.OFFLINE_CAUSE, Question.PAPER, Question.PRINTER)
        return (Question.PAPER_IN_ORDER,) if self.gs_r else ()


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Seconds.

    `answer_s` for one status question, `stuck_s` without a byte taken, `send_s_max` for all bytes,
    `proof_s` from the last byte to its answer, `settle_s` between the two looks of tier C.
    """

    answer_s: float = 1.0
    stuck_s: float = 5.0
    send_s_max: float = 60.0
    proof_s: float = 20.0
    settle_s: float = 1.0


DEFAULT_LIMITS = SessionLimits()


def process_id_of(job_id: str) -> bytes:
    """Four printable characters that stand for a job.

    The same after a restart: a late answer to an earlier process must not confirm another slip.
    """
    digest = sha256(job_id.encode()).digest()
    return bytes(PROCESS_ID_ALPHABET[byte % len(PROCESS_ID_ALPHABET)] for byte in digest[:PROCESS_ID_LENGTH])


class PrintSession:
    """One job as steps. `sending` is called with the job's id before its first byte leaves.

    `NotSent` is the outcome exactly when `sending` was not called or failed. After the end, `status` is what
    was last heard of the printer, and `line_broken` says that the line must be opened anew.
    """

    def __init__(
        self,
        job: PrintJob,
        line: PrinterLine,
        abilities: Abilities,
        sending: Callable[[str], None],
        limits: SessionLimits = DEFAULT_LIMITS,
    ) -> None:
        self.job = job
        self.process_id = process_id_of(job.id)
        self.status: PrinterStatus | None = None
        self.line_broken = False
        self._line = line
        self._abilities = abilities
        self._limits = limits
        self._sending = sending
        self._payload = job.data + self._proof_request()
        self._sent = 0
        self._begun_at: float | None = None
        self._moved_at = 0.0
        self._ended_at = 0.0
        self._settling = False
        self._inquiry = self._check_first()
        self._phase: Callable[[float], PrintOutcome | None] = self._check

    def step(self, now: float) -> PrintOutcome | None:
        """The outcome, or None while under way. Never raises for a lost line: that is an outcome."""
        try:
            return self._phase(now)
        except PortGone as error:
            return self.abandon(str(error))

    def abandon(self, why: str) -> PrintOutcome:
        """The outcome if the job ends here."""
        self.line_broken = True
        if self._begun_at is None:
            return NotSent(why)
        return self._unconfirmed(f"{why}; {self._sent} of {len(self._payload)} bytes had left")

    def _proof_request(self) -> bytes:
        match self._abilities.evidence:
            case Evidence.PROCESS_ID:
                return b"\x1d(H\x06\x00\x30\x30" + self.process_id
            case Evidence.IN_ORDER_REPLY:
                return Question.PAPER_IN_ORDER.command
            case _:
                return b""

    def _check_first(self) -> Inquiry | None:
        questions = self._abilities.questions
        if self._line.owed and Question.PAPER_IN_ORDER not in questions:
            questions = (*questions, Question.PAPER_IN_ORDER)
        return self._inquire(questions)

    def _inquire(self, questions: tuple[Question, ...]) -> Inquiry | None:
        return Inquiry(self._line, questions, answer_s=self._limits.answer_s) if questions else None

    def _check(self, now: float) -> PrintOutcome | None:
        if self._inquiry is None:
            return self._begin(now)
        match self._inquiry.step(now):
            case None:
                return None
            case NoAnswer(why=why):
                return NotSent(why)
            case PrinterStatus() as status:
                self.status = status
                return NotSent(status.hindrance) if status.hindrance else self._begin(now)

    def _begin(self, now: float) -> PrintOutcome | None:
        self._line.listen(0.0)  # an idle connection that was closed shows here, before anything is promised
        try:
            self._sending(self.job.id)
        except Exception as error:  # noqa: BLE001 - whatever kept it from being recorded, no byte has left
            return NotSent(f"could not be recorded before sending: {error}")
        self._begun_at = self._moved_at = now
        self._phase = self._send
        if self._abilities.evidence is Evidence.IN_ORDER_REPLY:
            self._line.owed += 1
        return self._send(now)

    def _send(self, now: float) -> PrintOutcome | None:
        begun_at = now if self._begun_at is None else self._begun_at
        taken = self._line.write(self._payload[self._sent : self._sent + SLICE_BYTES], LISTEN_SLICE_S)
        self._sent += taken
        if taken:
            self._moved_at = now
        if self._sent == len(self._payload):
            self._ended_at = now
            self._inquiry = None
            self._phase = self._prove
            return None
        if now - self._moved_at >= self._limits.stuck_s or now - begun_at >= self._limits.send_s_max:
            return self.abandon("the printer stopped taking bytes")
        self._line.listen(0.0)  # what it says unasked must not fill its way back to us
        return None

    def _prove(self, now: float) -> PrintOutcome | None:
        match self._abilities.evidence:
            case Evidence.PROCESS_ID:
                return self._prove_by_id(now)
            case Evidence.IN_ORDER_REPLY:
                return self._prove_in_order(now)
            case Evidence.STATUS_AROUND:
                return self._prove_by_status(now)
            case Evidence.WRITE_ONLY:
                return self._unconfirmed("this printer cannot answer: look whether the slip is there")

    def _prove_by_id(self, now: float) -> PrintOutcome | None:
        self._line.listen(LISTEN_SLICE_S)
        return Printed(Evidence.PROCESS_ID) if self._line.took(self.process_id) else self._out_of_patience(now)

    def _prove_in_order(self, now: float) -> PrintOutcome | None:
        for answer in self._line.listen(LISTEN_SLICE_S):
            paper = PrinterStatus().with_answer(Question.PAPER_IN_ORDER, answer.byte).paper
            if self._line.owed == 0:
                if paper is PaperLevel.OUT:
                    return self._unconfirmed("the paper ran out: look whether the slip is whole")
                return Printed(Evidence.IN_ORDER_REPLY)
        return self._out_of_patience(now)

    def _out_of_patience(self, now: float) -> PrintOutcome | None:
        if now - self._ended_at < self._limits.proof_s:
            return None
        self._inquiry = self._inquire(self._abilities.questions if self._abilities.dle_eot else ())
        self._phase = self._explain
        return None

    def _explain(self, now: float) -> PrintOutcome | None:
        missing = f"no answer within {self._limits.proof_s:g} s that it printed"
        if self._inquiry is None:
            return self._unconfirmed(missing)
        heard = self._inquiry.step(now)
        if self._line.took(self.process_id):
            return Printed(Evidence.PROCESS_ID)
        match heard:
            case None:
                return None
            case NoAnswer():
                return self._unconfirmed(f"{missing}, nor to the status question")
            case PrinterStatus() as status:
                self.status = status
                return self._unconfirmed(f"{missing}: {status.hindrance or 'look whether the slip is there'}")

    def _prove_by_status(self, now: float) -> PrintOutcome | None:
        """Two looks, since a cover opened or paper run out shows only once the printer gets that far."""
        if self._inquiry is None:
            if self._settling and now - self._ended_at < self._limits.settle_s:
                self._line.listen(LISTEN_SLICE_S)
                return None
            self._inquiry = self._inquire(self._abilities.questions)
            return None
        match self._inquiry.step(now):
            case None:
                return None
            case NoAnswer(why=why):
                return self._unconfirmed(why)
            case PrinterStatus() as status:
                return self._looked(status)

    def _looked(self, status: PrinterStatus) -> PrintOutcome | None:
        self.status = status
        if status.hindrance:
            return self._unconfirmed(f"after the last byte: {status.hindrance}")
        if self._settling:
            return Printed(Evidence.STATUS_AROUND)
        self._settling = True
        self._inquiry = None
        return None

    def _unconfirmed(self, why: str) -> SentUnconfirmed:
        return SentUnconfirmed(self._abilities.evidence, why)
