"""Answers that are stored with what they answer, so that a retry gets the very same bytes.

Money and points are decimal strings; times are RFC 3339 in UTC.
"""

from typing import Any

import msgspec

from agent.checkout.cards import CardFound
from agent.checkout.programmes import Judgement
from agent.clock import RuleTime
from agent.stores.writer import Appended
from loyalty.documents.quote import write_quote
from loyalty.ledger.posting import Account
from loyalty.money import Minor, amount_text
from loyalty.points import Points, points_text
from loyalty.programme.compile import CompiledProgramme
from loyalty.quote import Quote
from loyalty.receipt import Refund

_encoder = msgspec.json.Encoder()


def money(amount: Minor, programme: CompiledProgramme) -> str:
    """An amount in the programme's currency as text."""
    return amount_text(amount, programme.currency)


def sale(
    key: str,
    entry: Appended,
    quote: Quote,
    judgement: Judgement,
    card: CardFound | None,
    *,
    slip: int | None,
    slip_failed: bool,
    now: RuleTime,
) -> bytes:
    """What a confirmed sale answers."""
    warnings = list(now.flags)
    if card is not None and card.verdict != "known":
        warnings.append(f"card_{card.verdict}")
    if slip_failed:
        warnings.append("slip_failed")
    return _encoder.encode(
        {
            "receipt_key": key,
            "entry": _place(entry),
            "quote": write_quote(quote, judgement.programme),
            "card": {"verdict": card.verdict, "masked": card.masked} if card else None,
            "balances": _balances(entry.account, judgement.programme, now),
            "slip": {"id": str(slip)} if slip is not None else None,
            "warnings": warnings,
        }
    )


def reversal(
    operation: str,
    key: str,
    entry: Appended,
    refund: Refund,
    programme: CompiledProgramme,
    *,
    original: str,
    slip: int | None,
    slip_failed: bool,
    now: RuleTime,
) -> bytes:
    """What a refund or a void answers."""
    exponents = {wallet.id: wallet.exponent for wallet in programme.wallets.values()}

    def by_wallet(parts: list[tuple[str, Points]]) -> dict[str, str]:
        return {wallet: points_text(points, exponents.get(wallet, 0)) for wallet, points in parts if points > 0}

    return _encoder.encode(
        {
            f"{operation}_key": key,
            "original": {"receipt_key": original},
            "entry": _place(entry),
            "money": money(refund.money, programme),
            "lines": [{"id": part.line, "money": money(part.money, programme)} for part in refund.lines],
            "points_back": by_wallet([(given.wallet, given.points) for given in refund.given_back]),
            "points_taken": by_wallet([(taken.wallet, taken.points) for taken in refund.taken_back]),
            "debt": by_wallet([(taken.wallet, taken.debt) for taken in refund.taken_back]),
            "balances": _balances(entry.account, programme, now),
            "slip": {"id": str(slip)} if slip is not None else None,
            "warnings": [*now.flags, *(["slip_failed"] if slip_failed else [])],
        }
    )


def summary(entry: Appended, amount: Minor, programme: CompiledProgramme) -> str:
    """The one line that outlives the answer."""
    return f"{entry.register}/{entry.epoch}/{entry.seq} {money(amount, programme)} {programme.currency.code}"


def _place(entry: Appended) -> dict[str, Any]:
    return {"register": entry.register, "epoch": entry.epoch, "seq": entry.seq, "hash": entry.hash.hex()}


def _balances(account: Account | None, programme: CompiledProgramme, now: RuleTime) -> dict[str, str]:
    if account is None:
        return {}
    day = programme.calendar.business_day(now.at)
    return {
        wallet.id: points_text(account.balance(wallet.id, on=day), wallet.exponent)
        for wallet in programme.wallets.values()
    }
