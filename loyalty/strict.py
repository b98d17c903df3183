"""The pydantic base of what a programme says: unknown fields are errors, numbers are texts, references are checked.

Everything is checked in one pass, so that a document's errors come all at once, each with its path.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from loyalty.errors import BadAmount
from loyalty.money import Currency, Minor, UnitPrice, parse_amount, parse_decimal, parse_price
from loyalty.points import Rate, parse_points

NOT_BUILT_YET = "not_built_yet"
PERCENT_DECIMALS = 4
WHOLE_PPM = 100 * 10**PERCENT_DECIMALS
"""100 percent in the unit of percentages: ten-thousandths of a percent."""

_PLAIN_NUMBER = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"}


@dataclass(frozen=True, slots=True)
class WalletName:
    """What others must know of a wallet: decimals of its points, what they are worth, whether they may pay."""

    exponent: int
    rate: Rate | None
    redeemable: bool


UNKNOWN_WALLET = WalletName(exponent=2, rate=None, redeemable=True)
"""Stands in for a wallet that is missing, which is reported where it is named."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the parts of one programme may refer to, read from the document before it is validated."""

    currency: Currency
    wallets: Mapping[str, WalletName]
    tiers: frozenset[str]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong below the place where it is found. `at` leads from there to the field."""

    at: tuple[str | int, ...]
    code: str
    message: str


def refuse(faults: Iterable[Fault]) -> NoReturn:
    """Raises pydantic's error for these faults, so that they join all others of the document."""
    raise ValidationError.from_exception_data(
        "document",
        [InitErrorDetails(type=bad_value(fault.code, fault.message), loc=fault.at, input=None) for fault in faults],
    )


def bad_value(code: str, text: str) -> PydanticCustomError:
    """The error that a field's validator raises."""
    # The text goes in as a value: braces in a message of its own would be taken for places to fill.
    return PydanticCustomError(code, "{text}", {"text": text})


def names_of(info: ValidationInfo) -> Names:
    """The names that the document declares."""
    names = info.context
    if not isinstance(names, Names):
        raise TypeError("a programme is read by loyalty.programme.read.read_programme, which knows its names")
    return names


class Model(BaseModel):
    """A part of a programme. `later` names fields of the whole design that this release does not build."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    later: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_later(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - raw JSON
        if not isinstance(data, dict) or not (named := cls.later & data.keys()):
            return handler(data)
        faults = [_not_built(name) for name in sorted(named) if data[name] is not None]
        try:
            model = handler({name: value for name, value in data.items() if name not in named})
        except ValidationError as error:
            faults += [Fault(at=item["loc"], code=item["type"], message=item["msg"]) for item in error.errors()]
        else:
            if not faults:
                return model
        refuse(faults)


def _not_built(name: str) -> Fault:
    return Fault((name,), NOT_BUILT_YET, f"{name} is not built yet in this release")


def only_key(value: object) -> str:
    """The tag of a `{"name": …}` object, marked so that it can be told from a field in an error's path."""
    return "#" + next(iter(value)) if isinstance(value, dict) and len(value) == 1 else "#"


def kind_tag(value: object) -> str:
    """The tag of a `{"kind": "name", …}` object."""
    return f"#{value.get('kind')}" if isinstance(value, dict) else "#"


def one_key_of(what: str, *, built: Iterable[str], later: Iterable[str]) -> BeforeValidator:
    """Checks that an object has exactly one key and that it names a built `what`."""
    known, coming = frozenset(built), frozenset(later)

    def check(value: Any) -> Any:  # noqa: ANN401 - raw JSON
        if not isinstance(value, dict):
            raise bad_value("wrong_type", f"a {what} is an object with one key")
        faults = [_unknown((name,), f"{what} {name}", coming, name) for name in value if name not in known]
        if not faults and len(value) != 1:
            faults = [Fault((), "one_key", f"a {what} has exactly one key; put several into all, any or not")]
        return refuse(faults) if faults else value

    return BeforeValidator(check)


