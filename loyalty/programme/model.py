"""A programme as its JSON says it. Units in the model: money in minor units, percentages in ten-thousandths.

The document's shape, and what of it this release builds, is published by `loyalty.programme.schema`.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, StringConstraints, model_validator

from loyalty.canonical import INTEGER_LIMIT
from loyalty.conditions.hours import ClockTime
from loyalty.conditions.registry import AnyCondition
from loyalty.conditions.window import Window
from loyalty.exclusions import Exclusion
from loyalty.groups import Group, in_a_circle
from loyalty.programme.redemption import RedemptionRules
from loyalty.programme.spoken import Spoken
from loyalty.programme.tiers import Tiers
from loyalty.programme.wallets import Wallet
from loyalty.rewards.registry import AnyReward
from loyalty.strict import Fault, Id, Model, later_values, refuse, unique

FORMAT = "kopilka.programme/1"
PROMOTIONS_MAX = 20_000
PRIORITY_MAX = 1_000_000
REDEMPTION_HINT = "redemption"
"""The name under which hints speak of redemption; no promotion may have it."""


class Rounding(Model):
    """What is rounded and how; `odd_cent` is who gets the odd minor unit of a spread amount."""

    later = frozenset({"round_total_to"})

    target: Annotated[Literal["discount"], later_values("price")] = "discount"
    mode: Literal["half_up", "half_even", "down", "up"] = "half_up"
    place: Annotated[Literal["line"], later_values("unit", "receipt")] = "line"
    odd_cent: Annotated[Literal["largest_remainder"], later_values("first", "last", "cascade")] = "largest_remainder"


class EarningBase(Model):
    """What of the money earns: whether discounts and own points lower it, whether delivery is part of it."""

    later = frozenset({"tax", "receipt_wide"})

    discounts: Literal["subtract", "ignore"] = "subtract"
    own_points: Literal["subtract", "ignore"] = "subtract"
    certificates: Annotated[Literal["payment"], later_values("reduce")] = "payment"
    delivery: StrictBool = False


class RefundRules(Model):
    """What becomes of points when goods come back."""

    later = frozenset({"coupons", "stamps"})

    earned: Annotated[Literal["debt"], later_values("refund_reduced", "forgiven")] = "debt"
    spent: Annotated[Literal["in_proportion"], later_values("full_only", "never")] = "in_proportion"
    spent_expiry: Annotated[Literal["original"], later_values("renewed")] = "original"
    sets: Annotated[Literal["re_evaluate"], later_values("in_proportion")] = "re_evaluate"
    pay_to: Annotated[Literal["original_tenders"], later_values("certificate")] = "original_tenders"


class Offline(Model):
    """Who may let points be spent while the line is cut."""

    mode: Annotated[Literal["strict"], later_values("rights+risk", "risk", "off")] = "strict"


class Promotion(Model):
    """Rewards, and when they are given. The larger `priority` goes first within a layer; people read `name`."""

    later = frozenset(
        {"set", "stacking", "limits", "claim", "price", "deny", "experiment", "excludes", "message", "offer"}
    )

    id: Id
    name: Spoken | None = None
    priority: Annotated[StrictInt, Field(ge=-PRIORITY_MAX, le=PRIORITY_MAX)] = 0
    layer: Annotated[Literal["line", "basket", "accrual"], later_values("set", "grants")] | None = None
    valid: Window | None = None
    when: AnyCondition | None = None
    rewards: Annotated[tuple[AnyReward, ...], Field(min_length=1, max_length=16)]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        faults = []
        if self.id == REDEMPTION_HINT:
            faults.append(Fault(("id",), "reserved_id", f"{self.id} is a word of the engine's own"))
        if self.layer is not None and (self.layer == "accrual") == any(r.kind == "percent" for r in self.rewards):
            faults.append(Fault(("layer",), "wrong_layer", f"these rewards cannot be given in the layer {self.layer}"))
        return refuse(faults) if faults else self


def _no_circles(groups: dict[str, Group]) -> dict[str, Group]:
    faults = [Fault((name,), "group_cycle", f"{name} leads back to itself") for name in in_a_circle(groups)]
    return refuse(faults) if faults else groups


class Programme(Model):
    """The signed, versioned set of all rules."""

    later = frozenset(
        """
        counters floors caps stack_groups coupon_series missions badges leaderboards draws referral partners transfer
        experiments segments offers employee_cards certificates templates stores
        """.split()
    )

    format: Literal["kopilka.programme/1"]
    id: Id
    version: Annotated[StrictInt, Field(ge=1, lt=INTEGER_LIMIT)]
    currency: Annotated[StrictStr, StringConstraints(pattern="^[A-Z]{3}$")]
    time_zone: Annotated[StrictStr, StringConstraints(pattern="^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", max_length=64)]
    business_day_starts: ClockTime
    prices: Annotated[Literal["tax_included"], later_values("tax_excluded")] = "tax_included"
    rounding: Rounding = Rounding()
    wallets: Annotated[tuple[Wallet, ...], unique(key="id"), Field(max_length=16)] = ()
    groups: Annotated[dict[Id, Group], AfterValidator(_no_circles), Field(default_factory=dict, max_length=1_000)]
    exclusions: Annotated[tuple[Exclusion, ...], Field(max_length=1_000)] = ()
    tiers: Tiers | None = None
    promotions: Annotated[tuple[Promotion, ...], unique(key="id"), Field(max_length=PROMOTIONS_MAX)] = ()
    earning_base: EarningBase = EarningBase()
    redemption: RedemptionRules | None = None
    refund: RefundRules = RefundRules()
    offline: Offline = Offline()
