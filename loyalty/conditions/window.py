"""Windows of time, and days of the week."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from loyalty.business_day import Calendar
from loyalty.conditions.base import Condition, Judge, Moment, Scene, Verdict, met, unmet
from loyalty.strict import Fault, Model, bad_value, refuse

OUTSIDE = unmet("outside_window")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_BOUND = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?")


def _read_bound(value: Any) -> date:  # noqa: ANN401 - raw JSON
    if not isinstance(value, str) or (match := _BOUND.fullmatch(value)) is None:
        raise bad_value("bad_date", "a bound is a day 2026-12-31 or a local time 2026-12-31T18:00")
    try:
        return datetime.fromisoformat(value) if match[1] else date.fromisoformat(value)
    except ValueError:
        raise bad_value("bad_date", f"there is no {value} in the calendar") from None


Bound = Annotated[
    date, PlainValidator(_read_bound), WithJsonSchema({"type": "string", "pattern": f"^{_BOUND.pattern}$"})
]
"""A business day, or a naive local time."""


class Window(Model):
    """From `from` until `until`: a day stands for its whole business day, a time for a half-open bound."""

    starts: Bound | None = Field(default=None, alias="from")
    until: Bound | None = None

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.starts is not None and self.until is not None:
            starts, until = _moment(self.starts), _moment(self.until)
            if starts > until or (starts == until and isinstance(self.until, datetime)):
                refuse([Fault(("until",), "empty_window", f"ends at {self.until}, before anything could happen")])
        return self

    def compile(self, calendar: Calendar) -> Callable[[Scene], bool]:
        """Whether the window is open, as a closure."""
        after, before = _not_before(self.starts, calendar), _not_after(self.until, calendar)
        return lambda scene: after(scene) and before(scene)

    def moments(self) -> tuple[Moment, ...]:
        return tuple(bound for bound in (self.starts, self.until) if bound is not None)


def _moment(bound: date) -> datetime:
    return bound if isinstance(bound, datetime) else datetime.combine(bound, time.min)


def _not_before(bound: date | None, calendar: Calendar) -> Callable[[Scene], bool]:
    if bound is None:
        return lambda _: True
    if isinstance(bound, datetime):
        # As an instant: the wall clock shows one hour twice in autumn, and a window must not open twice.
        instant = calendar.instant(bound)
        return lambda scene: scene.now >= instant
    return lambda scene: scene.day >= bound


def _not_after(bound: date | None, calendar: Calendar) -> Callable[[Scene], bool]:
    if bound is None:
        return lambda _: True
    if isinstance(bound, datetime):
        instant = calendar.instant(bound)
        return lambda scene: scene.now < instant
    return lambda scene: scene.day <= bound


class WindowCondition(Condition):
    """Holds inside a window of time."""

    window: Window

    def compile(self, calendar: Calendar) -> Judge:
        is_open = self.window.compile(calendar)
        return lambda scene: met() if is_open(scene) else OUTSIDE

    def moments(self) -> tuple[Moment, ...]:
        return self.window.moments()


class WeekdaysCondition(Condition):
    """Holds on business days that fall on certain days of the week."""

    weekdays: Annotated[
        tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1, max_length=7)
    ]

    def compile(self, calendar: Calendar) -> Judge:  # noqa: ARG002 - one signature for all conditions
        wanted = frozenset(DAYS.index(day) for day in self.weekdays)
        other = unmet("outside_window", needs=self.weekdays)

        def judge(scene: Scene) -> Verdict:
            return met() if scene.day.weekday() in wanted else other

        return judge
