"""What time the rules are judged at, on a machine whose clock may be wrong.

Without head office the chain itself is the witness: time does not go back before its last trusted entry, nor
implausibly far ahead of it. A wrong clock is flagged and never a reason to refuse a customer. See docs/adr/0006.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loyalty.ledger.entry import EntryTime

RELEASED_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""No register can live before the release it runs."""

BACK_TOLERANCE = timedelta(minutes=2)
SLEEP_MAX = timedelta(days=400)
"""No register that has sold is left alone for longer; a later wall clock is more likely wrong."""
RELEASE_AGE_MAX = timedelta(days=5 * 365)
"""Until the first sale only the release is a witness."""

BEHIND = "clock_behind"
AHEAD = "clock_ahead"


@dataclass(frozen=True, slots=True)
class RuleTime:
    """The instant to judge by, and what the wall clock said. Both aware UTC."""

    at: datetime
    wall: datetime
    flags: tuple[str, ...]

    def entry_time(self) -> EntryTime:
        """As an entry records it."""
        return EntryTime(
            rule_ms=milliseconds(self.at),
            wall_ms=milliseconds(self.wall),
            source="chain" if self.flags else "wall",
            flags=self.flags,
        )


class RuleClock:
    """Rule time from the wall clock, a monotonic one and the chain's last trusted entry."""

    def __init__(
        self,
        wall: Callable[[], datetime],
        monotonic: Callable[[], float],
        *,
        not_before: datetime | None = None,
    ) -> None:
        """`not_before` is store IT's own word that it is at least that late: the way out after a long sleep."""
        self._wall = wall
        self._monotonic = monotonic
        self._anchor = RELEASED_AT
        self._forward_max = RELEASE_AGE_MAX
        self._anchored_at = monotonic()
        if not_before is not None:
            self._move_anchor(not_before)

    def witnessed(self, entry_time: EntryTime) -> None:
        """An entry was written or read back: time does not go back before it. Flagged entries prove nothing."""
        at = moment(entry_time.rule_ms)
        if not entry_time.flags:
            self._move_anchor(at)

    def not_before(self, rule_ms: int) -> None:
        """Rule time goes on from there (UTC ms): the chain's last entry, flagged or not, after a start."""
        at = moment(rule_ms)
        if at > self._anchor:
            self._anchor = at
            self._anchored_at = self._monotonic()

    def elapsed_s(self) -> float:
        """Seconds of a clock that nobody can set, for ages within this process."""
        return self._monotonic()

    def now(self) -> RuleTime:
        """The wall clock where it is plausible, else the anchor plus monotonic progress, flagged."""
        wall = self._wall()
        if wall < self._anchor - BACK_TOLERANCE:
            return RuleTime(self._by_progress(), wall, (BEHIND,))
        if wall > self._anchor + self._forward_max:
            return RuleTime(self._by_progress(), wall, (AHEAD,))
        return RuleTime(max(wall, self._anchor), wall, ())

    def _move_anchor(self, at: datetime) -> None:
        self._forward_max = SLEEP_MAX
        self.not_before(milliseconds(at))

    def _by_progress(self) -> datetime:
        return self._anchor + timedelta(seconds=max(0.0, self._monotonic() - self._anchored_at))


def milliseconds(at: datetime) -> int:
    """UTC milliseconds since 1970, rounded down."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    """The inverse of `milliseconds`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
