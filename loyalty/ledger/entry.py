"""An entry: one fact of the register's life, and the effects it claims. Immutable; a mistake gets a new entry.

Its bytes are canonical JSON (RFC 8785): the fields are typed so that no float can stand in them, keys are ASCII,
and integers stay below 2⁵³.
"""

from typing import Literal

import msgspec

from loyalty.errors import NotCanonical, UnknownEntryFormat
from loyalty.ledger.adjustment import AdjustFacts
from loyalty.ledger.effects import Effect
from loyalty.ledger.reprint import ReprintFacts
from loyalty.ledger.reversal import RefundFacts, VoidFacts
from loyalty.ledger.sale import SaleFacts
from loyalty.ledger.values import Positive, Whole

Facts = SaleFacts | VoidFacts | RefundFacts | AdjustFacts | ReprintFacts


class EntryTime(msgspec.Struct, frozen=True):
    """When, and how sure we are. UTC milliseconds since 1970.

    `rule_ms` is the time the rules were judged at, `wall_ms` what the machine's clock said,
    `flags` why they differ.
    """

    rule_ms: Whole
    wall_ms: Whole
    source: Literal["wall", "chain"]
    flags: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the chain `(register, epoch)`. It holds no personal data: integers, enums, skus, random ids."""

    format: Literal["kopilka.entry/1"] = "kopilka.entry/1"
    register: str
    epoch: Positive
    seq: Positive
    time: EntryTime
    member: str | None
    facts: Facts
    effects: tuple[Effect, ...] = ()

    @property
    def kind(self) -> str:
        """`sale`, `void`, `refund`, `adjust` or `reprint`. The kinds that rights need come with head office."""
        return str(type(self.facts).__struct_config__.tag)


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


def write_entry(entry: Entry) -> bytes:
    """The bytes that the chain hashes and that travel to head office.

    Raises `NotCanonical` for an entry that could not be read back exactly.
    """
    data = _encoder.encode(entry)
    try:
        _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise NotCanonical("entry", str(error)) from error
    return data


def read_entry(data: bytes) -> Entry:
    """The inverse of `write_entry`. Raises `UnknownEntryFormat`."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnknownEntryFormat(str(error)) from error


def lot_id(*, register: str, epoch: int, seq: int, number: int) -> str:
    """The id of lot `number` that an entry creates."""
    return f"{register}/{epoch}/{seq}/{number}"