def kind_of(what: str, *, built: Iterable[str], later: Iterable[str]) -> BeforeValidator:
    """Checks that an object's `kind` names a built `what`."""
    known, coming = frozenset(built), frozenset(later)

    def check(value: Any) -> Any:  # noqa: ANN401 - raw JSON
        if not isinstance(value, dict):
            raise bad_value("wrong_type", f"a {what} is an object with a kind")
        kind = value.get("kind")
        if kind is None:
            refuse([Fault(("kind",), "missing", f"a {what} has a kind")])
        if not isinstance(kind, str):
            refuse([Fault(("kind",), "wrong_type", f"the kind of a {what} is a text")])
        if kind not in known:
            refuse([_unknown(("kind",), f"{what} kind {kind}", coming, kind)])
        return value

    return BeforeValidator(check)


def _unknown(at: tuple[str, ...], what: str, later: frozenset[str], name: object) -> Fault:
    if name in later:
        return Fault(at, NOT_BUILT_YET, f"{what} is not built yet in this release")
    return Fault(at, "unknown_field" if at != ("kind",) else "unknown_value", f"{what} is not known")


def later_values(*values: object) -> BeforeValidator:
    """Values of a switch that the design has and this release does not build."""

    def check(value: Any) -> Any:  # noqa: ANN401 - raw JSON
        if any(value is later or value == later for later in values if type(value) is type(later)):
            raise bad_value(NOT_BUILT_YET, f"{value} is not built yet in this release")
        return value

    return BeforeValidator(check)


def _number(parse: Callable[[str, ValidationInfo], int]) -> BeforeValidator:
    def read(value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - raw JSON
        if not isinstance(value, str):
            raise bad_value("wrong_type", 'numbers with decimals are texts such as "129.90"')
        try:
            return parse(value, info)
        except BadAmount as error:
            raise bad_value("bad_amount", str(error)) from None

    return BeforeValidator(read)


def _wallet_points(text: str, info: ValidationInfo) -> int:
    # The field `wallet` stands before its points in each model; a bad one has been reported there.
    return parse_points(text, names_of(info).wallets.get(info.data.get("wallet", ""), UNKNOWN_WALLET).exponent)


def _known(what: str, declared: Callable[[Names], Iterable[str]]) -> AfterValidator:
    def check(name: str, info: ValidationInfo) -> str:
        if name not in declared(names_of(info)):
            raise bad_value(f"unknown_{what}", f"the programme has no {what} {name}")
        return name

    return AfterValidator(check)


Amount = Annotated[
    Minor,
    _number(lambda text, info: parse_amount(text, names_of(info).currency)),
    Field(ge=0),
    WithJsonSchema(_PLAIN_NUMBER),
]
"""Money ≥ 0 as a decimal text; minor units in the model."""

Price = Annotated[UnitPrice, _number(lambda text, _: parse_price(text)), Field(ge=0), WithJsonSchema(_PLAIN_NUMBER)]
"""A unit price ≥ 0 as a decimal text; ten-thousandths of the main unit in the model."""

Percent = Annotated[
    int,
    _number(lambda text, _: parse_decimal(text, PERCENT_DECIMALS)),
    Field(gt=0, le=WHOLE_PPM),
    WithJsonSchema(_PLAIN_NUMBER),
]
"""A percentage in (0, 100] as a decimal text; ten-thousandths of a percent in the model."""

WalletPoints = Annotated[int, _number(_wallet_points), Field(gt=0), WithJsonSchema(_PLAIN_NUMBER)]
"""Points > 0 of the wallet named beside them, as a decimal text; the wallet's smallest unit in the model."""

DecimalText = Annotated[StrictStr, StringConstraints(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$", max_length=15)]
"""A number ≥ 0 whose decimals depend on a wallet that is chosen elsewhere."""

Id = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
ShortText = Annotated[StrictStr, StringConstraints(min_length=1, max_length=64)]
WalletId = Annotated[StrictStr, _known("wallet", lambda names: names.wallets)]
TierId = Annotated[StrictStr, _known("tier", lambda names: names.tiers)]
GroupId = Annotated[StrictStr, _known("group", lambda names: names.groups)]

Item = TypeVar("Item", bound=Model)


def unique(*, key: str) -> AfterValidator:
    """Checks that no two items of a list have the same `key`."""

    def check(items: tuple[Item, ...]) -> tuple[Item, ...]:
        seen: set[object] = set()
        faults = []
        for index, item in enumerate(items):
            name = getattr(item, key)
            if name in seen:
                faults.append(Fault((index, key), f"duplicate_{key}", f"{name} stands here a second time"))
            seen.add(name)
        return refuse(faults) if faults else items

    return AfterValidator(check)
