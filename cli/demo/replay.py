"""The replay: every receipt goes the way a customer's goes, and every answer is added up.

Card through the pseudo-terminal → `identified` on the event stream → quote → confirm with the quote's hash.
"""

from collections import Counter
from dataclasses import dataclass, field

from cli.demo.errors import DemoFailed
from cli.demo.pos import WALLET, Answer, Document, Events, Pos, basket, refund_of, with_hash
from cli.demo.receipts import Choice, SourceReceipt, card_of
from cli.demo.returns import MatchedReturn, SoldGoods
from drivers.virtual.scanner import VirtualScanner
from loyalty.points import Points, parse_points

RETRY_EVERY = 20
"""Every so many sales the POS asks again, as after an answer that was lost."""
REUSE_EVERY = 100
"""Every so many sales a POS with a faulty counter uses the last key for another basket."""

ANSWERED, STORED, UNREADABLE = 200, 201, 422


@dataclass(slots=True)
class Tally:
    """What the register answered, added up. Points in the wallet's smallest unit.

    `slips` are the keys of sales and refunds that a slip was promised for, `redeemed` the sales that points paid for;
    `balances` is the last one that each member was told.
    """

    sales: int = 0
    lines: int = 0
    guests: int = 0
    unknown_cards: int = 0
    refunds: int = 0
    replays: int = 0
    earned: int = 0
    spent: int = 0
    given_back: int = 0
    taken_back: int = 0
    members: set[str] = field(default_factory=set)
    redeemed: set[str] = field(default_factory=set)
    slips: set[str] = field(default_factory=set)
    balances: dict[str, Points] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)


