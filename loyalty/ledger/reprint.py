"""A reprint in the ledger: a slip that was printed again, marked as a copy."""

import msgspec


class ReprintFacts(msgspec.Struct, frozen=True, tag="reprint", tag_field="kind"):
    """Which slip was printed again for which receipt, and by whom. `cashier` is the shop's own code, not a name."""

    slip: str
    receipt: str
    cashier: str | None
