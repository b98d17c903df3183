"""Giving back: a refund of some goods of a receipt, or a void of the whole."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec

from agent.checkout import answers
from agent.checkout.facts import facts_of_account
from agent.checkout.originals import FoundOriginal, NoOriginal, OriginalAmbiguous, find_original
from agent.checkout.programmes import Programmes
from agent.checkout.requests import Done, KeyReused, MoneyRequest, Replayed, earlier
from agent.checkout.slip_maker import SlipFailed, SlipMaker
from agent.clock import RuleClock
from agent.events import EventBus
from agent.stores.ledger import LedgerStore
from agent.stores.spool import NewSlip, SealedSlip, Spool
from agent.stores.writer import LedgerWriter
from loyalty.engine.refund import refund as refund_goods
from loyalty.engine.refund import void
from loyalty.errors import BadAmount, BadDocument, Problem
from loyalty.ledger.reversal import RefundFacts, VoidFacts, reversal_effects, reversal_of
from loyalty.member import Facts
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import parse_quantity, quantity_text
from loyalty.receipt import Refund, RefundRefused, ReturnedLine

LINES_MAX = 1_000


class ReverseRefusal(StrEnum):
    """Why a receipt as a whole cannot be reversed, in order of precedence."""

    NO_ORIGINAL = "no_original"
    ORIGINAL_AMBIGUOUS = "original_ambiguous"
    ORIGINAL_VOID = "original_void"
    ALREADY_REFUNDED = "already_refunded"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was stored. `refusal` says why; `line` and `returnable` (text) where one line decides."""

    refusal: str
    line: str | None = None
    returnable: str | None = None


CashierCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
"""The shop's own code of a cashier; never a name, since entries hold no personal data."""
ReasonCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{1,64}$")]


