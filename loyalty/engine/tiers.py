"""Tiers: the level that spend reaches, and what is missing to the next."""

from loyalty.member import Member
from loyalty.money import Minor
from loyalty.programme.model import Programme
from loyalty.programme.tiers import TierLevel
from loyalty.quote import TierProgress

NO_PROGRESS = TierProgress(None, Minor(0))


def tier_for_spend(programme: Programme, spend: Minor) -> str | None:
    """The highest level that `spend` minor units in the period reach, None below all or without tiers."""
    reached = [level for level in _ranked(programme) if level.enter <= spend]
    return reached[-1].id if reached else None


def tier_progress(programme: Programme, member: Member | None, *, spend: Minor, counted: Minor) -> TierProgress:
    """Where a member stands before this receipt, which adds `counted` to the metric from the next receipt on."""
    if member is None or programme.tiers is None:
        return NO_PROGRESS
    levels = _ranked(programme)
    ranks = [rank for rank, level in enumerate(levels) if level.id == member.tier]
    above = levels[ranks[0] + 1 :] if ranks else [level for level in levels if level.enter > spend]
    if not above:
        return TierProgress(member.tier, counted)
    return TierProgress(member.tier, counted, above[0].id, Minor(max(0, above[0].enter - spend)))


def _ranked(programme: Programme) -> list[TierLevel]:
    levels = programme.tiers.levels if programme.tiers else ()
    return sorted(levels, key=lambda level: (level.enter, level.id))
