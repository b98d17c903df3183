"""All, any, not: conditions made of conditions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from loyalty.business_day import Calendar
from loyalty.conditions.base import Audience, Condition, Judge, Moment, Scene, Verdict, met, unmet

if TYPE_CHECKING:
    from loyalty.conditions.registry import AnyCondition

PARTS_MAX = 64


class AllCondition(Condition):
    """Holds when each part holds; else the first unmet part in written order says why."""

    all: Annotated[tuple[AnyCondition, ...], Field(min_length=1, max_length=PARTS_MAX)]

    def compile(self, calendar: Calendar) -> Judge:
        judges = tuple(part.compile(calendar) for part in self.all)

        def judge(scene: Scene) -> Verdict:
            for part in judges:
                verdict = part(scene)
                if verdict.reason is not None:
                    return verdict
            return met()

        return judge

    def admits(self, audience: Audience) -> bool:
        return all(part.admits(audience) for part in self.all)

    def moments(self) -> Iterable[Moment]:
        return chain.from_iterable(part.moments() for part in self.all)


class AnyOfCondition(Condition):
    """Holds when some part holds; else the first part in written order says why."""

    any: Annotated[tuple[AnyCondition, ...], Field(min_length=1, max_length=PARTS_MAX)]

    def compile(self, calendar: Calendar) -> Judge:
        judges = tuple(part.compile(calendar) for part in self.any)

        def judge(scene: Scene) -> Verdict:
            first = judges[0](scene)
            if first.reason is None:
                return first
            return next((verdict for part in judges[1:] if (verdict := part(scene)).reason is None), first)

        return judge

    def admits(self, audience: Audience) -> bool:
        return any(part.admits(audience) for part in self.any)

    def moments(self) -> Iterable[Moment]:
        return chain.from_iterable(part.moments() for part in self.any)


class NotCondition(Condition):
    """Holds when its part does not."""

    # `not` is a word of Python, so the field carries another name than its key.
    part: AnyCondition = Field(alias="not")

    def compile(self, calendar: Calendar) -> Judge:
        part = self.part.compile(calendar)
        name = next(field.alias or key for key, field in type(self.part).model_fields.items())
        ruled_out = unmet("ruled_out", by=name)

        def judge(scene: Scene) -> Verdict:
            return ruled_out if part(scene).reason is None else met()

        return judge

    def moments(self) -> Iterable[Moment]:
        return self.part.moments()
