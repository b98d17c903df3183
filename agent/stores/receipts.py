"""Receipts as the register lists them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt in the register's list. `refunded` and `pay` in minor units of a currency with `decimals`."""

    key: str
    client: str
    epoch: int
    seq: int
    member: str | None
    card_masked: str | None
    rule_ms: int
    pay: int
    decimals: int
    voided: bool
    refunded: int


RECEIPT_COLUMNS = (
    "SELECT key, client, epoch, seq, member, card_masked, rule_ms, pay, decimals, void_seq, refunded FROM receipt"
)


def receipt_row(row: tuple[Any, ...]) -> ReceiptRow:
    """A row of `RECEIPT_COLUMNS`."""
    key, client, epoch, seq, member, card_masked, rule_ms, pay, decimals, void_seq, refunded = row
    return ReceiptRow(
        key, client, epoch, seq, member, card_masked, rule_ms, pay, decimals, void_seq is not None, refunded
    )
