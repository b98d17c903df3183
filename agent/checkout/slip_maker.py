"""Making slips ready to print before their transaction: the document, its bytes for this register's printer.

A slip that cannot be made never stops a sale: it is logged, and the answer says so.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import structlog

from agent.checkout.cards import CardFound
from agent.checkout.originals import FoundOriginal
from agent.checkout.programmes import Judgement
from agent.clock import RuleTime
from agent.stores.spool import NewSlip, SlipRow, slip_key
from agent.stores.writer import Place
from i18n import Words
from loyalty.ledger.posting import Account
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme
from loyalty.quote import Quote
from loyalty.receipt import Receipt, Refund
from slips.bonus import BonusSlip, Expiring, Heading, PromotionLine, RefundSlip, bonus_slip, refund_slip
from slips.copies import copy_of
from slips.document import Document
from slips.escpos import render
from slips.picture import as_picture
from slips.profile import PrinterProfile
from slips.stored import document_json, read_document
from slips.text import as_text
from slips.warming import warm_up

log = structlog.get_logger("slips")


@dataclass(frozen=True, slots=True)
class SlipFailed:
    """The slip could not be made; the sale goes on without it."""


class SlipMaker:
    """Slips in this register's language, for this register's printer."""

    def __init__(self, profile: PrinterProfile, words: Words, *, shop: str, register: str, has_printer: bool) -> None:
        """Without a printer nothing is made: slips would only wait until they expire."""
        self._profile = profile
        self._words = words
        self._shop = shop
        self._register = register
        self._has_printer = has_printer
        self._one_at_a_time = threading.Lock()

    def after_sale(
        self,
        receipt: Receipt,
        quote: Quote,
        after: Account | None,
        card: CardFound | None,
        name: str | None,
        judgement: Judgement,
        now: RuleTime,
        place: Place,
    ) -> NewSlip | SlipFailed | None:
        """The bonus slip; None for a guest. `after` is the member's account as the sale will leave it.

        The slip's key is the entry's place in the chain: one entry, one slip.
        """
        if after is None or not self._has_printer:
            return None
        programme = judgement.programme
        wallet = next(iter(programme.wallets.values()), None)
        if wallet is None:
            return None
        day = programme.calendar.business_day(now.at)
        accrual = next((accrual for accrual in quote.accruals if accrual.wallet == wallet.id), None)

        def draw() -> Document | None:
            facts = BonusSlip(
                heading=self._heading(receipt.key, programme, now, card=card, name=name, tier=quote.tier.now),
                shelf=quote.totals.shelf,
                to_pay=quote.totals.to_pay,
                discount=quote.totals.discount,
                points_money=quote.totals.points_spent,
                promotions=_promotions(quote, programme, self._words.locale),
                points_spent=Points(sum(used.allowed for used in quote.redemptions if used.wallet == wallet.id)),
                earned=accrual.points if accrual else Points(0),
                balance=after.balance(wallet.id, on=day),
                active_from=accrual.active_from if accrual and accrual.points else None,
                expiring=_next_to_lapse(after, wallet.id, day),
                debt=after.debts.get(wallet.id, Points(0)),
            )
            return bonus_slip(facts, self._words)

        return self._made(place, receipt.key, draw)

    def after_reversal(
        self,
        key: str,
        original: FoundOriginal,
        refund: Refund,
        after: Account | None,
        programme: CompiledProgramme,
        now: RuleTime,
        place: Place,
    ) -> NewSlip | SlipFailed | None:
        """The slip of a refund or a void; None for a guest."""
        wallet = next(iter(programme.wallets.values()), None)
        if after is None or wallet is None or not self._has_printer:
            return None
        day = programme.calendar.business_day(now.at)

        def draw() -> Document | None:
            facts = RefundSlip(
                heading=self._heading(key, programme, now, masked_card=original.row.card_masked),
                original=original.row.key,
                money=refund.money,
                given_back=Points(sum(part.points for part in refund.given_back if part.wallet == wallet.id)),
                taken_back=Points(sum(part.points for part in refund.taken_back if part.wallet == wallet.id)),
                balance=after.balance(wallet.id, on=day),
                debt=after.debts.get(wallet.id, Points(0)),
            )
            return refund_slip(facts, self._words)

        return self._made(place, original.row.key, draw)

    def warm_up(self) -> None:
        """Loads what the first slip would wait for: a third of a second, once."""
        with self._one_at_a_time:
            warm_up()

    def copy(self, original: SlipRow, programme: CompiledProgramme | None, now: RuleTime) -> tuple[bytes, bytes]:
        """The document and the bytes of a copy of that slip."""
        document = copy_of(
            _read(original), self._words, original=original.receipt or str(original.id), at=_local(programme, now)
        )
        return self._frozen(document)

    def as_text(self, slip: SlipRow) -> str:
        """The slip as lines of text."""
        return as_text(_read(slip), slip.columns, self._profile.code_page)

    def as_picture(self, slip: SlipRow) -> bytes:
        """The slip as a PNG, drawn as this register's printer prints it."""
        return as_picture(_read(slip), self._profile)

    def _made(self, place: Place, receipt: str, draw: Callable[[], Document | None]) -> NewSlip | SlipFailed | None:
        key = slip_key(place.epoch, place.seq)
        try:
            document = draw()
            if document is None:
                return None
            stored, data = self._frozen(document)
        except Exception:
            # Decided here: a fault in a template costs a slip, never a sale.
            log.exception("slip_failed", slip=key)
            return SlipFailed()
        return NewSlip(key, receipt, stored, data, self._profile.columns)

    def _frozen(self, document: Document) -> tuple[bytes, bytes]:
        with self._one_at_a_time:
            data = render(document, self._profile)
        return msgspec.json.encode(document_json(document)), data

    def _heading(
        self,
        receipt: str,
        programme: CompiledProgramme,
        now: RuleTime,
        *,
        card: CardFound | None = None,
        masked_card: str | None = None,
        name: str | None = None,
        tier: str | None = None,
    ) -> Heading:
        wallet = next(iter(programme.wallets.values()))
        return Heading(
            shop=self._shop,
            register=self._register,
            receipt=receipt,
            at=_local(programme, now),
            currency=programme.currency,
            masked_card=card.masked if card else masked_card,
            greeting=name,
            tier=programme.tier_name(tier, self._words.locale) if tier is not None else None,
            points_exponent=wallet.exponent,
            notes=("clock_unsure",) if now.flags else (),
        )


def _promotions(quote: Quote, programme: CompiledProgramme, language: str) -> tuple[PromotionLine, ...]:
    saved: dict[str, int] = {}
    for line in quote.lines:
        for effect in line.effects:
            saved[effect.promotion] = saved.get(effect.promotion, 0) + effect.discount
    return tuple(
        PromotionLine(programme.promotion_name(promotion, language), Minor(discount))
        for promotion, discount in saved.items()
    )


def _next_to_lapse(account: Account, wallet: str, day: date) -> Expiring | None:
    """The points that lapse first, and their last day."""
    by_day: dict[date, int] = {}
    for lot in account.lots.values():
        if lot.wallet == wallet and lot.points > 0 and lot.expires_on is not None and lot.expires_on >= day:
            by_day[lot.expires_on] = by_day.get(lot.expires_on, 0) + lot.points
    if not by_day:
        return None
    first = min(by_day)
    return Expiring(Points(by_day[first]), first)


def _local(programme: CompiledProgramme | None, now: RuleTime) -> datetime:
    return programme.calendar.local(now.at) if programme else now.at


def _read(slip: SlipRow) -> Document:
    return read_document(msgspec.json.decode(slip.document or b"null"))
