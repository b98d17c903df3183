"""Members' accounts in ledger.db: the fold of the entries, kept so that a till need not read the chain."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from loyalty.ledger.effects import Effect, GiveBack, Repay, Spend, TakeBack
from loyalty.ledger.posting import Account
from loyalty.lots import Lot
from loyalty.money import Minor
from loyalty.points import Points

_LOT = "SELECT id, wallet, points, active_from, expires_on FROM lot WHERE "
_PUT_LOT = (
    "INSERT INTO lot (id, member, wallet, points, active_from, expires_on) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET points = excluded.points"
)
_PUT_DEBT = (
    "INSERT INTO debt (member, wallet, points) VALUES (?, ?, ?)"
    " ON CONFLICT (member, wallet) DO UPDATE SET points = excluded.points"
)
_PUT_TALLY = (
    "INSERT INTO tally (member, spend, visits) VALUES (?, ?, ?)"
    " ON CONFLICT (member) DO UPDATE SET spend = excluded.spend, visits = excluded.visits"
)


def load(connection: sqlite3.Connection, member: str, effects: Iterable[Effect] = ()) -> Account:
    """The account with its lots that hold points, and those that `effects` name even where they are empty."""
    rows = connection.execute(_LOT + "member = ? AND points > 0", (member,)).fetchall()
    lots = {row[0]: _lot(row) for row in rows}
    for effect in effects:
        if isinstance(effect, GiveBack | TakeBack | Spend | Repay) and effect.lot not in lots:
            row = connection.execute(_LOT + "member = ? AND id = ?", (member, effect.lot)).fetchone()
            if row is not None:
                lots[row[0]] = _lot(row)
    tally = connection.execute("SELECT spend, visits FROM tally WHERE member = ?", (member,)).fetchone()
    return Account(
        member=member,
        lots=lots,
        debts=debts(connection, member),
        spend=Minor(tally[0] if tally else 0),
        visits=tally[1] if tally else 0,
    )


def debts(connection: sqlite3.Connection, member: str) -> dict[str, Points]:
    """Wallet → points owed, where there are any."""
    rows = connection.execute("SELECT wallet, points FROM debt WHERE member = ? AND points > 0", (member,))
    return {wallet: Points(points) for wallet, points in rows}


@dataclass(frozen=True, slots=True)
class Changes:
    """What an account's rows become: lots, debts, and the tally where it moved."""

    lots: tuple[tuple[str, str, str, int, str, str | None], ...] = ()
    debts: tuple[tuple[str, str, int], ...] = ()
    tally: tuple[str, int, int] | None = None


NO_CHANGES = Changes()


def changes(*, before: Account, after: Account) -> Changes:
    """What differs between the two, as rows."""
    return Changes(
        lots=tuple(
            (
                lot.id,
                after.member,
                lot.wallet,
                lot.points,
                lot.active_from.isoformat(),
                lot.expires_on.isoformat() if lot.expires_on else None,
            )
            for lot in after.lots.values()
            # Posting copies what it touches, so what is the same object is as it was.
            if before.lots.get(lot.id) is not lot
        ),
        debts=tuple(
            (after.member, wallet, points)
            for wallet, points in after.debts.items()
            if before.debts.get(wallet, 0) != points
        ),
        tally=(after.member, after.spend, after.visits)
        if (before.spend, before.visits) != (after.spend, after.visits)
        else None,
    )


def save(connection: sqlite3.Connection, changed: Changes) -> None:
    """Writes those rows."""
    for lot in changed.lots:
        connection.execute(_PUT_LOT, lot)
    for debt in changed.debts:
        connection.execute(_PUT_DEBT, debt)
    if changed.tally is not None:
        connection.execute(_PUT_TALLY, changed.tally)


def _lot(row: tuple[str, str, int, str, str | None]) -> Lot:
    lot, wallet, points, active_from, expires_on = row
    return Lot(
        lot,
        wallet,
        Points(points),
        date.fromisoformat(active_from),
        date.fromisoformat(expires_on) if expires_on else None,
    )
