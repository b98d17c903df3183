"""From a programme's model to what the engine runs: closures, in order, indexed. Immutable; threads may share it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from types import MappingProxyType

from loyalty.business_day import Calendar
from loyalty.conditions.base import Judge, Scene, met
from loyalty.exclusions import Denials
from loyalty.goods import Goods, GoodsCompiler
from loyalty.money import Currency, Minor
from loyalty.points import Points, Rate, parse_points
from loyalty.programme.index import Entry, Index, build_index
from loyalty.programme.model import Programme, Promotion
from loyalty.programme.redemption import RedemptionRules
from loyalty.programme.spoken import Spoken, name_of
from loyalty.programme.wallets import DaysExpiry, Wallet
from loyalty.rewards.base import Layer, PointsRule, Rounded, Rule, Setting
from loyalty.rounding import down, half_even, half_up, up

ROUNDINGS: Mapping[str, Rounded] = MappingProxyType(
    {"half_up": half_up, "half_even": half_even, "down": down, "up": up}
)


@dataclass(frozen=True, slots=True)
class CompiledWallet:
    """A wallet: `exponent` decimals of its points, what they are worth, and the dates of a lot earned on a day."""

    id: str
    exponent: int
    worth: Rate | None
    activation_days: int
    expiry_days: int | None
    expires_from_activation: bool

    def active_from(self, earned_on: date) -> date:
        return earned_on + timedelta(days=self.activation_days)

    def expires_on(self, earned_on: date) -> date | None:
        """The last spendable day of a lot earned on that business day, None for never."""
        if self.expiry_days is None:
            return None
        start = self.active_from(earned_on) if self.expires_from_activation else earned_on
        return start + timedelta(days=self.expiry_days)


@dataclass(frozen=True, slots=True)
class WalletRedemption:
    """How points of one wallet pay: steps of `step` points worth `step_money` minor units, and the least amounts."""

    wallet: str
    step: Points
    step_money: Minor
    minimum: Points
    minimum_balance: Points


@dataclass(frozen=True, slots=True)
class RedemptionPlan:
    """How points pay. `cap_percent` None: up to the eligible total. `minimum_receipt` in minor units."""

    wallets: tuple[WalletRedemption, ...]
    cap_percent: int | None
    minimum_receipt: Minor


NO_REDEMPTION = RedemptionPlan((), None, Minor(0))


@dataclass(frozen=True, slots=True)
class CompiledPromotion:
    """One promotion. `is_open` judges its window, `judge` its conditions; `rules` stand in written order."""

    id: str
    priority: int
    is_open: Callable[[Scene], bool]
    judge: Judge
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of one promotion at its place in the order of calculation. `promotion` is an index."""

    layer: Layer
    promotion: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class CompiledProgramme:
    """What the engine runs. `programme` is the model it came from."""

    programme: Programme
    currency: Currency
    calendar: Calendar
    wallets: Mapping[str, CompiledWallet]
    redemption: RedemptionPlan
    promotions: tuple[CompiledPromotion, ...]
    steps: tuple[Step, ...]
    index: Index
    denials: Denials
    everything: Goods
    promotion_names: Mapping[str, Spoken]
    tier_names: Mapping[str, Spoken]

    @property
    def id(self) -> str:
        return self.programme.id

    @property
    def version(self) -> int:
        return self.programme.version

    def exponent(self, wallet: str) -> int:
        """How many decimals the points of a wallet have."""
        return self.wallets[wallet].exponent

    def promotion_name(self, promotion: str, language: str) -> str:
        """What people read for a promotion: its name, else its id."""
        return name_of(promotion, self.promotion_names.get(promotion), language)

    def tier_name(self, tier: str, language: str) -> str:
        """What people read for a tier: its name, else its id."""
        return name_of(tier, self.tier_names.get(tier), language)


