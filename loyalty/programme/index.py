"""Which rules can match a basket, found without looking at those that cannot.

By who buys (guest, member without a tier, each tier), then by sku and category; rules for any goods stand apart,
one list for each window, so that a closed window costs one look.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loyalty.basket import Line
from loyalty.conditions.base import Audience, Scene
from loyalty.conditions.window import Window
from loyalty.goods import Reach, categories_above

IsOpen = Callable[[Scene], bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """One step and what it needs. `reach` None: any goods may match."""

    step: int
    window: Window | None
    is_open: IsOpen
    admits: Callable[[Audience], bool]
    members_only: bool
    reach: Reach | None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The steps for one audience."""

    by_sku: Mapping[str, tuple[int, ...]]
    by_category: Mapping[str, tuple[int, ...]]
    anywhere: tuple[tuple[IsOpen, tuple[int, ...]], ...]

    def candidates(self, scene: Scene, lines: Iterable[Line]) -> set[int]:
        found: set[int] = set()
        for is_open, steps in self.anywhere:
            if is_open(scene):
                found.update(steps)
        if self.by_sku:
            for line in lines:
                found.update(self.by_sku.get(line.sku, ()))
        if self.by_category:
            for category in {line.category for line in lines if line.category is not None}:
                for level in categories_above(category):
                    found.update(self.by_category.get(level, ()))
        return found


@dataclass(frozen=True, slots=True)
class Index:
    """The shelves by audience. A tier that the programme does not know counts as none."""

    _guests: _Shelf
    _members: Mapping[str | None, _Shelf]

    def candidates(self, scene: Scene, lines: Sequence[Line]) -> list[int]:
        """The steps that may have an effect, in the order of calculation."""
        return sorted(self._shelf(scene).candidates(scene, lines))

    def _shelf(self, scene: Scene) -> _Shelf:
        if scene.member is None:
            return self._guests
        return self._members.get(scene.member.tier) or self._members[None]


def build_index(*, tiers: Iterable[str], entries: Sequence[Entry]) -> Index:
    """The index over these steps."""
    return Index(
        _shelf(Audience(member=False), [entry for entry in entries if not entry.members_only]),
        {tier: _shelf(Audience(member=True, tier=tier), entries) for tier in (None, *tiers)},
    )


def _shelf(audience: Audience, entries: Iterable[Entry]) -> _Shelf:
    by_sku: defaultdict[str, list[int]] = defaultdict(list)
    by_category: defaultdict[str, list[int]] = defaultdict(list)
    anywhere: defaultdict[Window | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.admits(audience):
            continue
        if entry.reach is None:
            anywhere[entry.window].append(entry)
            continue
        for sku in entry.reach.skus:
            by_sku[sku].append(entry.step)
        for category in entry.reach.categories:
            by_category[category].append(entry.step)
    return _Shelf(
        {sku: tuple(steps) for sku, steps in by_sku.items()},
        {category: tuple(steps) for category, steps in by_category.items()},
        tuple((group[0].is_open, tuple(entry.step for entry in group)) for group in anywhere.values()),
    )
