"""The API's answers as plain data: decimal strings for money and points, RFC 3339 for times."""

from datetime import UTC, datetime
from typing import Any

from agent.checkout.cards import CardFound, Cards
from agent.checkout.identify import Identified, WalletView
from agent.checkout.originals import FoundOriginal
from agent.checkout.quote import Quoted
from agent.clock import moment
from agent.status import RegisterStatus
from agent.stores.readings import StoredEntry
from agent.stores.receipts import ReceiptRow
from agent.stores.spool import SlipRow
from drivers.values import DeviceReport
from loyalty.documents.quote import write_quote
from loyalty.money import decimal_text
from loyalty.points import Points, points_text
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import Milli, quantity_text
from loyalty.quote import TierProgress

Document = dict[str, Any]


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def identified(found: Identified) -> Document:
    """Who a card belongs to and what they have."""
    member = found.card.member
    return {
        "scan_id": found.scan,
        "card": {**card(found.card), "input": found.input},
        "member": None
        if member is None
        else {
            "id": member.id,
            "name": found.name,
            "tier": found.facts.member.tier if found.facts.member else member.tier,
            "tier_name": _spoken_tier(found.facts.member.tier if found.facts.member else None, found.programme),
        },
        "wallets": [wallet(view) for view in found.wallets],
        "tier": tier(found.tier, found.programme) if found.tier and found.programme else None,
    }


def _spoken_tier(level: str | None, programme: CompiledProgramme | None) -> Document | None:
    """What people read for a tier, by language."""
    if level is None or programme is None:
        return None
    return {language: programme.tier_name(level, language) for language in ("ru", "en")}


def card(found: CardFound) -> Document:
    """A card's verdict and its masked number."""
    return {"verdict": found.verdict, "masked": found.masked}


def wallet(view: WalletView) -> Document:
    """One wallet as a person sees it."""

    def text(points: Points) -> str:
        return points_text(points, view.exponent)

    return {
        "id": view.wallet,
        "balance": text(view.balance),
        "spendable": text(view.spendable),
        "pending": text(view.pending),
        "debt": text(view.debt),
        "expiring": [{"points": text(lot.points), "on": lot.on.isoformat()} for lot in view.expiring],
    }


def tier(progress: TierProgress, programme: CompiledProgramme) -> Document:
    """The tier, the next one, and what is missing to it."""
    missing = progress.missing
    return {
        "now": progress.now,
        "next": progress.next,
        "next_name": _spoken_tier(progress.next, programme),
        "missing": None if missing is None else decimal_text(missing, programme.currency.decimals),
    }


def quoted(answer: Quoted) -> Document:
    """A quote with what is known of the card."""
    return {
        **write_quote(answer.quote, answer.programme),
        "names": _names(answer),
        "valid_until": instant(answer.stands_until),
        "card": card(answer.card) if answer.card else None,
    }


def _names(answer: Quoted) -> Document:
    """What people read for the promotions of this quote, by id and language; those without a name are left out."""
    shown = {effect.promotion for line in answer.quote.lines for effect in line.effects}
    shown |= {hint.promotion for hint in answer.quote.hints}
    names = answer.programme.promotion_names
    return {part: {"ru": names[part].said("ru"), "en": names[part].said("en")} for part in sorted(shown & names.keys())}


def receipt(row: ReceiptRow, cards: Cards, slip: tuple[int, str] | None) -> Document:
    """A receipt in the list."""
    return {
        "key": row.key,
        "client": row.client,
        "at": instant(moment(row.rule_ms)),
        "to_pay": decimal_text(row.pay, row.decimals),
        "member_masked": row.card_masked or (cards.shown(row.member) if row.member else None),
        "voided": row.voided,
        "refunded": decimal_text(row.refunded, row.decimals),
        "slip": {"id": str(slip[0]), "state": slip[1]} if slip else None,
    }


def receipt_detail(found: FoundOriginal, programme: CompiledProgramme) -> Document:
    """A receipt with what may still come back of each line."""
    row = found.row
    left = {} if row.voided else {part.line: part.quantity for part in found.left()}
    return {
        "key": row.key,
        "at": instant(moment(row.rule_ms)),
        "lines": [
            {
                "id": line.id,
                "sku": line.sku,
                "quantity": quantity_text(Milli(line.quantity)),
                "returnable": quantity_text(left.get(line.id, Milli(0))),
                "total": decimal_text(line.pay, row.decimals),
            }
            for line in found.sale.lines
        ],
        "to_pay": decimal_text(row.pay, row.decimals),
        "points_spent": _by_wallet([(part.wallet, part.points) for part in found.receipt.spent], programme),
        "points_earned": _by_wallet([(part.wallet, part.points) for part in found.receipt.earned], programme),
        "voided": row.voided,
        "refunded": decimal_text(row.refunded, row.decimals),
    }


def slip(row: SlipRow) -> Document:
    """A slip in the list."""
    return {
        "id": str(row.id),
        "state": row.state.value,
        "receipt_key": row.receipt,
        "copy_of": str(row.copy_of) if row.copy_of is not None else None,
        "queued_at": instant(moment(row.queued_ms)),
        "evidence": row.evidence,
        "detail": row.detail,
    }


def entry(stored: StoredEntry) -> Document:
    """An entry in a member's history."""
    return {
        "register": stored.entry.register,
        "epoch": stored.entry.epoch,
        "seq": stored.entry.seq,
        "kind": stored.entry.kind,
        "at": instant(moment(stored.entry.time.rule_ms)),
        "hash": stored.hash.hex(),
    }


def device(report: DeviceReport) -> Document:
    """A device as it is."""
    return {
        "name": report.name,
        "kind": report.kind,
        "port": report.port,
        "state": report.state.value,
        "detail": report.detail,
        "counters": dict(report.counters),
    }


def status(now: RegisterStatus) -> Document:
    """How the register is."""
    programme = now.programme
    return {
        "register": {
            "id": now.register.id,
            "store": now.register.store,
            "epoch": now.epoch,
            "shop": now.register.shop,
        },
        "version": now.version,
        "ready_since": instant(now.ready_since) if now.ready_since else None,
        "programme": None
        if programme is None
        else {
            "id": programme.id,
            "version": programme.version,
            "currency": programme.currency.code,
            "decimals": programme.currency.decimals,
            "wallets": [{"id": wallet.id, "exponent": wallet.exponent} for wallet in programme.wallets.values()],
        },
        "ledger": {"state": now.ledger.state, "entries": now.ledger.entries, "detail": now.ledger.detail},
        "reference": {
            "state": now.reference.state,
            "members": now.reference.members,
            "cards": now.reference.cards,
            "products": now.reference.products,
            "as_of": instant(moment(now.reference.as_of_ms)) if now.reference.as_of_ms is not None else None,
        },
        "line": {"state": "alone"},
        "clock": {
            "state": _clock_state(now.clock.flags),
            "rule_time": instant(now.clock.at),
            "wall": instant(now.clock.wall),
        },
        "spool": {"queued": now.spool.queued, "unconfirmed": now.spool.unconfirmed},
        "devices": [device(report) for report in now.devices],
    }


def _clock_state(flags: tuple[str, ...]) -> str:
    return flags[0].removeprefix("clock_") if flags else "ok"


def _by_wallet(parts: list[tuple[str, Points]], programme: CompiledProgramme) -> dict[str, str]:
    return {
        wallet: points_text(points, programme.exponent(wallet) if wallet in programme.wallets else 0)
        for wallet, points in parts
    }
