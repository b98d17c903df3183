"""Confirming: a basket becomes a sale that survives anything."""

from dataclasses import dataclass
from typing import Any

from agent.checkout import answers
from agent.checkout.baskets import Baskets, ReadBasket, ScanExpired
from agent.checkout.cards import Cards
from agent.checkout.facts import facts_for
from agent.checkout.programmes import Judgement, Programmes
from agent.checkout.quote import Quoted
from agent.checkout.requests import Done, KeyReused, MoneyRequest, Replayed, earlier
from agent.checkout.slip_maker import SlipFailed, SlipMaker
from agent.clock import RuleClock, RuleTime, milliseconds
from agent.events import EventBus
from agent.stores.ledger import LedgerStore
from agent.stores.receipts import ReceiptRow
from agent.stores.spool import NewSlip, SealedSlip, Spool
from agent.stores.writer import LedgerWriter
from agent.zones import TZDATA_VERSION
from loyalty.documents.receipt import receipt_from
from loyalty.engine import RULES_LEVEL
from loyalty.engine.quote import quote as price
from loyalty.errors import BadDocument, Problem
from loyalty.ledger.entry import lot_id
from loyalty.ledger.posting import Account
from loyalty.ledger.sale import Rules, ShownCard, sale_effects, sale_facts
from loyalty.member import Facts
from loyalty.quote import Quote


@dataclass(frozen=True, slots=True)
class Requote:
    """The result would differ from the quote the customer saw: a new quote, nothing stored."""

    quoted: Quoted


