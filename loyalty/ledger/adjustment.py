"""An adjustment in the ledger: points put right by hand or by an import, with the reason."""

from typing import Literal

import msgspec


class AdjustFacts(msgspec.Struct, frozen=True, tag="adjust", tag_field="kind"):
    """Why an account was adjusted. `source` names what it came from: the SHA-256 of an imported file."""

    reason: Literal["opening_balance"]
    source: str
