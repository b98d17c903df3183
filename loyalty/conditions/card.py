"""A promotion for those who show a card, or for those who do not."""

from typing import Literal

from loyalty.business_day import Calendar
from loyalty.conditions.base import Audience, Condition, Judge, Scene, Verdict, met, unmet, without_member


class CardCondition(Condition):
    """Holds when a known, unblocked member's card was `shown`, or `not_shown`."""

    card: Literal["shown", "not_shown"]

    def compile(self, calendar: Calendar) -> Judge:  # noqa: ARG002 - one signature for all conditions
        return _shown if self.card == "shown" else _not_shown

    def admits(self, audience: Audience) -> bool:
        return audience.member == (self.card == "shown")


def _shown(scene: Scene) -> Verdict:
    return without_member(scene) if scene.member is None else met()


def _not_shown(scene: Scene) -> Verdict:
    return met() if scene.member is None else unmet("card_shown")
