"""Sample receipts for the programme check: one for each way in which conditions and groups can tell them apart."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from math import prod

from loyalty.basket import Attribute, Line, LineKind
from loyalty.business_day import Calendar
from loyalty.conditions.base import Moment, Scene
from loyalty.groups import ByAttribute, ByCategory, ByPrice, BySku, Group, Named, parts_of
from loyalty.member import Member
from loyalty.money import Minor, UnitPrice
from loyalty.programme.model import Programme, Promotion
from loyalty.quantity import ONE

SAMPLES_MAX = 20_000
"""Above so many samples there are none: the check keeps silent rather than run for hours."""

Scenes = list[tuple[Scene, ...]]
"""For each sampled time a guest's scene, then members' by tier."""

_A_MONDAY = date(2024, 1, 1)
# Eight days on both sides of a moment meet every weekday there, whenever the business day starts.
_AROUND_DAYS = range(-8, 9)
_A_MINUTE = timedelta(minutes=1)
_ABSENT = object()
_OTHER = "~"


def sample_scenes(programme: Programme, promotions: Sequence[Promotion]) -> Scenes | None:
    """The scenes in which some verdict of these promotions may differ, None for too many.

    Times are sampled in UTC: what holds at one wall clock holds at that wall clock in any zone.
    """
    found = [moment for promotion in promotions for moment in _moments(promotion)]
    days = {moment for moment in found if isinstance(moment, date)} or {_A_MONDAY}
    dates = {_date(day) + timedelta(days=shift) for day in days for shift in _AROUND_DAYS}
    times = {time.min, programme.business_day_starts}.union(*(_times(moment) for moment in found))
    members = [None, *(Member("sample", tier=tier) for tier in _tiers(programme))]
    if len(dates) * len(times) * len(members) > SAMPLES_MAX:
        return None
    calendar = Calendar(UTC, programme.business_day_starts)
    clocks = [datetime.combine(day, at) for day, at in product(sorted(dates), sorted(times))]
    return [tuple(_scene(member, local, calendar) for member in members) for local in clocks]


def sample_lines(programme: Programme, groups: Iterable[str | Group | None]) -> list[Line] | None:
    """Lines that differ in everything by which these groups and the exclusions tell goods apart, None for too many."""
    refs = [*groups, *(exclusion.group for exclusion in programme.exclusions)]
    leaves = [leaf for ref in refs if ref is not None for leaf in _leaves(ref, programme)]
    kinds = [LineKind.GOODS, LineKind.SERVICE, LineKind.DELIVERY, LineKind.DEPOSIT]
    skus, categories, prices, attributes = _skus(leaves), _categories(leaves), _prices(leaves), _attributes(leaves)
    ways = prod(len(values) for values in attributes.values())
    if len(skus) * len(categories) * len(prices) * len(kinds) * ways > SAMPLES_MAX:
        return None
    return [
        Line("sample", sku, kind, category, ONE, price, Minor(100), attributes=given)
        for sku, category, price, kind in product(skus, categories, prices, kinds)
        for given in _given(attributes)
    ]


def _scene(member: Member | None, local: datetime, calendar: Calendar) -> Scene:
    return Scene(member, card_blocked=False, now=local.replace(tzinfo=UTC), local=local, day=calendar.day_of(local))


def _tiers(programme: Programme) -> list[str | None]:
    """The tiers that members can have; none at all only where no level is open to everybody."""
    levels = programme.tiers.levels if programme.tiers else ()
    named: list[str | None] = [level.id for level in levels]
    return named if any(level.enter == 0 for level in levels) else [None, *named]


def _moments(promotion: Promotion) -> Iterator[Moment]:
    if promotion.valid is not None:
        yield from promotion.valid.moments()
    if promotion.when is not None:
        yield from promotion.when.moments()


def _date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _times(moment: Moment) -> set[time]:
    match moment:
        case datetime():
            return {moment.time(), (moment - _A_MINUTE).time()}
        case time():
            return {moment, (datetime.combine(_A_MONDAY, moment) - _A_MINUTE).time()}
        case _:
            return set()


def _leaves(ref: str | Group, programme: Programme) -> Iterator[Group]:
    group = programme.groups[ref] if isinstance(ref, str) else ref
    if isinstance(group, Named):
        yield from _leaves(group.group, programme)
        return
    parts = parts_of(group)
    if not parts:
        yield group
    for part in parts:
        yield from _leaves(part, programme)


def _skus(leaves: Iterable[Group]) -> list[str]:
    """One sku for each set of lists that hold it, and one that none holds."""
    lists = [frozenset(leaf.sku) for leaf in leaves if isinstance(leaf, BySku)]
    alike: dict[tuple[bool, ...], str] = {tuple(False for _ in lists): _OTHER}
    for sku in sorted(frozenset().union(*lists)):
        alike.setdefault(tuple(sku in skus for skus in lists), sku)
    return list(alike.values())


def _categories(leaves: Iterable[Group]) -> list[str | None]:
    named = {leaf.category for leaf in leaves if isinstance(leaf, ByCategory)}
    return [None, *sorted(named)]


def _prices(leaves: Iterable[Group]) -> list[UnitPrice]:
    bounds = [leaf.price for leaf in leaves if isinstance(leaf, ByPrice)]
    edges = {bound.at_least or 0 for bound in bounds} | {bound.below for bound in bounds if bound.below is not None}
    return [UnitPrice(edge) for edge in sorted(edges | {0})]


def _attributes(leaves: Iterable[Group]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for leaf in leaves:
        for name, value in leaf.attribute.items() if isinstance(leaf, ByAttribute) else ():
            values = found.setdefault(name, [_ABSENT])
            if not any(type(value) is type(other) and value == other for other in values):
                values.append(value)
    return found


def _given(attributes: dict[str, list[object]]) -> Iterator[dict[str, Attribute]]:
    for values in product(*attributes.values()):
        pairs = zip(attributes, values, strict=True)
        yield {name: value for name, value in pairs if isinstance(value, bool | int | str)}
