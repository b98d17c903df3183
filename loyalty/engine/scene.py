"""Who buys, and when, as conditions see it."""

from datetime import datetime

from loyalty.business_day import Calendar
from loyalty.conditions.base import Scene
from loyalty.member import Facts


def scene_of(calendar: Calendar, facts: Facts, now: datetime) -> Scene:
    """The scene of one receipt. `now` is aware.

    A blocked member is priced as a guest, earns nothing and spends nothing: the shop gives nothing away by a card that
    somebody had reason to block, and the customer at the till still pays no more than a stranger would. The trace says
    `card_blocked` where it would say `needs_card`.
    """
    local = calendar.local(now)
    blocked = facts.member is not None and facts.member.status == "blocked"
    return Scene(
        member=None if blocked else facts.member,
        card_blocked=blocked,
        now=now,
        local=local,
        day=calendar.day_of(local),
    )
