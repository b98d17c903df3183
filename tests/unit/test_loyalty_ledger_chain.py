"""Entries and their chain: formats that must never change, and changes that must never go unseen."""

import typing
from datetime import date
from types import NoneType, UnionType

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import BrokenChain, NotCanonical, UnknownEntryFormat
from loyalty.ledger import chain
from loyalty.ledger.adjustment import AdjustFacts
from loyalty.ledger.effects import Earn, Spend, Tally
from loyalty.ledger.entry import Entry, EntryTime, lot_id, read_entry, write_entry
from loyalty.ledger.reprint import ReprintFacts
from loyalty.ledger.sale import (
    Accrued,
    EntryLine,
    KnownLot,
    Projection,
    Redeemed,
    Rules,
    SaleFacts,
    ShownCard,
    Totals,
)

AT = EntryTime(rule_ms=1_795_000_000_000, wall_ms=1_795_000_000_123, source="wall")


def opening(seq: int = 1, points: int = 41200) -> Entry:
    return Entry(
        register="R2",
        epoch=1,
        seq=seq,
        time=AT,
        member="m-17850",
        facts=AdjustFacts("opening_balance", "00" * 32),
        effects=(Earn("bonus", lot_id(register="R2", epoch=1, seq=seq, number=0), points, date(2026, 11, 22), None),),
    )


def sale(seq: int = 2) -> Entry:
    return Entry(
        register="R2",
        epoch=1,
        seq=seq,
        time=EntryTime(1_795_000_100_000, 1_795_000_100_000, "chain", ("clock_behind",)),
        member="m-17850",
        facts=SaleFacts(
            receipt="S7-R2-000123",
            client="pos",
            store="S7",
            channel="store",
            attributes={"original_at": "2010-12-01T08:26:00"},
            card=ShownCard("scan", "known"),
            rules=Rules("first-shop", 1, 1, "2026.6", 1_795_000_100_000),
            quote="sha256:00",
            redeem={"bonus": "max"},
            coupons=(("WELCOME", "unknown"),),
            tenders=("bank_card",),
            lines=(
                EntryLine(
                    "1",
                    "МОЛОКО",
                    "goods",
                    "dairy",
                    2000,
                    "pc",
                    899000,
                    None,
                    17980,
                    {"own_brand": True},
                    None,
                    (("gold-5", 899),),
                    5000,
                    12081,
                    earns=True,
                    counts=True,
                ),
            ),
            totals=Totals(17980, 899, 5000, 12081),
            projection=Projection(
                "gold",
                date(2026, 5, 1),
                "active",
                6_000_000,
                {},
                (KnownLot("R2/1/1/0", "bonus", 41200, date(2026, 11, 22), None),),
                {"bonus": (41200, "own_ledger")},
            ),
            redeemed=(Redeemed("bonus", 5000, 5000, "cap", (("R2/1/1/0", 5000),)),),
            accrued=(Accrued("bonus", 12081, 604, "R2/1/2/0"),),
            tier_counted=12081,
        ),
        effects=(
            Spend("bonus", "R2/1/1/0", 5000),
            Earn("bonus", "R2/1/2/0", 604, date(2026, 11, 22), date(2027, 5, 21)),
            Tally(spend=12081, visits=1),
        ),
    )


START = "f1b9cdf689c2647f8d5c4a2b16a4ab0291e469a8426585f44ac3b1bd003dd02d"
OPENING_BYTES = (
    b'{"effects":[{"active_from":"2026-11-22","expires_on":null,"kind":"earn","lot":"R2/1/1/0","'
    b'points":41200,"wallet":"bonus"}],"epoch":1,"facts":{"kind":"adjust","reason":"opening_bala'
    b'nce","source":"0000000000000000000000000000000000000000000000000000000000000000"},"format"'
    b':"kopilka.entry/1","member":"m-17850","register":"R2","seq":1,"time":{"flags":[],"rule_ms"'
    b':1795000000000,"source":"wall","wall_ms":1795000000123}}'
)
OPENING_HASH = "33f27a8545523ac1acba593eebf783992119a3e6e50de7a887ae3a15b66b84db"
SALE_HASH = "0f2c46e1d0dd1c261a887438e3ff6d8cf6665effa89807fc63e37db4c7918cdb"


def test_golden_start() -> None:
    """A chain that started under an older release must be provable under this one."""
    assert chain.start(register="R2", epoch=1).hex() == START


def test_golden_entry_bytes() -> None:
    """The bytes of an entry are what head office hashes: one more space and no ledger proves itself."""
    assert write_entry(opening()) == OPENING_BYTES


