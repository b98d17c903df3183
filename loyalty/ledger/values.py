"""Integers as the ledger writes them: below 2⁵³, so that any reader of JSON reads them exactly."""

from typing import Annotated

import msgspec

from loyalty.canonical import INTEGER_LIMIT

Whole = Annotated[int, msgspec.Meta(gt=-INTEGER_LIMIT, lt=INTEGER_LIMIT)]
"""Any exact integer."""

Positive = Annotated[int, msgspec.Meta(gt=0, lt=INTEGER_LIMIT)]
"""An amount that moves: zero moves nothing and is not written."""

Count = Annotated[int, msgspec.Meta(ge=0, lt=INTEGER_LIMIT)]
"""A number of things, or an amount that may be nothing."""
