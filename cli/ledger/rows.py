"""Entries of the ledger as lines for people."""

from collections import defaultdict
from collections.abc import Iterable

from agent.clock import moment
from agent.stores.readings import StoredEntry
from loyalty.ledger.adjustment import AdjustFacts
from loyalty.ledger.effects import Earn, Effect, GiveBack, Owe, Repay, Spend, TakeBack, Tally
from loyalty.ledger.entry import Entry, Facts
from loyalty.ledger.reprint import ReprintFacts
from loyalty.ledger.reversal import RefundFacts, VoidFacts
from loyalty.ledger.sale import SaleFacts
from loyalty.money import decimal_text


def entry_rows(entries: Iterable[StoredEntry], *, decimals: int) -> list[tuple[str, ...]]:
    """Number, local time, kind, member, key, money, points: a row each. `decimals` of the register's currency."""
    return [_row(stored.entry, decimals) for stored in entries]


def _row(entry: Entry, decimals: int) -> tuple[str, ...]:
    key, money = _key_and_money(entry.facts)
    return (
        str(entry.seq),
        moment(entry.time.rule_ms).astimezone().strftime("%Y-%m-%d %H:%M:%S") + ("?" if entry.time.flags else ""),
        entry.kind,
        entry.member or "-",
        key,
        "" if money is None else decimal_text(money, decimals),
        ", ".join(f"{points:+} {wallet}" for wallet, points in _points(entry.effects).items() if points),
    )


def _key_and_money(facts: Facts) -> tuple[str, int | None]:
    match facts:
        case SaleFacts():
            return facts.receipt, facts.totals.pay
        case RefundFacts():
            return facts.refund, -facts.result.money
        case VoidFacts():
            return facts.original.receipt, -facts.result.money
        case AdjustFacts():
            return facts.reason, None
        case ReprintFacts():
            return facts.receipt, None


def _points(effects: Iterable[Effect]) -> dict[str, int]:
    """What the entry changes of each wallet's balance, in its smallest unit."""
    moved: dict[str, int] = defaultdict(int)
    for effect in effects:
        match effect:
            case Earn() | GiveBack():
                moved[effect.wallet] += effect.points
            case Spend() | TakeBack() | Owe():
                moved[effect.wallet] -= effect.points
            case Repay() | Tally():
                # Repaying takes from a lot what it takes off the debt: the balance stays.
                pass
    return moved