class _ReturnedLine(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    quantity: str


class _Original(msgspec.Struct, forbid_unknown_fields=True):
    receipt_key: str


class VoidBody(msgspec.Struct, forbid_unknown_fields=True):
    """A void's body: who and why, as codes."""

    cashier: CashierCode | None = None
    reason: ReasonCode | None = None


class RefundBody(VoidBody, forbid_unknown_fields=True, kw_only=True):
    """A refund's body: which sale, which lines (None: everything that is left), who and why."""

    original: _Original
    lines: Annotated[list[_ReturnedLine], msgspec.Meta(max_length=LINES_MAX)] | None = None


_Form = TypeVar("_Form", bound=VoidBody)


@dataclass(frozen=True, slots=True)
class _Undone:
    """What the engine made of it, before it is stored."""

    original: FoundOriginal
    refund: Refund
    programme: CompiledProgramme


class Reverse:
    """Refunds and voids. Both follow the receipt's own snapshot, not today's prices."""

    def __init__(
        self,
        ledger: LedgerStore,
        programmes: Programmes,
        slips: SlipMaker,
        spool: Spool,
        clock: RuleClock,
        events: EventBus,
    ) -> None:
        self._ledger = ledger
        self._programmes = programmes
        self._slips = slips
        self._spool = spool
        self._clock = clock
        self._events = events

    def refund(self, request: MoneyRequest) -> Done | Replayed | KeyReused | Refused:
        """Takes goods back under a key of its own; parts may come one after another.

        Outcomes, in order of precedence:
            KeyReused  the key was used for another body: nothing stored
            Replayed   the same refund again: the stored answer
            Refused    with a code of `ReverseRefusal` or `RefundRefusal`: nothing stored
            Done       money, points and slip committed together
        Raises `BadDocument`, `NotCanonical`, `NoProgramme`, `LedgerUnavailable`: nothing stored.
        """
        return self._reverse(request, "refund", _body(request, RefundBody))

    def void(self, request: MoneyRequest) -> Done | Replayed | KeyReused | Refused:
        """Takes the whole receipt back, under the receipt's own key; outcomes as for `refund`."""
        return self._reverse(request, "void", _body(request, VoidBody))

    def _reverse(
        self, request: MoneyRequest, operation: Literal["refund", "void"], body: VoidBody
    ) -> Done | Replayed | KeyReused | Refused:
        body_hash = request.body_hash()
        wanted = _wanted(body)
        key = body.original.receipt_key if isinstance(body, RefundBody) else request.key.key
        with self._ledger.exclusive() as writer:
            before = earlier(writer, request, body_hash)
            if before is not None:
                return before
            undone = self._undo(writer, key, request.key.client, operation, wanted)
            if isinstance(undone, Refused):
                return undone
            done, slip = self._store(writer, request, body_hash, operation, undone, body)
        if slip is not None:
            self._spool.queued(slip)
        self._events.publish(
            "receipt",
            {"key": key, "kind": operation, "to_pay": "-" + answers.money(undone.refund.money, undone.programme)},
        )
        return done

    def _undo(
        self,
        writer: LedgerWriter,
        key: str,
        client: str,
        operation: Literal["refund", "void"],
        wanted: tuple[ReturnedLine, ...] | None,
    ) -> _Undone | Refused:
        original = find_original(writer, key, client=client)
        if isinstance(original, NoOriginal):
            return Refused(ReverseRefusal.NO_ORIGINAL)
        if isinstance(original, OriginalAmbiguous):
            return Refused(ReverseRefusal.ORIGINAL_AMBIGUOUS)
        if original.row.voided:
            return Refused(ReverseRefusal.ORIGINAL_VOID)
        if operation == "void" and original.refunds:
            return Refused(ReverseRefusal.ALREADY_REFUNDED)
        programme = self._programmes.current()
        member = original.receipt.member
        facts = facts_of_account(writer.account(member)) if member else Facts()
        now = self._clock.now().at
        if operation == "void":
            refund: Refund | RefundRefused = void(programme, original.receipt, facts, now)
        else:
            returned = original.left() if wanted is None else wanted
            refund = refund_goods(programme, original.receipt, original.refunds, returned, facts, now)
        if isinstance(refund, RefundRefused):
            return Refused(refund.reason.value, refund.line, quantity_text(refund.returnable))
        return _Undone(original, refund, programme)

    def _store(
        self,
        writer: LedgerWriter,
        request: MoneyRequest,
        body_hash: bytes,
        operation: Literal["refund", "void"],
        undone: _Undone,
        body: VoidBody,
    ) -> tuple[Done, SealedSlip | None]:
        now = self._clock.now()
        original, refund = undone.original, undone.refund
        is_void = operation == "void"
        member = original.receipt.member
        result = reversal_of(refund)
        client = request.key.client
        facts = (
            VoidFacts(client, original.reference(), result, body.cashier, body.reason)
            if is_void
            else RefundFacts(request.key.key, client, original.reference(), result, body.cashier, body.reason)
        )
        effects = reversal_effects(refund, ends_visit=is_void) if member else ()
        place = writer.place()
        entry = writer.prepare(place, time=now.entry_time(), facts=facts, member=member, effects=effects)
        appended = entry.appended
        slip = self._slips.after_reversal(
            request.key.key,
            original,
            refund,
            appended.account,
            undone.programme,
            now,
            place,
        )
        sealed = self._spool.sealed(writer, slip) if isinstance(slip, NewSlip) else None
        answer = answers.reversal(
            operation,
            request.key.key,
            appended,
            refund,
            undone.programme,
            original=original.row.key,
            slip=sealed.id if sealed is not None else None,
            slip_failed=isinstance(slip, SlipFailed),
            now=now,
        )
        memory = writer.memory(
            request.key,
            body_hash,
            summary=answers.summary(appended, refund.money, undone.programme),
            answer=answer,
        )
        with writer.transaction():
            writer.append(entry)
            if sealed is not None:
                self._spool.enqueue(writer, sealed)
            if is_void:
                writer.mark_void(original.row, appended)
            else:
                writer.mark_refund(original.row, appended, money=refund.money)
            writer.remember(memory, appended)
        self._clock.witnessed(now.entry_time())
        return Done(answer, appended.seq), sealed


def _body(request: MoneyRequest, form: type[_Form]) -> _Form:
    try:
        return msgspec.convert(dict(request.body), form)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise BadDocument("request", (Problem(path.strip("`."), "wrong_type", message),)) from error


def _wanted(body: VoidBody) -> tuple[ReturnedLine, ...] | None:
    """The lines that come back; None for everything that is left."""
    if not isinstance(body, RefundBody) or body.lines is None:
        return None
    wanted, problems = [], []
    for number, line in enumerate(body.lines):
        try:
            wanted.append(ReturnedLine(line.id, parse_quantity(line.quantity)))
        except BadAmount as error:
            problems.append(Problem(f"lines[{number}].quantity", "bad_amount", str(error)))
    if problems:
        raise BadDocument("refund", tuple(problems))
    return tuple(wanted)
