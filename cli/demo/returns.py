"""Which sale a return belongs to. The data has no link; the match is by customer, sku and price, the latest sale first.

A refund names one original, so a return of goods from several sales becomes several refunds.
"""

from collections import defaultdict
from dataclasses import dataclass

from cli.demo.receipts import SourceReceipt
from loyalty.money import UnitPrice
from loyalty.quantity import Milli


@dataclass(frozen=True, slots=True)
class PartReturned:
    """So much of the original's line `line` comes back. `quantity` > 0 in thousandths."""

    line: str
    quantity: Milli


@dataclass(frozen=True, slots=True)
class MatchedReturn:
    """What comes back of one sale."""

    original: str
    parts: tuple[PartReturned, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """A return taken apart. `without_original` is how many thousandths no earlier sale explains."""

    matched: tuple[MatchedReturn, ...]
    without_original: Milli


@dataclass(slots=True)
class _Sold:
    receipt: str
    line: str
    left: int


class SoldGoods:
    """What was sold to whom and has not come back yet."""

    def __init__(self) -> None:
        self._sold: defaultdict[tuple[str, str, UnitPrice], list[_Sold]] = defaultdict(list)

    def add(self, sale: SourceReceipt) -> None:
        """Notes a confirmed sale. A guest's cannot be matched later; neither can what a line took back."""
        if sale.customer is None:
            return
        for number, line in enumerate(sale.lines, start=1):
            if line.quantity > 0:
                sold = _Sold(sale.number, line_id(number), line.quantity)
                self._sold[sale.customer, line.sku, line.price].append(sold)

    def take_back(self, returned: SourceReceipt) -> Matching:
        """Matches a return's lines and notes that those goods came back."""
        by_original: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        unexplained = 0
        for line in returned.lines:
            wanted = max(0, -line.quantity)
            for sold in reversed(self._sold.get((returned.customer or "", line.sku, line.price), [])):
                taken = min(wanted, sold.left)
                if taken:
                    sold.left -= taken
                    wanted -= taken
                    by_original[sold.receipt][sold.line] += taken
            unexplained += wanted
        matched = tuple(
            MatchedReturn(original, tuple(PartReturned(line, Milli(taken)) for line, taken in parts.items()))
            for original, parts in by_original.items()
        )
        return Matching(matched, Milli(unexplained))


def line_id(number: int) -> str:
    """The id of a sale's line, counted from 1, as the demo's baskets name it."""
    return str(number)
