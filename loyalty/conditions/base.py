"""What every condition is: a model that compiles to a judge, and the verdict that a judge gives."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType

from loyalty.business_day import Calendar
from loyalty.member import Member
from loyalty.strict import Model

NO_DETAILS: Mapping[str, object] = MappingProxyType({})

Moment = date | datetime | time
"""Where in time a verdict can change: a business day, a local instant, or a time of each day."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What conditions see of one receipt: who buys, and when.

    `member` is None for a guest and for a blocked card, which is priced as a guest's. `local` is the shop's wall
    clock, `day` its business day.
    """

    member: Member | None
    card_blocked: bool
    now: datetime
    local: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """Met, or the reason why not with what it would need. `reason` is None exactly when met."""

    reason: str | None
    details: Mapping[str, object] = field(default_factory=lambda: NO_DETAILS)


MET = Verdict(None)


def met() -> Verdict:
    """The condition holds."""
    return MET


def unmet(reason: str, **details: object) -> Verdict:
    """The condition does not hold, for a stable reason."""
    return Verdict(reason, details or NO_DETAILS)


def without_member(scene: Scene) -> Verdict:
    """Why a member's condition cannot hold for a guest."""
    return unmet("card_blocked" if scene.card_blocked else "needs_card")


Judge = Callable[[Scene], Verdict]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may stand at the register, as far as promotions are indexed by it."""

    member: bool
    tier: str | None = None


class Condition(Model):
    """A part of `when`. Subclasses have one field, named as the condition is."""

    @abstractmethod
    def compile(self, calendar: Calendar) -> Judge:
        """The condition as a closure."""

    def admits(self, _audience: Audience) -> bool:
        """False only where the condition can never hold for that audience; the index leaves those out."""
        return True

    def moments(self) -> Iterable[Moment]:
        """Where in time the verdict can change; the programme check looks there."""
        return ()
