"""The books: what the ledger says of all that was answered, by its own entries."""

import time
from collections import defaultdict
from dataclasses import dataclass

from agent.stores.readings import LedgerReadings
from agent.stores.verification import links, verify_ledger
from cli.demo.errors import DemoFailed
from cli.demo.pos import WALLET
from cli.demo.replay import Tally
from loyalty.ledger.effects import Earn, Effect, GiveBack, Owe, Spend, TakeBack
from loyalty.ledger.entry import read_entry
from loyalty.ledger.posting import Account, post

PROVED_S = 30.0
LOOK_EVERY_S = 0.05
PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Books:
    """A ledger that is whole and agrees with the answers. `evidence` counts printed slips by tier."""

    entries: int
    head: bytes
    evidence: dict[str, int]


def check_books(readings: LedgerReadings, tally: Tally) -> Books:
    """Verifies the chain, folds the entries, compares with the answers. Raises `DemoFailed` where they differ."""
    verdict = verify_ledger(readings)
    if verdict.complaint is not None:
        raise DemoFailed(f"the ledger is not whole: {verdict.complaint}")
    _compare_points(readings, tally)
    expected = tally.sales + tally.refunds
    if verdict.entries != expected:
        raise DemoFailed(f"the ledger has {verdict.entries} entries for {expected} sales and refunds")
    return Books(verdict.entries, verdict.head, _evidence(readings, tally))


def _compare_points(readings: LedgerReadings, tally: Tally) -> None:
    moved: defaultdict[type[Effect], int] = defaultdict(int)
    accounts: dict[str, Account] = {}
    with readings.reading() as connection:
        (epoch,) = connection.execute("SELECT epoch FROM identity").fetchone()
        for _, data, _ in links(connection, epoch):
            entry = read_entry(data)
            if entry.member is None:
                continue
            accounts[entry.member] = post(accounts.get(entry.member) or Account(entry.member), entry.effects)
            for effect in entry.effects:
                if isinstance(effect, Earn | Spend | GiveBack | TakeBack | Owe):
                    moved[type(effect)] += effect.points
    for what, answered, booked in (
        ("points earned", tally.earned, moved[Earn]),
        ("points spent", tally.spent, moved[Spend]),
        ("points given back", tally.given_back, moved[GiveBack]),
        ("points taken back", tally.taken_back, moved[TakeBack] + moved[Owe]),
    ):
        if answered != booked:
            raise DemoFailed(f"{what}: the answers add up to {answered}, the ledger's entries to {booked}")
    for member, told in tally.balances.items():
        if (kept := accounts.get(member, Account(member)).balance(WALLET)) != told:
            raise DemoFailed(f"member {member} was told a balance of {told}, the ledger's entries give {kept}")


def _evidence(readings: LedgerReadings, tally: Tally) -> dict[str, int]:
    """How the slips proved to be printed; the proof of the last one may be on its way still."""
    deadline = time.monotonic() + PROVED_S
    while True:
        outcomes = readings.slip_outcomes()
        printed = {tier or "": count for (state, tier), count in outcomes.items() if state == PRINTED}
        if sum(printed.values()) == sum(outcomes.values()) == len(tally.slips):
            return printed
        if time.monotonic() > deadline:
            states = ", ".join(f"{count} {state}" for (state, _), count in sorted(outcomes.items()))
            raise DemoFailed(f"the spool has {states} where {len(tally.slips)} slips should be printed")
        time.sleep(LOOK_EVERY_S)