def test_golden_hashes() -> None:
    """Two entries of every kind of field: their hashes are the same on every machine and in every release."""
    first = chain.link(chain.start(register="R2", epoch=1), write_entry(opening()))
    assert first.hex() == OPENING_HASH
    assert chain.link(first, write_entry(sale())).hex() == SALE_HASH


@pytest.mark.parametrize(
    "entry",
    [
        opening(),
        sale(),
        Entry(register="R2", epoch=1, seq=3, time=AT, member=None, facts=ReprintFacts("sale/1", "1", "c-7")),
    ],
)
def test_an_entry_reads_back_as_it_was_written(entry: Entry) -> None:
    """What a register wrote years ago must be readable for a refund today."""
    assert read_entry(write_entry(entry)) == entry


def test_the_entry_is_canonical_json() -> None:
    """An auditor's own RFC 8785 library must see the very bytes that were hashed."""
    data = write_entry(sale())
    assert rfc8785.dumps(msgspec.json.decode(data)) == data


def test_no_field_of_an_entry_can_hold_a_float() -> None:
    """A float in a ledger is money that two machines round differently."""
    seen: set[object] = set()

    def check(kind: object) -> None:
        if kind in seen or kind is NoneType:
            return
        seen.add(kind)
        assert kind not in (float, typing.Any, object), kind
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for hint in typing.get_type_hints(kind, include_extras=True).values():
                check(hint)
        elif typing.get_origin(kind) is not None or isinstance(kind, UnionType):
            for part in typing.get_args(kind):
                if not isinstance(part, str | msgspec.Meta) and part is not Ellipsis:
                    check(part)

    check(Entry)
    assert len(seen) > 20


def test_an_entry_that_could_not_be_read_back_is_not_written() -> None:
    """A sale that is stored and cannot be read is a customer whose refund is refused."""
    with pytest.raises(NotCanonical):
        write_entry(opening(points=0))
    with pytest.raises(NotCanonical):
        write_entry(opening(points=2**53))


def test_an_entry_of_a_later_format_says_that_a_newer_release_is_needed() -> None:
    """After a downgrade the register must say so instead of misreading money."""
    data = write_entry(opening()).replace(b"kopilka.entry/1", b"kopilka.entry/9")
    with pytest.raises(UnknownEntryFormat):
        read_entry(data)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b'{"format": "kopilka.entry/1"}'])
def test_bytes_that_are_no_entry_are_refused(data: bytes) -> None:
    """A torn page must end in words for store IT, not in a traceback."""
    with pytest.raises(UnknownEntryFormat):
        read_entry(data)


def stored(entries: list[Entry]) -> list[tuple[int, bytes, bytes]]:
    head = chain.start(register="R2", epoch=1)
    links = []
    for entry in entries:
        data = write_entry(entry)
        head = chain.link(head, data)
        links.append((entry.seq, data, head))
    return links


def test_a_whole_chain_verifies() -> None:
    """A register that did nothing wrong must not be accused."""
    links = stored([opening(1), sale(2), opening(3, points=1)])
    assert chain.verify(links, register="R2", epoch=1) == (3, links[-1][2])


@given(st.data())
def test_any_change_to_a_chain_is_found(data: st.DataObject) -> None:
    """Somebody who edits a sale on the register's disk must be found out, whichever byte it is."""
    links = stored([opening(1), opening(2, points=5), opening(3, points=6)])
    at = data.draw(st.integers(0, 2))
    seq, entry, digest = links[at]
    flip = data.draw(st.integers(0, len(entry) - 1))
    changed = bytearray(entry)
    changed[flip] ^= data.draw(st.integers(1, 255))
    links[at] = (seq, bytes(changed), digest)
    with pytest.raises(BrokenChain) as found:
        chain.verify(links, register="R2", epoch=1)
    assert found.value.seq == seq


@pytest.mark.parametrize("tamper", ["drop", "swap", "other_register", "other_epoch"])
def test_entries_cannot_be_dropped_swapped_or_borrowed(tamper: str) -> None:
    """A deleted sale would give its points a second life."""
    links = stored([opening(1), opening(2, points=5), opening(3, points=6)])
    register, epoch = "R2", 1
    if tamper == "drop":
        del links[1]
    elif tamper == "swap":
        links[0], links[1] = links[1], links[0]
    elif tamper == "other_register":
        register = "R3"
    else:
        epoch = 2
    with pytest.raises(BrokenChain):
        chain.verify(links, register=register, epoch=epoch)
