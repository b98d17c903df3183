"""Unit price × quantity splits of a line's total, for fiscal receipts."""

from loyalty.money import Minor
from loyalty.quantity import ONE, Milli
from loyalty.quote import Split


def splits(quantity: Milli, total: Minor) -> tuple[Split, ...]:
    """At most two splits: dearer units first, the rest one minor unit cheaper. A weighed line is one split.

    Their totals add up to `total` exactly. Units: `quantity` in thousandths, `total` in minor units.
    """
    units, fraction = divmod(abs(quantity), ONE)
    if fraction or not units:
        return (Split(quantity, None, total),)
    sign = -1 if quantity < 0 else 1
    price, odd = divmod(sign * total, units)
    parts = ((odd, price + 1), (units - odd, price))
    return tuple(
        Split(Milli(sign * count * ONE), Minor(unit_price), Minor(sign * count * unit_price))
        for count, unit_price in parts
        if count
    )
