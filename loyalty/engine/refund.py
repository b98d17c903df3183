"""Taking goods back: each part is the rounded cumulative share less what earlier parts took."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loyalty.lots import Lot, LotUse, spending_order
from loyalty.member import Facts
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import Milli
from loyalty.receipt import (
    Earned,
    GivenBack,
    Receipt,
    Refund,
    RefundedLine,
    RefundRefusal,
    RefundRefused,
    ReturnedLine,
    SoldLine,
    Spent,
    TakenBack,
)
from loyalty.rounding import half_up

NOTHING = Milli(0)


@dataclass(frozen=True, slots=True)
class _Part:
    """How much of one line had come back before this refund, and with it. Thousandths of the unit."""

    line: SoldLine
    before: Milli
    after: Milli

    def of(self, amount: int) -> int:
        """This part's share of an amount of the whole line."""
        return half_up(amount * self.after, self.line.quantity) - half_up(amount * self.before, self.line.quantity)


def refund(
    compiled: CompiledProgramme,
    receipt: Receipt,
    earlier: Sequence[Refund],
    returned: Sequence[ReturnedLine],
    facts: Facts,
    now: datetime,
) -> Refund | RefundRefused:
    """Takes goods of one receipt back; `earlier` are all its refunds so far, `now` is aware UTC.

    All parts together are exactly the whole, in money and in points. Points that paid come back to the lots they came
    from, the last taken first, under the lots' own dates. Points that were earned are taken from their own lot, active
    or not, then from the wallet's spendable lots in spending order; the rest is debt.
    """
    before = _returned_before(earlier)
    refused = _refusal(receipt, before, returned)
    if refused is not None:
        return refused
    wanted = {part.line: part.quantity for part in returned}
    parts = [
        _Part(line, already, Milli(already + wanted.get(line.id, NOTHING)))
        for line in receipt.lines
        if (already := before.get(line.id, NOTHING)) or line.id in wanted
    ]
    lines = tuple(_refunded(part) for part in parts if part.line.id in wanted)
    return Refund(
        lines=lines,
        money=Minor(sum(line.money for line in lines)),
        given_back=tuple(_given_back(receipt, earlier, lines)),
        taken_back=tuple(_taken_back(compiled, receipt, earlier, parts, facts, compiled.calendar.business_day(now))),
        tier_counted=_tier_counted(receipt, earlier, parts),
    )


def void(compiled: CompiledProgramme, receipt: Receipt, facts: Facts, now: datetime) -> Refund:
    """Takes a whole receipt back, negative lines included, as if it had not been. For a receipt without refunds."""
    day = compiled.calendar.business_day(now)
    return Refund(
        lines=tuple(RefundedLine(line.id, line.quantity, line.total, line.points_money) for line in receipt.lines),
        money=Minor(sum(line.total for line in receipt.lines)),
        given_back=tuple(GivenBack(spent.wallet, spent.points, spent.lots) for spent in receipt.spent),
        taken_back=tuple(_collect(earned, earned.points, facts, day) for earned in receipt.earned),
        tier_counted=receipt.tier_counted,
    )


def _returned_before(earlier: Iterable[Refund]) -> dict[str, Milli]:
    before: dict[str, Milli] = {}
    for part in earlier:
        for line in part.lines:
            before[line.line] = Milli(before.get(line.line, NOTHING) + line.quantity)
    return before


def _refusal(receipt: Receipt, before: dict[str, Milli], returned: Sequence[ReturnedLine]) -> RefundRefused | None:
    """The first refusal in order of precedence, over all lines."""
    sold = {line.id: line for line in receipt.lines}
    if not returned:
        return RefundRefused(RefundRefusal.NOTHING_RETURNED)
    for part in returned:
        if part.quantity <= 0:
            return RefundRefused(RefundRefusal.NOTHING_RETURNED, part.line)
    for part in returned:
        if part.line not in sold:
            return RefundRefused(RefundRefusal.UNKNOWN_LINE, part.line)
    seen: set[str] = set()
    for part in returned:
        if part.line in seen:
            return RefundRefused(RefundRefusal.LINE_REPEATED, part.line)
        seen.add(part.line)
    for part in returned:
        if not returnable(sold[part.line]):
            return RefundRefused(RefundRefusal.NOT_RETURNABLE, part.line)
    for part in returned:
        left = Milli(sold[part.line].quantity - before.get(part.line, NOTHING))
        if part.quantity > left:
            return RefundRefused(RefundRefusal.MORE_THAN_SOLD, part.line, left)
    return None


