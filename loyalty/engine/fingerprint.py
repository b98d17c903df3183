"""The hash by which a confirmation says which quote it means."""

from hashlib import sha256
from itertools import chain

from loyalty.canonical import canonical
from loyalty.quote import Quote


def fingerprint(quote: Quote) -> str:
    """`sha256:` and hex, over the programme's id and version and all that confirming the quote would do.

    Left out is what only explains: time, trace, hints, messages, the bounds of a redemption and how it was asked,
    what is missing to the next tier. Those may change while the result stands.
    """
    return "sha256:" + sha256(canonical(_result(quote))).hexdigest()


def _result(quote: Quote) -> dict[str, object]:
    return {
        "programme": [quote.programme, quote.version],
        "lines": [
            [
                line.id,
                line.shelf,
                line.points_spent,
                line.total,
                *chain.from_iterable((effect.promotion, effect.discount) for effect in line.effects),
                *chain.from_iterable((split.quantity, split.unit_price) for split in line.splits),
            ]
            for line in quote.lines
        ],
        "redemptions": [
            [paid.wallet, paid.allowed, paid.money, [[use.lot, use.points] for use in paid.lots]]
            for paid in quote.redemptions
            if paid.allowed
        ],
        "accruals": [
            [
                earned.wallet,
                earned.base,
                earned.points,
                earned.active_from.isoformat(),
                earned.expires_on.isoformat() if earned.expires_on else None,
                list(earned.promotions),
            ]
            for earned in quote.accruals
        ],
        "tier": [quote.tier.now, quote.tier.counted],
        "coupons": [[coupon.code, coupon.verdict] for coupon in quote.coupons],
    }