class Replay:
    """Plays receipts one by one. Raises `DemoFailed` at the first answer that is not as it must be."""

    def __init__(self, pos: Pos, events: Events, scanner: VirtualScanner, choice: Choice) -> None:
        self.tally = Tally()
        self._pos = pos
        self._events = events
        self._scanner = scanner
        self._members = frozenset(choice.members)
        self._goods = SoldGoods()
        self._visits: Counter[str] = Counter()

    def play(self, receipt: SourceReceipt) -> None:
        """One customer at the counter."""
        if receipt.is_return:
            self._take_back(receipt)
        else:
            self._sell(receipt)

    def _sell(self, sale: SourceReceipt) -> None:
        key, member = sale.number, self._member(sale)
        scan = scanned(self._scanner, self._events, sale.customer, member) if sale.customer is not None else None
        # Who comes again spends on every second visit.
        shown = basket(sale, scan=scan, redeem=member is not None and self._visits[member] % 2 == 1)
        quoted = self._pos.quote(shown)
        if quoted.status == UNREADABLE:
            self.tally.refusals[quoted.body["problems"][0]["code"]] += 1
            return
        _expect(quoted, ANSWERED, f"the quote of receipt {key}")
        body = with_hash(shown, quoted.body)
        confirmed = _expect(self._pos.confirm(key, body), STORED, f"receipt {key}")
        if confirmed.body["quote"]["hash"] != quoted.body["hash"]:
            raise DemoFailed(f"receipt {key} was confirmed with another result than its quote had")
        self._goods.add(sale)
        self._count_sale(sale, confirmed.body, member)
        if self.tally.sales % RETRY_EVERY == 0:
            self._ask_again(key, body, confirmed)
        if self.tally.sales % REUSE_EVERY == 0:
            self._reuse(key, body)

    def _take_back(self, returned: SourceReceipt) -> None:
        matching = self._goods.take_back(returned)
        for number, part in enumerate(matching.matched, start=1):
            key = returned.number if len(matching.matched) == 1 else f"{returned.number}-{number}"
            self._refund(key, part, self._member(returned))
        if matching.without_original:
            # The customer has no slip of that sale: all that the POS can name is the return itself.
            answer = self._pos.refund(f"{returned.number}-0", {"original": {"receipt_key": returned.number}})
            self._expect_refusal(answer, "no_original", f"return {returned.number}")

    def _refund(self, key: str, part: MatchedReturn, member: str | None) -> None:
        answer = _expect(self._pos.refund(key, refund_of(part)), STORED, f"refund {key} of {part.original}")
        tally = self.tally
        tally.refunds += 1
        tally.given_back += _points(answer.body["points_back"])
        tally.taken_back += _points(answer.body["points_taken"])
        self._note_slip_and_balance(key, answer.body, member)

    def _count_sale(self, sale: SourceReceipt, answer: Document, member: str | None) -> None:
        tally, quote = self.tally, answer["quote"]
        tally.sales += 1
        tally.lines += len(sale.lines)
        tally.guests += sale.customer is None
        if member is not None:
            tally.members.add(member)
            self._visits[member] += 1
        elif sale.customer is not None:
            if "card_unknown" not in answer["warnings"]:
                raise DemoFailed(f"receipt {sale.number} was answered without a word on its unknown card")
            tally.unknown_cards += 1
        tally.earned += _points({wallet: part["points"] for wallet, part in quote["accrual"].items()})
        spent = _points({wallet: part["allowed"] for wallet, part in quote["redemption"].items()})
        tally.spent += spent
        if spent:
            tally.redeemed.add(sale.number)
        self._note_slip_and_balance(sale.number, answer, member)

    def _note_slip_and_balance(self, key: str, answer: Document, member: str | None) -> None:
        if (answer["slip"] is not None) is not (member is not None):
            raise DemoFailed(f"{key}: a member gets a slip, a guest none; here it is the other way round")
        if member is not None:
            self.tally.slips.add(key)
            self.tally.balances[member] = parse_points(answer["balances"][WALLET], 0)

    def _ask_again(self, key: str, body: Document, first: Answer) -> None:
        again = _expect(self._pos.confirm(key, body), ANSWERED, f"receipt {key}, asked again,")
        if not again.replayed or again.data != first.data:
            raise DemoFailed(f"receipt {key}, asked again, was answered with other bytes than the first time")
        self.tally.replays += 1

    def _reuse(self, key: str, body: Document) -> None:
        answer = self._pos.confirm(key, {**body, "tenders": ["gold"]})
        self._expect_refusal(answer, "key_reused", f"receipt {key} with another basket")

    def _expect_refusal(self, answer: Answer, code: str, what: str) -> None:
        if answer.refusal != code:
            raise DemoFailed(f"{what} should be refused with {code}; the answer was {answer.refusal or answer.status}")
        self.tally.refusals[code] += 1

    def _member(self, receipt: SourceReceipt) -> str | None:
        return receipt.customer if receipt.customer in self._members else None


def scanned(scanner: VirtualScanner, events: Events, customer: str, member: str | None) -> str:
    """Shows a customer's card to the scanner; the handle that the register tells of. `member` is who it must find.

    Raises `DemoFailed`.
    """
    try:
        scanner.send(card_of(customer))
    except OSError as error:
        raise DemoFailed(f"the scanner's line is stuck: {error}") from error
    _, scan = events.next("scan")
    if scan["verdict"] != "ok":
        raise DemoFailed(f"the card of customer {customer} was read as {scan['verdict']}: {scan['reason']}")
    _, found = events.next("identified")
    who = found["member"]["id"] if found["member"] else None
    if who != member:
        raise DemoFailed(f"the card of customer {customer} is {member or 'nobody'}'s, and was taken for {who}'s")
    return str(found["scan_id"])


def _expect(answer: Answer, status: int, what: str) -> Answer:
    if answer.status != status:
        raise DemoFailed(f"{what} was answered with {answer.status} {answer.body.get('code', '')}".rstrip())
    return answer


def _points(by_wallet: Document) -> int:
    return parse_points(by_wallet[WALLET], 0) if WALLET in by_wallet else 0
