"""The shop's calendar: which business day an instant belongs to. A shop open past midnight starts its day later."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A time zone and the local time at which a new business day starts."""

    zone: tzinfo
    day_starts: time

    def local(self, instant: datetime) -> datetime:
        """The wall clock in the shop. `instant` is aware; a naive one raises `ValueError`."""
        if instant.tzinfo is None:
            # Python would take the machine's own zone, and two machines would price differently.
            raise ValueError(f"{instant} has no time zone")
        return instant.astimezone(self.zone)

    def business_day(self, instant: datetime) -> date:
        """The business day of an aware instant."""
        return self.day_of(self.local(instant))

    def day_of(self, local: datetime) -> date:
        """The business day of a time on the shop's wall clock."""
        return local.date() - ONE_DAY if local.time() < self.day_starts else local.date()

    def instant(self, local: datetime) -> datetime:
        """The UTC instant of a naive time on the shop's wall clock; the earlier one where it comes twice."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def business_day(instant: datetime, *, zone: tzinfo, starts: time) -> date:
    """The business day of an aware instant in `zone`, where a day starts at local time `starts`."""
    return Calendar(zone, starts).business_day(instant)