def returnable(line: SoldLine) -> bool:
    """Whether its goods can come back: a line that took money off, or gave goods back, goes with a void only."""
    return line.quantity > 0 and line.total >= 0


def _refunded(part: _Part) -> RefundedLine:
    return RefundedLine(
        line=part.line.id,
        quantity=Milli(part.after - part.before),
        money=Minor(part.of(part.line.total)),
        points_money=Minor(part.of(part.line.points_money)),
    )


def _given_back(receipt: Receipt, earlier: Sequence[Refund], lines: Sequence[RefundedLine]) -> Iterator[GivenBack]:
    paid = sum(line.points_money for line in receipt.lines)
    back = sum(line.points_money for part in earlier for line in part.lines) + sum(line.points_money for line in lines)
    for spent in receipt.spent:
        before = sum(given.points for part in earlier for given in part.given_back if given.wallet == spent.wallet)
        points = _share(spent.points, back, paid) - before
        if points > 0:
            yield GivenBack(spent.wallet, Points(points), _last_taken_first(spent, skip=before, points=points))


def _last_taken_first(spent: Spent, *, skip: int, points: int) -> tuple[LotUse, ...]:
    """`points` of the lots that paid, from the end, after `skip` points that are back already.

    A partial return then leaves the lots as if less had been spent in the first place.
    """
    uses = []
    for use in reversed(spent.lots):
        skipped = min(skip, use.points)
        skip -= skipped
        part = min(points, use.points - skipped)
        points -= part
        if part > 0:
            uses.append(LotUse(use.lot, Points(part)))
    return tuple(uses)


def _taken_back(
    compiled: CompiledProgramme,
    receipt: Receipt,
    earlier: Sequence[Refund],
    parts: Sequence[_Part],
    facts: Facts,
    day: date,
) -> Iterator[TakenBack]:
    own_points_earn = compiled.programme.earning_base.own_points == "ignore"
    weights = {
        line.id: line.total + (line.points_money if own_points_earn else 0) for line in receipt.lines if line.earns
    }
    for earned in receipt.earned:
        before = sum(taken.points for part in earlier for taken in part.taken_back if taken.wallet == earned.wallet)
        points = _cumulative(receipt, parts, weights, earned.points) - before
        if points > 0:
            yield _collect(earned, Points(points), facts, day)


def _tier_counted(receipt: Receipt, earlier: Sequence[Refund], parts: Sequence[_Part]) -> Minor:
    weights = {line.id: line.total for line in receipt.lines if line.counts}
    before = sum(part.tier_counted for part in earlier)
    return Minor(max(0, _cumulative(receipt, parts, weights, receipt.tier_counted) - before))


def _cumulative(receipt: Receipt, parts: Sequence[_Part], weights: Mapping[str, int], amount: int) -> int:
    """The share of `amount` that goods returned so far stand for, by the weight of their lines."""
    sold = {line.id: line for line in receipt.lines if returnable(line) and line.id in weights}
    whole = sum(weights[name] for name in sold)
    if whole == 0:
        # Points paid for everything that earned, so money cannot say what a part of it is; quantity can.
        weights = {name: line.quantity for name, line in sold.items()}
        whole = sum(weights.values())
    back = sum(
        half_up(weights[part.line.id] * part.after, part.line.quantity) for part in parts if part.line.id in sold
    )
    return _share(amount, back, whole)


def _share(amount: int, part: int, whole: int) -> int:
    return half_up(amount * part, whole) if whole else 0


def _collect(earned: Earned, points: Points, facts: Facts, day: date) -> TakenBack:
    """Takes points from their own lot first, whatever its dates, then from what the member may spend."""
    lots = facts.lots_of(earned.wallet)
    own = [lot for lot in lots if lot.id == earned.lot]
    others = [lot for lot in lots if lot.id != earned.lot and lot.spendable(on=day)]
    uses, left = _drain([*own, *spending_order(others)], points)
    return TakenBack(earned.wallet, points, uses, left)


def _drain(lots: Iterable[Lot], points: Points) -> tuple[tuple[LotUse, ...], Points]:
    """Takes points lot by lot; what no lot had is left over."""
    uses = []
    for lot in lots:
        part = min(lot.points, points)
        if part > 0:
            uses.append(LotUse(lot.id, Points(part)))
            points = Points(points - part)
    return tuple(uses), points
