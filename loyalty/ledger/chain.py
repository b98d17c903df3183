"""The hash chain: each entry's hash covers the one before it, so that nothing can be changed, dropped or inserted.

`h₀ = SHA-256(tag ‖ canonical({register, epoch, previous_head}))`, `hₙ = SHA-256(tag ‖ hₙ₋₁ ‖ canonical(entryₙ))`.
The tags keep a hash of one kind from being passed off as another.
"""

from collections.abc import Iterable
from hashlib import sha256

from loyalty.canonical import canonical
from loyalty.errors import BrokenChain
from loyalty.ledger.entry import read_entry

START_TAG = b"kopilka/chain-start/1\x00"
ENTRY_TAG = b"kopilka/entry/1\x00"
NO_PREVIOUS_HEAD = bytes(32)
FIRST_EPOCH = 1
FIRST_SEQ = 1


def start(*, register: str, epoch: int, previous_head: bytes = NO_PREVIOUS_HEAD) -> bytes:
    """h₀ of a register's epoch. The first epoch has 32 zero bytes before it."""
    bound = {"register": register, "epoch": epoch, "previous_head": previous_head.hex()}
    return sha256(START_TAG + canonical(bound)).digest()


def link(previous: bytes, entry: bytes) -> bytes:
    """The hash of an entry's canonical bytes after `previous`."""
    return sha256(ENTRY_TAG + previous + entry).digest()


def verify(
    stored: Iterable[tuple[int, bytes, bytes]], *, register: str, epoch: int, previous_head: bytes = NO_PREVIOUS_HEAD
) -> tuple[int, bytes]:
    """Walks `(seq, canonical bytes, stored hash)` in order; the count of entries and the head.

    Raises `BrokenChain` at the first entry whose number, hash or register does not follow, `UnknownEntryFormat` for
    one that an unknown release wrote.
    """
    head = start(register=register, epoch=epoch, previous_head=previous_head)
    count = 0
    for seq, data, stored_hash in stored:
        if seq != FIRST_SEQ + count:
            raise BrokenChain(seq, f"follows entry {FIRST_SEQ + count - 1}: something between them is missing")
        head = link(head, data)
        if head != stored_hash:
            raise BrokenChain(seq, "has another hash than the one stored with it: it or its predecessor was changed")
        entry = read_entry(data)
        if (entry.register, entry.epoch, entry.seq) != (register, epoch, seq):
            raise BrokenChain(seq, f"says it is entry {entry.seq} of {entry.register}, epoch {entry.epoch}")
        count += 1
    return count, head
