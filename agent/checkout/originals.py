"""Finding the sale that a refund or a void names, and reading it back from the ledger."""

from dataclasses import dataclass

from agent.stores.receipts import ReceiptRow
from agent.stores.writer import LedgerWriter
from loyalty.engine.refund import returnable
from loyalty.ledger.reversal import Original, RefundFacts, VoidFacts, refund_of
from loyalty.ledger.sale import SaleFacts, receipt_of
from loyalty.quantity import Milli
from loyalty.receipt import Receipt, Refund, ReturnedLine


@dataclass(frozen=True, slots=True)
class NoOriginal:
    """No sale under that key is in this register's ledger."""

    key: str


@dataclass(frozen=True, slots=True)
class OriginalAmbiguous:
    """Several clients used that key, and none of them is the one that asks."""

    key: str


@dataclass(frozen=True, slots=True)
class FoundOriginal:
    """The sale, its receipt, and what was refunded of it so far."""

    row: ReceiptRow
    register: str
    sale: SaleFacts
    receipt: Receipt
    refunds: tuple[Refund, ...]

    def left(self) -> tuple[ReturnedLine, ...]:
        """Everything that may still come back."""
        left = {line.id: line.quantity for line in self.receipt.lines if returnable(line)}
        for refund in self.refunds:
            for part in refund.lines:
                left[part.line] = Milli(left[part.line] - part.quantity)
        return tuple(ReturnedLine(line, quantity) for line, quantity in left.items() if quantity > 0)

    def reference(self) -> Original:
        """As a reversal's entry names it."""
        return Original(self.row.key, self.register, self.row.epoch, self.row.seq)


def find_original(writer: LedgerWriter, key: str, *, client: str) -> FoundOriginal | NoOriginal | OriginalAmbiguous:
    """The asking client's own receipt under that key, else the only one of another client's."""
    rows = writer.receipts_of(key)
    row = next((row for row in rows if row.client == client), None)
    if row is None:
        if len(rows) > 1:
            return OriginalAmbiguous(key)
        if not rows:
            return NoOriginal(key)
        row = rows[0]
    entry = writer.entry(row.epoch, row.seq)
    if entry is None or not isinstance(entry.facts, SaleFacts):
        return NoOriginal(key)
    reversals = [reversal.facts for reversal in writer.reversals_of(row)]
    return FoundOriginal(
        row=row,
        register=entry.register,
        sale=entry.facts,
        receipt=receipt_of(entry.facts, entry.member),
        refunds=tuple(refund_of(facts.result) for facts in reversals if isinstance(facts, RefundFacts | VoidFacts)),
    )
