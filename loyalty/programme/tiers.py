"""Tiers: by what they are reached, and how long they are kept."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator

from loyalty.programme.spoken import Spoken
from loyalty.strict import Amount, Fault, Id, Model, later_values, refuse, unique


class TierMetric(Model):
    """What is counted: money spent on goods that may earn."""

    later = frozenset({"earned_points", "visits", "balance"})
    spend: Annotated[Literal["after_discounts_and_points"], later_values("after_discounts", "before_discounts")]


class TierPeriod(Model):
    """Over what time it is counted: so many months since the tier was reached."""

    later = frozenset({"calendar", "days", "lifetime", "upgrade_restarts"})
    months: Annotated[StrictInt, Field(ge=1, le=120)]
    since: Annotated[Literal["tier_reached"], later_values("rolling")] = "tier_reached"


class TierLevel(Model):
    """One level: spend to `enter` it, and to `keep` it for the next period (by default the same)."""

    id: Id
    name: Spoken | None = None
    enter: Amount
    keep: Amount | None = None

    @model_validator(mode="after")
    def _keeps_no_harder_than_it_enters(self) -> Self:
        if self.keep is not None and self.keep > self.enter:
            refuse([Fault(("keep",), "out_of_range", "a level is not harder to keep than to enter")])
        return self


class Tiers(Model):
    """The levels, in any order: they rank by what it takes to enter them."""

    metric: TierMetric
    period: TierPeriod
    counts: Annotated[Literal["next_receipt"], later_values("at_once")] = "next_receipt"
    fall: Annotated[Literal["to_earned"], later_values("one_step", "never")] = "to_earned"
    levels: Annotated[tuple[TierLevel, ...], unique(key="id"), Field(min_length=1, max_length=32)]
