"""The whole ledger walked from its first entry: every hash, and every balance posted anew."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard

from agent.stores.readings import LedgerReadings
from loyalty.errors import LoyaltyError
from loyalty.ledger import chain
from loyalty.ledger.entry import read_entry
from loyalty.ledger.posting import Account, post

StoredLink = tuple[int, bytes, bytes]
"""An entry's number, its canonical bytes, and the hash stored beside it."""


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What the walk found. `complaint` None: every hash and every balance is right.

    `entries` is how many follow from one another, `head` the hash of the last of them.
    """

    register: str
    epoch: int
    entries: int
    head: bytes
    members: int
    complaint: str | None


def verify_ledger(readings: LedgerReadings) -> ChainVerdict:
    """Checks one snapshot of the ledger, while the daemon sells or without it. Raises `LedgerUnavailable`."""
    with readings.reading() as connection:
        connection.execute("BEGIN")
        register, epoch, previous_head = identity(connection)
        walk = _Walk()
        complaint, head = None, chain.start(register=register, epoch=epoch, previous_head=previous_head)
        try:
            _, head = chain.verify(
                walk.through(links(connection, epoch)), register=register, epoch=epoch, previous_head=previous_head
            )
            complaint = walk.difference(connection)
        except (LoyaltyError, zstandard.ZstdError) as error:
            complaint, head = str(error), walk.head or head
        return ChainVerdict(register, epoch, walk.entries, head, len(walk.accounts), complaint)


def identity(connection: sqlite3.Connection) -> tuple[str, int, bytes]:
    """Whose chain it is: the register, its epoch, and the head that the epoch follows."""
    row: tuple[str, int, bytes] = connection.execute("SELECT register, epoch, previous_head FROM identity").fetchone()
    return row


def links(connection: sqlite3.Connection, epoch: int) -> Iterator[StoredLink]:
    """Every entry of an epoch in order."""
    unpack = zstandard.ZstdDecompressor()
    for seq, body, digest in connection.execute(
        "SELECT seq, body, hash FROM entry WHERE epoch = ? ORDER BY seq", (epoch,)
    ):
        yield seq, unpack.decompress(body), digest


class _Walk:
    """Posts entries as they pass by, after the chain has accepted the ones before them."""

    def __init__(self) -> None:
        self.entries = 0
        self.head: bytes | None = None
        self.accounts: dict[str, Account] = {}

    def through(self, stored: Iterator[StoredLink]) -> Iterator[StoredLink]:
        for seq, data, digest in stored:
            yield seq, data, digest
            entry = read_entry(data)
            if entry.member is not None:
                account = self.accounts.get(entry.member) or Account(entry.member)
                self.accounts[entry.member] = post(account, entry.effects)
            self.entries, self.head = seq, digest

    def difference(self, connection: sqlite3.Connection) -> str | None:
        """The first balance that the till uses and the entries do not give, in words."""
        accounts = self.accounts.values()
        expected: dict[str, dict[tuple[str, str], int]] = {
            "lot": {(a.member, lot.id): lot.points for a in accounts for lot in a.lots.values()},
            "debt": {(a.member, wallet): points for a in accounts for wallet, points in a.debts.items()},
            "spend": {(a.member, ""): a.spend for a in accounts},
            "visits": {(a.member, ""): a.visits for a in accounts},
        }
        for what, query in _STORED.items():
            stored = {(member, key): value for member, key, value in connection.execute(query)}
            for member, key in sorted(expected[what].keys() | stored.keys()):
                posted, kept = expected[what].get((member, key), 0), stored.get((member, key), 0)
                if posted != kept:
                    return f"member {member}: {what} {key} is {kept}, the entries give {posted}"
        return None


_STORED = {
    "lot": "SELECT member, id, points FROM lot",
    "debt": "SELECT member, wallet, points FROM debt",
    "spend": "SELECT member, '', spend FROM tally",
    "visits": "SELECT member, '', visits FROM tally",
}
