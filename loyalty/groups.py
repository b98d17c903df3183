"""Groups of goods: what a line must be to belong. Models as a programme writes them; `goods` compiles them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StrictBool, StrictInt, StringConstraints, Tag, model_validator

from loyalty.strict import Fault, GroupId, Model, Price, ShortText, one_key_of, only_key, refuse

PARTS_MAX = 64
SKUS_MAX = 10_000

BUILT = "sku category kind attribute price all any not group".split()
LATER = ["brand"]

CategoryPath = Annotated[ShortText, StringConstraints(pattern=r"^[^/]+(/[^/]+)*$", max_length=200)]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class BySku(Model):
    """Lines of these skus."""

    sku: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=SKUS_MAX)]


class ByCategory(Model):
    """Lines of a category or of one below it; levels are separated by `/`."""

    category: CategoryPath


class ByKind(Model):
    """Lines of these kinds. A group that names kinds sees them; others see goods only."""

    kind: Annotated[tuple[Literal["goods", "service", "delivery", "deposit"], ...], Field(min_length=1, max_length=4)]


class ByAttribute(Model):
    """Lines with each of these attributes at just this value."""

    attribute: Annotated[
        dict[AttributeName, StrictBool | StrictInt | ShortText], Field(min_length=1, max_length=PARTS_MAX)
    ]


class PriceRange(Model):
    """From `at_least` until just below `below`."""

    at_least: Price | None = None
    below: Price | None = None

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.below is not None and self.below <= (self.at_least or 0):
            refuse([Fault(("below",), "empty_range", "no price lies in this range")])
        return self


class ByPrice(Model):
    """Lines whose price on entry lies in a range; never the running price."""

    price: PriceRange


class AllOf(Model):
    """Lines that belong to each part."""

    all: Annotated[tuple[Group, ...], Field(min_length=1, max_length=PARTS_MAX)]


class AnyOf(Model):
    """Lines that belong to some part."""

    any: Annotated[tuple[Group, ...], Field(min_length=1, max_length=PARTS_MAX)]


class Except(Model):
    """Lines that do not belong to the part."""

    # `not` is a word of Python, so the field carries another name than its key.
    part: Group = Field(alias="not")


class Named(Model):
    """The group of that name."""

    group: GroupId


Group = Annotated[
    Annotated[BySku, Tag("#sku")]
    | Annotated[ByCategory, Tag("#category")]
    | Annotated[ByKind, Tag("#kind")]
    | Annotated[ByAttribute, Tag("#attribute")]
    | Annotated[ByPrice, Tag("#price")]
    | Annotated[AllOf, Tag("#all")]
    | Annotated[AnyOf, Tag("#any")]
    | Annotated[Except, Tag("#not")]
    | Annotated[Named, Tag("#group")],
    Discriminator(only_key),
    one_key_of("group", built=BUILT, later=LATER),
]

for _model in (AllOf, AnyOf, Except):
    _model.model_rebuild()


def _name_or_group(value: object) -> str:
    return "#name" if isinstance(value, str) else "#inline"


GroupRef = Annotated[Annotated[GroupId, Tag("#name")] | Annotated[Group, Tag("#inline")], Discriminator(_name_or_group)]
"""A group by its name, or written in place."""


def parts_of(group: Group) -> tuple[Group, ...]:
    """The groups that a group is made of."""
    match group:
        case AllOf():
            return group.all
        case AnyOf():
            return group.any
        case Except():
            return (group.part,)
        case _:
            return ()


def names_in(group: Group) -> Iterator[str]:
    """The names that a group refers to, at any depth."""
    if isinstance(group, Named):
        yield group.group
    for part in parts_of(group):
        yield from names_in(part)


def in_a_circle(groups: dict[str, Group]) -> tuple[str, ...]:
    """The names of groups that lead back to themselves, or to such a group."""
    open_names = {name: {part for part in names_in(group) if part in groups} for name, group in groups.items()}
    while settled := [name for name, parts in open_names.items() if not parts & open_names.keys()]:
        for name in settled:
            del open_names[name]
    return tuple(open_names)
