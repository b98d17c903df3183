"""Receipt by receipt to the register, as a POS sends them; what becomes of every line, and of every point."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from agent.checkout.reverse import ReverseRefusal
from benchmarks.shop import Answer, Document, Pos
from cli.demo.pos import WALLET, basket, refund_of, with_hash
from cli.demo.receipts import SourceReceipt, card_of
from cli.demo.returns import MatchedReturn, PartReturned, SoldGoods
from loyalty.quantity import Milli
from loyalty.receipt import RefundRefusal

REDEEM_EVERY = 3
QUOTE_EVERY = 10
ASK_AGAIN_EVERY = 25

NO_ORIGINAL = ReverseRefusal.NO_ORIGINAL.value
REFUSALS = frozenset({*map(str, ReverseRefusal), *map(str, RefundRefusal)}) | frozenset(
    "bad_amount bad_text out_of_range too_many_lines zero_quantity".split()
)
"""The closed list: why a line may be refused. Any other code, and any other answer, stops the run."""

ANSWERED, STORED, UNREADABLE = 200, 201, 422
PRICED, REFUNDED, IN_PART = "priced", "refunded", "refunded in part"


class SoakFailed(Exception):
    """The register's answer is not one that it may give; the message says to what."""


@dataclass(slots=True)
class Tally:
    """What was answered. `lines` by outcome: `priced`, `refunded`, or the code of a refusal. Points in hundredths of £.

    `balances` is the last one that each member was told.
    """

    receipts: int = 0
    requests: int = 0
    replays: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    earned: int = 0
    spent: int = 0
    given_back: int = 0
    taken_back: int = 0
    balances: dict[str, int] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """What all members together must have."""
        return self.earned - self.spent + self.given_back - self.taken_back

    @property
    def refused(self) -> int:
        """Lines refused, without returns that have no original."""
        return sum(count for outcome, count in self.lines.items() if outcome in REFUSALS and outcome != NO_ORIGINAL)


class Replay:
    """Plays receipts in order. Raises `SoakFailed`."""

    def __init__(self, pos: Pos) -> None:
        self.tally = Tally()
        self._pos = pos
        self._goods = SoldGoods()

    def play(self, receipt: SourceReceipt) -> None:
        """One receipt; its outcome is in the tally."""
        if receipt.is_return:
            self._take_back(receipt)
        else:
            self._sell(receipt)
        self.tally.receipts += 1

    def _sell(self, sale: SourceReceipt) -> None:
        number, body = self.tally.receipts, _basket(sale, redeem=self.tally.receipts % REDEEM_EVERY == 0)
        if number % QUOTE_EVERY == 0:
            quoted = self._said(self._pos.post("/v1/quotes", body))
            if quoted.status == ANSWERED:
                body = with_hash(body, quoted.body)
        answer = self._money(f"/v1/receipts/{sale.number}", body, again=number % ASK_AGAIN_EVERY == 0)
        if answer.status != STORED:
            self.tally.lines[_refusal(answer, sale.number)] += len(sale.lines)
            return
        self.tally.lines[PRICED] += len(sale.lines)
        self._goods.add(sale)
        told = answer.body
        self.tally.earned += _points({wallet: part["points"] for wallet, part in told["quote"]["accrual"].items()})
        self.tally.spent += _points({wallet: part["allowed"] for wallet, part in told["quote"]["redemption"].items()})
        self._note_balance(sale, told)

    def _take_back(self, returned: SourceReceipt) -> None:
        """Line by line to their originals, then one refund for each original, and one more for what has none."""
        found = [self._goods.take_back(replace(returned, lines=(line,))) for line in returned.lines]
        refunds: dict[str, Counter[str]] = {}
        for match in (match for matching in found for match in matching.matched):
            refunds.setdefault(match.original, Counter()).update({part.line: part.quantity for part in match.parts})
        refused = {original: self._refund(returned, original, parts) for original, parts in refunds.items()}
        if any(matching.without_original for matching in found):
            self._refund_of_nothing(returned)
        for matching in found:
            codes = [code for match in matching.matched if (code := refused[match.original])]
            whole = IN_PART if matching.without_original else REFUNDED
            self.tally.lines[codes[0] if codes else whole if matching.matched else NO_ORIGINAL] += 1

    def _refund(self, returned: SourceReceipt, original: str, parts: Counter[str]) -> str | None:
        """The code of the refusal, None where the goods came back."""
        part = MatchedReturn(original, tuple(PartReturned(line, Milli(back)) for line, back in parts.items()))
        again = self.tally.receipts % ASK_AGAIN_EVERY == 0
        answer = self._money(f"/v1/refunds/{returned.number}:{original}", refund_of(part), again=again)
        if answer.status != STORED:
            return _refusal(answer, returned.number)
        told = answer.body
        self.tally.given_back += _points(told["points_back"])
        self.tally.taken_back += _points(told["points_taken"])
        self._note_balance(returned, told)
        return None

    def _refund_of_nothing(self, returned: SourceReceipt) -> None:
        """The customer has no slip of the sale: all that a POS can name is the return itself."""
        body = {"original": {"receipt_key": returned.number}}
        answer = self._money(f"/v1/refunds/{returned.number}", body, again=False)
        if answer.status == STORED or _refusal(answer, returned.number) != NO_ORIGINAL:
            raise SoakFailed(f"return {returned.number} without an original was answered with {answer.data!r}")

    def _money(self, path: str, body: Document, *, again: bool) -> Answer:
        """A request under its key; sometimes twice, as after a lost answer."""
        answer = self._said(self._pos.put(path, body))
        if again and answer.status == STORED:
            repeated = self._said(self._pos.put(path, body))
            self.tally.replays += 1
            if (repeated.status, repeated.data) != (ANSWERED, answer.data):
                raise SoakFailed(f"{path}, asked again, was answered otherwise: {repeated.data!r}")
        return answer

    def _said(self, answer: Answer) -> Answer:
        self.tally.requests += 1
        return answer

    def _note_balance(self, receipt: SourceReceipt, told: Document) -> None:
        if receipt.customer is not None:
            self.tally.balances[receipt.customer] = _points(told["balances"])


def _basket(sale: SourceReceipt, *, redeem: bool) -> Document:
    document = basket(sale, scan=None, redeem=redeem and sale.customer is not None)
    if sale.customer is not None:
        document["card"] = {"code": card_of(sale.customer), "input": "scan"}
    return document


def _refusal(answer: Answer, number: str) -> str:
    """The refusal's code, which must be of the closed list."""
    code = str(answer.body.get("code"))
    if answer.status == UNREADABLE:
        code = str(answer.body["problems"][0]["code"])
    if code not in REFUSALS:
        raise SoakFailed(f"receipt {number} was answered with {answer.status}: {answer.data!r}")
    return code


def _points(by_wallet: dict[str, Any]) -> int:
    return int(by_wallet.get(WALLET, 0))
