"""A quote as a person works it through: line by line, what points did, and what did not apply and why."""

from collections.abc import Iterator
from datetime import datetime

from cli.output import say, table
from loyalty.basket import Basket
from loyalty.money import amount_text, price_text
from loyalty.points import points_text
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import quantity_text
from loyalty.quote import Accrual, Quote, Redemption, Trace

RIGHT = frozenset({1, 2, 4})


def print_receipt(basket: Basket, quote: Quote, compiled: CompiledProgramme, *, at: datetime) -> None:
    """Prints the whole quote. `at` is the instant that it was judged at."""
    local = compiled.calendar.local(at)
    say(f"{quote.programme}, version {quote.version}, at {local:%Y-%m-%d %H:%M} in {compiled.programme.time_zone}")
    say()
    table([*_lines(basket, quote, compiled), *_totals(quote, compiled)], right=RIGHT)
    below = [*_points(quote, compiled), *_tier(quote, compiled), *map(_trace, quote.trace)]
    if below:
        say()
        table(below)


def _lines(basket: Basket, quote: Quote, compiled: CompiledProgramme) -> Iterator[tuple[str, ...]]:
    for line, quoted in zip(basket.lines, quote.lines, strict=True):
        effects = [
            f"{effect.promotion} −{amount_text(effect.discount, compiled.currency)}" for effect in quoted.effects
        ]
        if quoted.points_spent:
            effects.append(f"points −{amount_text(quoted.points_spent, compiled.currency)}")
        yield (
            line.sku,
            f"{quantity_text(line.quantity)} × {price_text(line.price, compiled.currency)}",
            amount_text(quoted.shelf, compiled.currency),
            ", ".join(effects),
            amount_text(quoted.total, compiled.currency),
        )


def _totals(quote: Quote, compiled: CompiledProgramme) -> Iterator[tuple[str, ...]]:
    totals = quote.totals
    taken = f"discounts −{amount_text(totals.discount, compiled.currency)}"
    if totals.points_spent:
        taken += f", points −{amount_text(totals.points_spent, compiled.currency)}"
    yield (
        "to pay",
        "",
        amount_text(totals.shelf, compiled.currency),
        taken,
        amount_text(totals.to_pay, compiled.currency),
    )


def _points(quote: Quote, compiled: CompiledProgramme) -> Iterator[tuple[str, str]]:
    for paid in quote.redemptions:
        yield paid.wallet, _spent(paid, compiled)
    for earned in quote.accruals:
        yield earned.wallet, _earned(earned, compiled)


def _spent(paid: Redemption, compiled: CompiledProgramme) -> str:
    exponent = compiled.exponent(paid.wallet)
    bounds = ", ".join(f"{name} {points_text(points, exponent)}" for name, points in paid.bounds.items())
    return f"spends {points_text(paid.allowed, exponent)}: {paid.decided_by} decided ({bounds})"


def _earned(earned: Accrual, compiled: CompiledProgramme) -> str:
    until = f"until {earned.expires_on}" if earned.expires_on else "for ever"
    return (
        f"earns {points_text(earned.points, compiled.exponent(earned.wallet))} on "
        f"{amount_text(earned.base, compiled.currency)}, to spend from {earned.active_from} {until}"
    )


def _tier(quote: Quote, compiled: CompiledProgramme) -> Iterator[tuple[str, str]]:
    tier = quote.tier
    if tier.now is None and tier.next is None:
        return
    ahead = (
        f", {amount_text(tier.missing, compiled.currency)} to {tier.next}"
        if tier.next is not None and tier.missing is not None
        else ""
    )
    yield "tier", f"{tier.now or 'none'}{ahead}"


def _trace(trace: Trace) -> tuple[str, str]:
    if trace.reason is None:
        return trace.promotion, "applied"
    details = ", ".join(f"{name} {_words(value)}" for name, value in trace.details.items())
    return trace.promotion, f"not applied: {trace.reason}{f' ({details})' if details else ''}"


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
