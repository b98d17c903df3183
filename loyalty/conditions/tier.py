"""A promotion for members of certain tiers."""

from typing import Annotated

from pydantic import Field

from loyalty.business_day import Calendar
from loyalty.conditions.base import Audience, Condition, Judge, Scene, Verdict, met, unmet, without_member
from loyalty.strict import TierId


class TierCondition(Condition):
    """Holds when the member's tier at the start of the receipt is one of `tier`."""

    tier: Annotated[tuple[TierId, ...], Field(min_length=1, max_length=32)]

    def compile(self, calendar: Calendar) -> Judge:  # noqa: ARG002 - one signature for all conditions
        wanted = frozenset(self.tier)
        other = unmet("tier", needs=self.tier)

        def judge(scene: Scene) -> Verdict:
            if scene.member is None:
                return without_member(scene)
            return met() if scene.member.tier in wanted else other

        return judge

    def admits(self, audience: Audience) -> bool:
        return audience.member and audience.tier in self.tier
