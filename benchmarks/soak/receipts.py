"""The real receipts as they are replayed: all of them, or a fixed sample with every odd one."""

from collections.abc import Iterable
from dataclasses import replace

from cli.demo.receipts import SourceReceipt
from cli.demo.returns import SoldGoods
from loyalty.quantity import ONE

EVERY = 40
RETURNS = 100
HUGE_QUANTITY = 10_000 * ONE
SUB_PENNY = 100
"""A penny in ten-thousandths of a pound."""


def whole(receipts: Iterable[SourceReceipt]) -> list[SourceReceipt]:
    """Every receipt once, in the order of its first line: the file interrupts one of them."""
    found: dict[str, SourceReceipt] = {}
    for receipt in receipts:
        begun = found.get(receipt.number)
        found[receipt.number] = receipt if begun is None else replace(begun, lines=begun.lines + receipt.lines)
    return list(found.values())


def sample(receipts: list[SourceReceipt]) -> list[SourceReceipt]:
    """Every 40th receipt, all odd ones, and the first hundred returns that have originals, with these."""
    longest = max(receipts, key=lambda receipt: len(receipt.lines))
    kept = {longest.number, *_returns_with_originals(receipts)}
    return [
        receipt
        for place, receipt in enumerate(receipts)
        if place % EVERY == 0 or receipt.number in kept or is_odd(receipt)
    ]


def is_odd(receipt: SourceReceipt) -> bool:
    """Whether a till could stumble here: adjustments, sub-penny prices, huge quantities, negative lines on a sale."""
    return (not receipt.number[0].isdigit() and not receipt.is_return) or any(
        0 < abs(line.price) < SUB_PENNY
        or abs(line.quantity) >= HUGE_QUANTITY
        or line.price < 0
        or (line.quantity < 0 and not receipt.is_return)
        for line in receipt.lines
    )


def _returns_with_originals(receipts: list[SourceReceipt]) -> set[str]:
    goods, kept, returns = SoldGoods(), set[str](), 0
    for receipt in receipts:
        if not receipt.is_return:
            goods.add(receipt)
            continue
        matching = goods.take_back(receipt)
        if matching.matched and not matching.without_original and returns < RETURNS:
            returns += 1
            kept |= {receipt.number, *(part.original for part in matching.matched)}
    return kept