def compile_programme(programme: Programme, zone: tzinfo) -> CompiledProgramme:
    """The programme ready to run. `zone` is the time zone that it names, from the caller's pinned data."""
    calendar = Calendar(zone, programme.business_day_starts)
    goods = GoodsCompiler(programme.groups)
    # The file's order never matters: priority decides, then the id.
    ordered = sorted(programme.promotions, key=lambda promotion: (-promotion.priority, promotion.id))
    promotions = tuple(_promotion(promotion, programme, calendar, goods) for promotion in ordered)
    steps = _steps(promotions)
    return CompiledProgramme(
        programme=programme,
        currency=Currency.of(programme.currency),
        calendar=calendar,
        wallets=MappingProxyType({wallet.id: _wallet(wallet) for wallet in programme.wallets}),
        redemption=_redemption(programme),
        promotions=promotions,
        steps=steps,
        index=build_index(
            tiers=[level.id for level in programme.tiers.levels] if programme.tiers else [],
            entries=[_entry(number, step, ordered, promotions) for number, step in enumerate(steps)],
        ),
        denials=Denials(programme.exclusions, goods),
        everything=goods.everything,
        promotion_names=MappingProxyType({part.id: part.name for part in programme.promotions if part.name}),
        tier_names=MappingProxyType(
            {level.id: level.name for level in (programme.tiers.levels if programme.tiers else ()) if level.name}
        ),
    )


def _promotion(
    promotion: Promotion, programme: Programme, calendar: Calendar, goods: GoodsCompiler
) -> CompiledPromotion:
    layer = Layer[promotion.layer.upper()] if promotion.layer else None
    setting = Setting(goods, ROUNDINGS[programme.rounding.mode], layer)
    return CompiledPromotion(
        id=promotion.id,
        priority=promotion.priority,
        is_open=promotion.valid.compile(calendar) if promotion.valid else lambda _: True,
        judge=promotion.when.compile(calendar) if promotion.when else lambda _: met(),
        rules=tuple(reward.compile(setting) for reward in promotion.rewards),
    )


def _steps(promotions: tuple[CompiledPromotion, ...]) -> tuple[Step, ...]:
    steps = [Step(rule.layer, number, rule) for number, promotion in enumerate(promotions) for rule in promotion.rules]
    return tuple(sorted(steps, key=lambda step: step.layer))


def _entry(number: int, step: Step, ordered: list[Promotion], promotions: tuple[CompiledPromotion, ...]) -> Entry:
    source = ordered[step.promotion]
    return Entry(
        step=number,
        window=source.valid,
        is_open=promotions[step.promotion].is_open,
        admits=source.when.admits if source.when else lambda _: True,
        members_only=isinstance(step.rule, PointsRule),
        reach=step.rule.goods.reach,
    )


def _wallet(wallet: Wallet) -> CompiledWallet:
    expiry = wallet.expiry if isinstance(wallet.expiry, DaysExpiry) else None
    return CompiledWallet(
        id=wallet.id,
        exponent=wallet.exponent,
        worth=wallet.worth(),
        activation_days=wallet.activation.days,
        expiry_days=expiry.days if expiry else None,
        expires_from_activation=expiry is not None and expiry.since == "activation",
    )


def _redemption(programme: Programme) -> RedemptionPlan:
    rules = programme.redemption
    if rules is None:
        return NO_REDEMPTION
    wallets = {wallet.id: wallet for wallet in programme.wallets}
    priced = ((wallet, wallet.worth()) for wallet in (wallets[name] for name in rules.wallets))
    plans = tuple(_wallet_redemption(wallet, worth, rules) for wallet, worth in priced if worth is not None)
    return RedemptionPlan(plans, rules.cap_percent, rules.minimum.receipt)


def _wallet_redemption(wallet: Wallet, worth: Rate, rules: RedemptionRules) -> WalletRedemption:
    step = parse_points(rules.step, wallet.exponent)
    return WalletRedemption(
        wallet=wallet.id,
        step=step,
        step_money=Minor(step * worth.minor // worth.points),
        minimum=parse_points(rules.minimum.points, wallet.exponent),
        minimum_balance=parse_points(rules.minimum.balance, wallet.exponent),
    )
