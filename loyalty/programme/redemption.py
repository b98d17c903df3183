"""How points pay, and how far."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from loyalty.errors import BadAmount
from loyalty.money import Minor
from loyalty.points import parse_points
from loyalty.strict import (
    UNKNOWN_WALLET,
    Amount,
    DecimalText,
    Fault,
    Model,
    Percent,
    WalletId,
    later_values,
    names_of,
    refuse,
)


class RedemptionMinimum(Model):
    """Least points at once, least balance to have, least eligible total of the receipt."""

    points: DecimalText = "0"
    balance: DecimalText = "0"
    receipt: Amount = Minor(0)


class RedemptionRules(Model):
    """Points pay as a discount, wallet by wallet in this order, up to a cap on the eligible total, in whole steps."""

    later = frozenset({"confirm_above", "on"})

    means: Annotated[Literal["discount"], later_values("payment")] = Field(default="discount", alias="as")
    wallets: Annotated[tuple[WalletId, ...], Field(min_length=1, max_length=16)]
    cap_percent: Percent | None = None
    minimum: RedemptionMinimum = RedemptionMinimum()
    step: DecimalText = "1"

    @model_validator(mode="after")
    def _adds_up(self, info: ValidationInfo) -> Self:
        faults = [*self._faults(info)]
        return refuse(faults) if faults else self

    def _faults(self, info: ValidationInfo) -> Iterator[Fault]:
        for index, wallet in enumerate(self.wallets):
            name = names_of(info).wallets.get(wallet, UNKNOWN_WALLET)
            if wallet in self.wallets[:index]:
                yield Fault(("wallets", index), "duplicate_wallet", f"{wallet} stands here a second time")
            elif not name.redeemable or name.rate is None:
                yield Fault(
                    ("wallets", index), "not_redeemable", f"the points of {wallet} have no rate, or may not pay"
                )
            try:
                parse_points(self.minimum.points, name.exponent)
                parse_points(self.minimum.balance, name.exponent)
                step = parse_points(self.step, name.exponent)
            except BadAmount as error:
                yield Fault((), "bad_amount", f"{error}, in points of {wallet}")
                continue
            if step == 0:
                yield Fault(("step",), "out_of_range", "a step has points")
            elif name.rate is not None and step * name.rate.minor % name.rate.points:
                # Else a customer would give points for a fraction of a kopeck, and get nothing for it.
                yield Fault(("step",), "inexact_step", f"a step of {wallet} is worth no whole number of minor units")
