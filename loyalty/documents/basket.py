"""A basket from JSON."""

from typing import Literal, cast

from loyalty.basket import Basket, Card, Line, LineKind
from loyalty.documents import numbers
from loyalty.documents.reading import Fields, Problems
from loyalty.money import Currency, Minor, UnitPrice, line_total
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme
from loyalty.quantity import Milli

LINES_MAX = 1_000
COUPONS_MAX = 32
TENDERS_MAX = 16
RECEIPT_KEY_MAX = 128
CATEGORY_MAX = 200
NAME_MAX = 500

_FIELDS = frozenset(
    """
    receipt_key store register channel card redeem coupons claims certificates manual_discounts tenders attributes lines
    """.split()
)
_LATER_LINE_FIELDS = ("min_price", "manual_discount", "scanned_at")
_LINE_FIELDS = frozenset("id sku kind category quantity price total regular_price unit attributes name".split()).union(
    _LATER_LINE_FIELDS
)
_KINDS = frozenset(kind.value for kind in (LineKind.GOODS, LineKind.SERVICE, LineKind.DELIVERY, LineKind.DEPOSIT))
_LATER_KINDS = frozenset(kind.value for kind in LineKind) - _KINDS


def read_basket(
    document: object, *, compiled: CompiledProgramme, store: str | None = None, register: str | None = None
) -> Basket:
    """The basket of a decoded JSON document. `store` and `register` stand in where the document names none.

    Raises `BadDocument` with every problem, its path and a stable code. A line without an id gets its number; a line
    without a total gets price × quantity, half up. A line's `name` is for people and is not kept.
    """
    problems = Problems("basket")
    fields = Fields(document, "", problems)
    fields.only(_FIELDS)
    fields.later("claims", "certificates", "manual_discounts")
    basket = Basket(
        store=_place(fields, "store", store),
        register=_place(fields, "register", register),
        lines=_lines(fields, compiled.currency),
        receipt_key=fields.text("receipt_key", limit=RECEIPT_KEY_MAX),
        channel=fields.text("channel") or "store",
        card=_card(fields),
        redeem=_redeem(fields, compiled),
        coupons=fields.texts("coupons", limit=COUPONS_MAX),
        tenders=fields.codes("tenders", limit=TENDERS_MAX),
        attributes=fields.attributes("attributes"),
    )
    if problems:
        raise problems.error()
    return basket


def _place(fields: Fields, name: str, default: str | None) -> str:
    return fields.text(name, required=default is None) or default or ""


def _card(fields: Fields) -> Card | None:
    card = fields.inner("card")
    if card is None:
        return None
    card.only(("code", "input"))
    code = card.text("code", required=True)
    way = card.choice("input", ("scan", "swipe", "manual")) or "scan"
    return Card(code or "", cast("Literal['scan', 'swipe', 'manual']", way))


def _redeem(fields: Fields, compiled: CompiledProgramme) -> dict[str, Points | Literal["max"]]:
    wallets = fields.inner("redeem")
    if wallets is None:
        return {}
    redeemable = {rules.wallet for rules in compiled.redemption.wallets}
    asked: dict[str, Points | Literal["max"]] = {}
    for wallet in wallets.names():
        if wallet not in compiled.wallets:
            wallets.bad(wallet, "unknown_wallet", "the programme has no such wallet")
        elif wallet not in redeemable:
            wallets.bad(wallet, "not_redeemable", "these points do not pay")
        elif wallets.raw(wallet) == "max":
            asked[wallet] = "max"
        else:
            asked[wallet] = wallets.number(wallet, numbers.points(compiled.exponent(wallet))) or Points(0)
    return asked


def _lines(fields: Fields, currency: Currency) -> tuple[Line, ...]:
    lines: list[Line] = []
    seen: set[str] = set()
    for number, line in enumerate(fields.objects("lines", limit=LINES_MAX, required=True), start=1):
        line_id = line.text("id") or str(number)
        if line_id in seen:
            line.bad("id", "duplicate_line_id", f"{line_id} is another line's")
        seen.add(line_id)
        if (read := _line(line, line_id, currency)) is not None:
            lines.append(read)
    return tuple(lines)


def _line(line: Fields, line_id: str, currency: Currency) -> Line | None:
    line.only(_LINE_FIELDS)
    line.later(*_LATER_LINE_FIELDS)
    line.ignored_text("name", limit=NAME_MAX)
    kind = line.choice("kind", _KINDS, later=_LATER_KINDS)
    sku = line.text("sku", required=True)
    category = line.text("category", limit=CATEGORY_MAX)
    quantity = line.number("quantity", numbers.quantity, required=True)
    price = line.number("price", numbers.price, required=True)
    regular_price = line.number("regular_price", numbers.price)
    unit = line.text("unit")
    attributes = line.attributes("attributes")
    if quantity == 0:
        line.bad("quantity", "zero_quantity", "a line sells or takes back something")
    total = _total(line, price, quantity, currency)
    if sku is None or quantity is None or price is None or total is None:
        return None
    return Line(
        id=line_id,
        sku=sku,
        kind=LineKind(kind or LineKind.GOODS),
        category=category,
        quantity=quantity,
        price=price,
        total=total,
        regular_price=regular_price,
        unit=unit or "pc",
        attributes=attributes,
    )


def _total(line: Fields, price: UnitPrice | None, quantity: Milli | None, currency: Currency) -> Minor | None:
    """The POS's own total where it sent one: it knows how it rounds."""
    if line.has("total"):
        return line.number("total", numbers.line_amount(currency))
    if price is None or quantity is None:
        return None
    total = line_total(price, quantity, currency)
    if abs(total) > numbers.LINE_TOTAL_MAX:
        line.bad("price", "out_of_range", "price × quantity is more than a line can be")
    return total
