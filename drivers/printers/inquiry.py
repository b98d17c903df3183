"""Asking a printer how it is: one question at a time, each with its own deadline."""

from collections import deque
from dataclasses import dataclass

from drivers.printers.status import (
    Automatic,
    Block,
    Demultiplexer,
    InOrder,
    PrinterStatus,
    Question,
    RealTime,
)
from drivers.transports import Transport

READ_BYTES_MAX = 1024
LISTEN_SLICE_S = 0.1
"""A wait for an answer is cut into slices, so that a stop is never far."""
PROCESS_IDS_KEPT_MAX = 64


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The printer was asked and said nothing: its state is unknown."""

    why: str


class PrinterLine:
    """A transport to a printer together with the one reader of its replies.

    Process ids are kept in `process_ids` until somebody takes them: they may come long after their job.
    `owed` counts GS r questions that were not answered yet; the answers carry no id, only their order.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._replies = Demultiplexer()
        self.process_ids: deque[bytes] = deque(maxlen=PROCESS_IDS_KEPT_MAX)
        self.owed = 0
        self.automatic: PrinterStatus | None = None

    @property
    def identity(self) -> str:
        """The transport's."""
        return self._transport.identity

    def open(self, deadline_s: float) -> None:
        """See Transport. Forgets half a reply, but not what is owed: a serial printer may still answer."""
        self._transport.open(deadline_s)
        self._replies = Demultiplexer()
        self.automatic = None

    def present(self) -> bool:
        """See Transport."""
        return self._transport.present()

    def close(self) -> None:
        """See Transport."""
        self._transport.close()

    def write(self, data: bytes, deadline_s: float) -> int:
        """See Transport. Raises PortGone."""
        return self._transport.write(data, deadline_s)

    def took(self, process_id: bytes) -> bool:
        """Takes a process id out of those that came; False if it is not among them."""
        if process_id not in self.process_ids:
            return False
        self.process_ids.remove(process_id)
        return True

    def listen(self, wait_s: float) -> list[RealTime | InOrder]:
        """The answers to questions that came in; everything else is filed. Raises PortGone."""
        answers: list[RealTime | InOrder] = []
        for reply in self._replies.feed(self._transport.read(READ_BYTES_MAX, wait_s)):
            match reply:
                case RealTime():
                    answers.append(reply)
                case InOrder():
                    self.owed = max(0, self.owed - 1)
                    answers.append(reply)
                case Automatic(data=data):
                    self.automatic = PrinterStatus().with_automatic(data)
                case Block(process_id=bytes() as process_id):
                    self.process_ids.append(process_id)
                case _:
                    pass  # other blocks and garbage answer nothing: silence where an answer was due says enough
        return answers


class Inquiry:
    """A list of questions, asked one after the other as steps."""

    def __init__(self, line: PrinterLine, questions: tuple[Question, ...], *, answer_s: float) -> None:
        self._line = line
        self._left = list(questions)
        self._answer_s = answer_s
        self._status = PrinterStatus()
        self._asked_at: float | None = None
        self._last_in_order: int | None = None

    def step(self, now: float) -> PrinterStatus | NoAnswer | None:
        """The printer's status when all is answered, NoAnswer, or None while under way. Raises PortGone."""
        if self._asked_at is None:
            return self._ask(now)
        for answer in self._line.listen(LISTEN_SLICE_S):
            if self._answered_by(answer):
                return self._next()
        if now - self._asked_at < self._answer_s:
            return None
        if self._last_in_order is not None:
            # Fewer answers than were owed: the printer was switched off in between and owes nothing any more.
            self._line.owed = 0
            self._note(self._last_in_order)
            return self._next()
        return NoAnswer(f"no answer to the status question within {self._answer_s:g} s")

    def _ask(self, now: float) -> NoAnswer | None:
        self._line.listen(0.0)  # answers to older questions, so that they are not taken for this one's
        question = self._left[0]
        if question is Question.PAPER_IN_ORDER:
            self._line.owed += 1
        if self._line.write(question.command, self._answer_s) < len(question.command):
            return NoAnswer("it takes no bytes")
        self._asked_at = now
        return None

    def _answered_by(self, answer: RealTime | InOrder) -> bool:
        in_order = self._left[0] is Question.PAPER_IN_ORDER
        if in_order is isinstance(answer, RealTime):
            return False
        self._last_in_order = answer.byte if in_order else None
        if in_order and self._line.owed:
            return False  # it answers a question of an earlier job
        self._note(answer.byte)
        return True

    def _note(self, byte: int) -> None:
        self._status = self._status.with_answer(self._left.pop(0), byte)
        self._asked_at = None
        self._last_in_order = None

    def _next(self) -> PrinterStatus | None:
        return None if self._left else self._status
