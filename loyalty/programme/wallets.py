"""Wallets: kinds of points, what they are worth, when they start and lapse."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StrictBool, StrictInt, Tag, model_validator

from loyalty.errors import BadAmount
from loyalty.points import Rate, parse_points
from loyalty.strict import Amount, DecimalText, Fault, Id, Model, kind_of, kind_tag, later_values, refuse

DAYS_MAX = 36_500

Days = Annotated[StrictInt, Field(ge=0, le=DAYS_MAX)]


class WalletRate(Model):
    """What points are worth when they pay: `points` for `money`, as an exact pair."""

    points: DecimalText
    money: Annotated[Amount, Field(gt=0)]


class Activation(Model):
    """How many days after earning a lot may be spent; 0 is the same business day, on a later receipt."""

    later = frozenset({"hours"})
    days: Days = 0


class DaysExpiry(Model):
    """A lot's last spendable day is so many days after the day of its earning, or of its activation."""

    kind: Literal["days"]
    days: Annotated[StrictInt, Field(ge=1, le=DAYS_MAX)]
    since: Literal["earning", "activation"] = Field(default="earning", alias="from")


class NoExpiry(Model):
    """Lots never lapse."""

    kind: Literal["none"]


Expiry = Annotated[
    Annotated[DaysExpiry, Tag("#days")] | Annotated[NoExpiry, Tag("#none")],
    Discriminator(kind_tag),
    kind_of("expiry", built=["days", "none"], later=["months", "fixed_date", "inactivity"]),
]


class Wallet(Model):
    """A kind of point. `exponent` is how many decimals its points have."""

    id: Id
    exponent: Literal[0, 2] = 0
    redeemable: StrictBool = True
    rate: WalletRate | None = None
    activation: Activation = Activation()
    own_receipt: Annotated[Literal[False], later_values(True)] = False  # noqa: FBT003 - a value of the document
    expiry: Expiry | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        faults = [*self._rate_faults()]
        expiry = self.expiry
        if isinstance(expiry, DaysExpiry) and expiry.since == "earning" and expiry.days < self.activation.days:
            faults.append(
                Fault(("expiry", "days"), "lapses_before_active", "points would lapse before they are active")
            )
        return refuse(faults) if faults else self

    def _rate_faults(self) -> list[Fault]:
        if self.rate is None:
            return []
        try:
            points = parse_points(self.rate.points, self.exponent)
        except BadAmount as error:
            return [Fault(("rate", "points"), "bad_amount", str(error))]
        return [] if points > 0 else [Fault(("rate", "points"), "out_of_range", "a rate has points")]

    def worth(self) -> Rate | None:
        """The rate in smallest units, None where these points never pay."""
        return None if self.rate is None else Rate(parse_points(self.rate.points, self.exponent), self.rate.money)
