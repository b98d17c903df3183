"""A quote as JSON: every amount a decimal text."""

from collections.abc import Iterable

from loyalty.lots import LotUse
from loyalty.money import Minor, amount_text
from loyalty.points import points_text
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import quantity_text
from loyalty.quote import Accrual, Quote, QuotedLine, Redemption, Split, TierProgress, Trace

Json = dict[str, object]


def write_quote(quote: Quote, compiled: CompiledProgramme) -> Json:
    """The document of a quote, of texts, integers, booleans, lists and objects only.

    Lists that this release never fills are there and empty, so that who reads them need not ask.
    """
    return {
        "hash": quote.hash,
        "programme": {"id": quote.programme, "version": quote.version},
        "totals": {
            "shelf": amount_text(quote.totals.shelf, compiled.currency),
            "discount": amount_text(quote.totals.discount, compiled.currency),
            "points_spent": amount_text(quote.totals.points_spent, compiled.currency),
            "to_pay": amount_text(quote.totals.to_pay, compiled.currency),
        },
        "lines": [_line(line, compiled) for line in quote.lines],
        "gifts": [],
        "coupons": [{"code": coupon.code, "verdict": coupon.verdict} for coupon in quote.coupons],
        "claims": [],
        "certificates": [],
        "redemption": {paid.wallet: _redemption(paid, compiled) for paid in quote.redemptions},
        "accrual": {earned.wallet: _accrual(earned, compiled) for earned in quote.accruals},
        "grants": {"counters": [], "coupons": [], "tickets": []},
        "tier": _tier(quote.tier, compiled),
        "hints": [
            {"promotion": hint.promotion, "missing": amount_text(hint.missing, compiled.currency), "gain": hint.gain}
            for hint in quote.hints
        ],
        "trace": [_trace(trace) for trace in quote.trace],
        "variant": {},
        "messages": [],
    }


def _lots(lots: Iterable[LotUse], exponent: int) -> list[Json]:
    """Points by lot."""
    return [{"lot": use.lot, "points": points_text(use.points, exponent)} for use in lots]


def _line(line: QuotedLine, compiled: CompiledProgramme) -> Json:
    return {
        "id": line.id,
        "shelf": amount_text(line.shelf, compiled.currency),
        "effects": [
            {"promotion": effect.promotion, "discount": amount_text(effect.discount, compiled.currency)}
            for effect in line.effects
        ],
        "points_spent": amount_text(line.points_spent, compiled.currency),
        "total": amount_text(line.total, compiled.currency),
        "splits": [_split(split, compiled) for split in line.splits],
    }


def _split(split: Split, compiled: CompiledProgramme) -> Json:
    quantity = quantity_text(split.quantity)
    if split.unit_price is None:
        return {"quantity": quantity, "total": amount_text(split.total, compiled.currency)}
    return {"quantity": quantity, "price": amount_text(split.unit_price, compiled.currency)}


def _redemption(paid: Redemption, compiled: CompiledProgramme) -> Json:
    exponent = compiled.exponent(paid.wallet)
    return {
        "asked": "max" if paid.asked == "max" else points_text(paid.asked, exponent),
        "allowed": points_text(paid.allowed, exponent),
        "money": amount_text(paid.money, compiled.currency),
        "bounds": {name: points_text(points, exponent) for name, points in paid.bounds.items()},
        "decided_by": paid.decided_by,
        "step": points_text(paid.step, exponent),
        "lots": _lots(paid.lots, exponent),
    }


def _accrual(earned: Accrual, compiled: CompiledProgramme) -> Json:
    return {
        "base": amount_text(earned.base, compiled.currency),
        "points": points_text(earned.points, compiled.exponent(earned.wallet)),
        "active_from": earned.active_from.isoformat(),
        "expires_on": earned.expires_on.isoformat() if earned.expires_on else None,
        "promotions": list(earned.promotions),
    }


def _tier(tier: TierProgress, compiled: CompiledProgramme) -> Json | None:
    if tier.now is None and tier.next is None:
        return None
    return {
        "now": tier.now,
        "counted": amount_text(tier.counted, compiled.currency),
        "next": tier.next,
        "missing": None if tier.missing is None else amount_text(Minor(tier.missing), compiled.currency),
    }


def _trace(trace: Trace) -> Json:
    reason: Json = {} if trace.reason is None else {"reason": trace.reason}
    details = {name: list(value) if isinstance(value, tuple) else value for name, value in trace.details.items()}
    return {"promotion": trace.promotion, "applied": trace.applied, **reason, **details}