class Confirm:
    """Turns a basket into a sale. docs/adr/0004 says why one writer holds the ledger throughout."""

    def __init__(
        self,
        ledger: LedgerStore,
        baskets: Baskets,
        cards: Cards,
        programmes: Programmes,
        slips: SlipMaker,
        spool: Spool,
        clock: RuleClock,
        events: EventBus,
    ) -> None:
        self._ledger = ledger
        self._baskets = baskets
        self._cards = cards
        self._programmes = programmes
        self._slips = slips
        self._spool = spool
        self._clock = clock
        self._events = events

    def __call__(self, request: MoneyRequest) -> Done | Replayed | KeyReused | ScanExpired | Requote:
        """Stores the sale and queues its slip, or says why not.

        Outcomes, in order of precedence:
            KeyReused    the key was used for another body: nothing stored
            Replayed     the same sale again: the stored answer
            ScanExpired  the card must be scanned again: nothing stored
            Requote      the result would differ now: a new quote, nothing stored
            Done         sale, points, answer and slip committed together
        Raises `BadDocument`, `NotCanonical`, `NoProgramme`, `LedgerUnavailable`: nothing stored.
        """
        body_hash = request.body_hash()
        document, quote_hash = _basket_of(request)
        with self._ledger.exclusive() as writer:
            before = earlier(writer, request, body_hash)
            if before is not None:
                return before
            now = self._clock.now()
            judgement = self._programmes.judgement(quote_hash, now.at)
            read = self._baskets.read(document, judgement.programme)
            if isinstance(read, ScanExpired):
                return read
            member = read.card.member if read.card else None
            account = writer.account(member.id) if member else None
            facts = facts_for(read.card, account, judgement.programme)
            quote = price(judgement.programme, read.basket, facts, judgement.at, trace=False)
            if quote_hash is not None and quote.hash != quote_hash:
                return self._anew(document, account, now)
            done, slip = self._store(writer, request, body_hash, read, account, facts, quote, judgement, now)
        if slip is not None:
            self._spool.queued(slip)
        self._events.publish(
            "receipt",
            {"key": request.key.key, "kind": "sale", "to_pay": answers.money(quote.totals.to_pay, judgement.programme)},
        )
        return done

    def _store(
        self,
        writer: LedgerWriter,
        request: MoneyRequest,
        body_hash: bytes,
        read: ReadBasket,
        account: Account | None,
        facts: Facts,
        quote: Quote,
        judgement: Judgement,
        now: RuleTime,
    ) -> tuple[Done, SealedSlip | None]:
        place = writer.place()
        numbers = {accrual.wallet: number for number, accrual in enumerate(quote.accruals)}
        receipt = receipt_from(
            read.basket,
            quote,
            judgement.programme,
            lambda wallet: lot_id(register=place.register, epoch=place.epoch, seq=place.seq, number=numbers[wallet]),
            key=request.key.key,
            member=facts.member.id if facts.member is not None else None,
        )
        entry = writer.prepare(
            place,
            time=now.entry_time(),
            facts=sale_facts(
                basket=read.basket,
                quote=quote,
                receipt=receipt,
                facts=facts,
                client=request.key.client,
                rules=Rules(quote.programme, quote.version, RULES_LEVEL, TZDATA_VERSION, milliseconds(judgement.at)),
                card=ShownCard(read.basket.card.input, read.card.verdict) if read.basket.card and read.card else None,
            ),
            member=receipt.member,
            effects=sale_effects(quote, facts, receipt),
            before=account,
        )
        appended = entry.appended
        member = read.card.member if read.card and receipt.member is not None else None
        slip = self._slips.after_sale(
            receipt,
            quote,
            appended.account,
            read.card,
            self._cards.name_of(member) if member is not None else None,
            judgement,
            now,
            place,
        )
        sealed = self._spool.sealed(writer, slip) if isinstance(slip, NewSlip) else None
        answer = answers.sale(
            request.key.key,
            appended,
            quote,
            judgement,
            read.card,
            slip=sealed.id if sealed is not None else None,
            slip_failed=isinstance(slip, SlipFailed),
            now=now,
        )
        memory = writer.memory(
            request.key,
            body_hash,
            summary=answers.summary(appended, quote.totals.to_pay, judgement.programme),
            answer=answer,
        )
        listed = ReceiptRow(
            key=request.key.key,
            client=request.key.client,
            epoch=appended.epoch,
            seq=appended.seq,
            member=receipt.member,
            card_masked=read.card.masked if read.card else None,
            rule_ms=milliseconds(now.at),
            pay=quote.totals.to_pay,
            decimals=judgement.programme.currency.decimals,
            voided=False,
            refunded=0,
        )
        # Everything is computed by now: the transaction only writes.
        with writer.transaction():
            writer.append(entry)
            if sealed is not None:
                self._spool.enqueue(writer, sealed)
            writer.list_receipt(listed)
            writer.remember(memory, appended)
        self._clock.witnessed(now.entry_time())
        return Done(answer, appended.seq), sealed

    def _anew(self, document: dict[str, Any], account: Account | None, now: RuleTime) -> Requote | ScanExpired:
        """The same body read and priced by the rules of today, which may differ from those of its quote."""
        judgement = Judgement(self._programmes.current(), now.at)
        read = self._baskets.read(document, judgement.programme)
        if isinstance(read, ScanExpired):
            return read
        facts = facts_for(read.card, account, judgement.programme)
        quote = price(judgement.programme, read.basket, facts, judgement.at)
        self._programmes.quoted(quote.hash, judgement)
        return Requote(Quoted(quote, judgement.programme, read.card, self._programmes.stands_until(judgement)))


def _basket_of(request: MoneyRequest) -> tuple[dict[str, Any], str | None]:
    """The basket in a confirmation's body, and the hash of the quote that the customer saw."""
    document = dict(request.body)
    quote_hash = document.pop("quote_hash", None)
    if quote_hash is not None and not isinstance(quote_hash, str):
        raise BadDocument("receipt", (Problem("quote_hash", "wrong_type", "is the quote's hash, text"),))
    if document.get("receipt_key", request.key.key) != request.key.key:
        raise BadDocument(
            "receipt", (Problem("receipt_key", "receipt_key_differs", "differs from the key in the path"),)
        )
    return document, quote_hash
