"""Happy hours."""

import re
from datetime import time
from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from loyalty.business_day import Calendar
from loyalty.conditions.base import Condition, Judge, Moment, Scene, Verdict, met, unmet
from loyalty.strict import Fault, Model, bad_value, refuse

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _read_clock(value: Any) -> time:  # noqa: ANN401 - raw JSON
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise bad_value("bad_time", "a time of day reads 00:00 to 23:59")
    return time.fromisoformat(value)


ClockTime = Annotated[
    time, PlainValidator(_read_clock), WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK.pattern}$"})
]
"""A local time of day to the minute."""


class Hours(Model):
    """From `from` until just before `to` on the shop's wall clock, over midnight where `to` is the earlier one."""

    starts: ClockTime = Field(alias="from")
    ends: ClockTime = Field(alias="to")

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.starts == self.ends:
            refuse([Fault(("to",), "empty_window", "ends when it starts; leave the hours out for a whole day")])
        return self


class HoursCondition(Condition):
    """Holds between two times of each day."""

    hours: Hours

    def compile(self, calendar: Calendar) -> Judge:  # noqa: ARG002 - one signature for all conditions
        starts, ends = self.hours.starts, self.hours.ends
        outside = unmet("outside_window", needs=(f"{starts:%H:%M}", f"{ends:%H:%M}"))

        def within(scene: Scene) -> Verdict:
            return met() if starts <= scene.local.time() < ends else outside

        def over_midnight(scene: Scene) -> Verdict:
            return met() if scene.local.time() >= starts or scene.local.time() < ends else outside

        return within if starts < ends else over_midnight

    def moments(self) -> tuple[Moment, ...]:
        return (self.hours.starts, self.hours.ends)
