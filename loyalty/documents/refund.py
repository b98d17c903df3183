"""A refund as JSON: every amount a decimal text."""

from loyalty.documents.quote import Json, write_lots
from loyalty.money import amount_text
from loyalty.points import points_text
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import quantity_text
from loyalty.receipt import GivenBack, Refund, RefundedLine, TakenBack


def write_refund(refund: Refund, compiled: CompiledProgramme) -> Json:
    """The document of a refund or a void."""
    return {
        "money": amount_text(refund.money, compiled.currency),
        "lines": [_line(line, compiled) for line in refund.lines],
        "given_back": {given.wallet: _given(given, compiled) for given in refund.given_back},
        "taken_back": {taken.wallet: _taken(taken, compiled) for taken in refund.taken_back},
        "tier_counted": amount_text(refund.tier_counted, compiled.currency),
    }


def _line(line: RefundedLine, compiled: CompiledProgramme) -> Json:
    return {
        "id": line.line,
        "quantity": quantity_text(line.quantity),
        "money": amount_text(line.money, compiled.currency),
        "points_money": amount_text(line.points_money, compiled.currency),
    }


def _given(given: GivenBack, compiled: CompiledProgramme) -> Json:
    exponent = compiled.exponent(given.wallet)
    return {"points": points_text(given.points, exponent), "lots": write_lots(given.lots, exponent)}


def _taken(taken: TakenBack, compiled: CompiledProgramme) -> Json:
    exponent = compiled.exponent(taken.wallet)
    return {
        "points": points_text(taken.points, exponent),
        "lots": write_lots(taken.from_lots, exponent),
        "debt": points_text(taken.debt, exponent),
    }
