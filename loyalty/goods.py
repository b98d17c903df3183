"""Groups of goods, compiled: a test for one line, and which lines an index has to look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loyalty.basket import Line, LineKind
from loyalty.groups import AllOf, AnyOf, ByAttribute, ByCategory, ByKind, ByPrice, BySku, Except, Group, Named, parts_of

Matches = Callable[[Line], bool]


@dataclass(frozen=True, slots=True)
class Reach:
    """A superset of the lines that a group can hold: these skus and these category subtrees; nothing else."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        return len(self.skus) + len(self.categories)

    def union(self, other: "Reach") -> "Reach":
        return Reach(self.skus | other.skus, self.categories | other.categories)


@dataclass(frozen=True, slots=True)
class Goods:
    """One compiled group. `number` identifies it within its programme; `reach` None means any line."""

    number: int
    matches: Matches
    names_kind: bool
    reach: Reach | None


class GoodsCompiler:
    """Compiles the groups of one programme, each distinct one once."""

    def __init__(self, named: Mapping[str, Group]) -> None:
        self._named = named
        self._by_form: dict[str, Goods] = {}
        self.everything = Goods(0, lambda _: True, names_kind=False, reach=None)

    def ref(self, ref: str | Group | None) -> Goods:
        """The goods of a name, of a group written in place, or everything."""
        if ref is None:
            return self.everything
        return self.group(Named.model_construct(group=ref) if isinstance(ref, str) else ref)

    def group(self, group: Group) -> Goods:
        form = repr(group)
        if form not in self._by_form:
            goods = self._compile(group)
            self._by_form[form] = Goods(len(self._by_form) + 1, goods.matches, goods.names_kind, goods.reach)
        return self._by_form[form]

    def _compile(self, group: Group) -> Goods:
        match group:
            case Named(group=name):
                return self.group(self._named[name])
            case BySku(sku=skus):
                wanted = frozenset(skus)
                return _leaf(lambda line: line.sku in wanted, Reach(skus=wanted))
            case ByCategory(category=category):
                return _leaf(_in_category(category), Reach(categories=frozenset([category])))
            case ByKind(kind=kinds):
                kept = frozenset(LineKind(kind) for kind in kinds)
                return Goods(0, lambda line: line.kind in kept, names_kind=True, reach=None)
            case ByAttribute(attribute=attributes):
                return _leaf(_has_attributes(attributes), None)
            case ByPrice(price=bounds):
                least, below = bounds.at_least or 0, bounds.below
                return _leaf(lambda line: least <= line.price and (below is None or line.price < below), None)
            case AllOf() | AnyOf() | Except():
                return _combined(group, tuple(self.group(part) for part in parts_of(group)))


def _leaf(matches: Matches, reach: Reach | None) -> Goods:
    return Goods(0, matches, names_kind=False, reach=reach)


def _combined(group: AllOf | AnyOf | Except, parts: tuple[Goods, ...]) -> Goods:
    tests = tuple(part.matches for part in parts)
    names_kind = any(part.names_kind for part in parts)
    known = [part.reach for part in parts if part.reach is not None]
    match group:
        case AllOf():
            narrowest = min(known, key=lambda reach: reach.size, default=None)
            return Goods(0, lambda line: all(test(line) for test in tests), names_kind, narrowest)
        case AnyOf():
            reach = None
            if len(known) == len(parts):
                reach = known[0]
                for other in known[1:]:
                    reach = reach.union(other)
            return Goods(0, lambda line: any(test(line) for test in tests), names_kind, reach)
        case Except():
            return Goods(0, lambda line: not tests[0](line), names_kind, None)


def _in_category(category: str) -> Matches:
    below = category + "/"
    return lambda line: line.category is not None and (line.category == category or line.category.startswith(below))


def _has_attributes(attributes: Mapping[str, bool | int | str]) -> Matches:
    wanted = tuple(attributes.items())

    def matches(line: Line) -> bool:
        # True == 1 in Python, and a shop that wrote 1 did not write true.
        return all(
            type(value) is type(line.attributes.get(name)) and line.attributes.get(name) == value
            for name, value in wanted
        )

    return matches


def categories_above(category: str) -> tuple[str, ...]:
    """A category and those that contain it: `coffee/beans` gives itself and `coffee`."""
    levels = category.split("/")
    return tuple("/".join(levels[:depth]) for depth in range(len(levels), 0, -1))
