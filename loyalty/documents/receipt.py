"""The receipt that a confirmed quote becomes."""

from collections.abc import Callable

from loyalty.basket import Basket
from loyalty.engine.accrue import counting_lines, earning_lines
from loyalty.engine.quote import bill_of
from loyalty.programme.compile import CompiledProgramme
from loyalty.quote import Quote
from loyalty.receipt import Earned, Receipt, SoldLine, Spent
from loyalty.rewards.base import PointsRule


def receipt_from(
    basket: Basket,
    quote: Quote,
    compiled: CompiledProgramme,
    lot_of: Callable[[str], str],
    *,
    key: str,
    member: str | None,
) -> Receipt:
    """The snapshot of a sale, for its entry and for refunds.

    `quote` is of this basket by this programme; `lot_of` gives the id of the lot that a wallet's earning creates.
    `member` is who earns and spends: None for a guest.
    """
    earning, counting = _earning(basket, quote, compiled)
    return Receipt(
        key=key,
        member=member,
        lines=tuple(
            SoldLine(
                id=line.id,
                sku=line.sku,
                quantity=line.quantity,
                total=quoted.total,
                points_money=quoted.points_spent,
                earns=position in earning,
                counts=position in counting,
            )
            for position, (line, quoted) in enumerate(zip(basket.lines, quote.lines, strict=True))
        ),
        spent=tuple(Spent(paid.wallet, paid.allowed, paid.lots) for paid in quote.redemptions if paid.allowed > 0),
        earned=tuple(Earned(earned.wallet, earned.points, lot_of(earned.wallet)) for earned in quote.accruals),
        tier_counted=quote.tier.counted,
    )


def _earning(basket: Basket, quote: Quote, compiled: CompiledProgramme) -> tuple[set[int], set[int]]:
    """Positions of the lines that earned by some promotion that gave points, and of those that count for the tier."""
    bill = bill_of(compiled, basket.lines)
    gave = {(promotion, accrual.wallet) for accrual in quote.accruals for promotion in accrual.promotions}
    earning = {
        position
        for promotion in compiled.promotions
        for rule in promotion.rules
        if isinstance(rule, PointsRule) and (promotion.id, rule.wallet) in gave
        for position in earning_lines(compiled, rule, bill)
    }
    return earning, set(counting_lines(compiled, bill))
