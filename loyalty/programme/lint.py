"""The programme check: what is well formed and yet cannot be meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import combinations

from loyalty.basket import Line, LineKind
from loyalty.conditions.base import Scene
from loyalty.errors import Problem
from loyalty.exclusions import DISCOUNT, EARN
from loyalty.groups import Group
from loyalty.programme.compile import CompiledProgramme, CompiledPromotion, compile_programme
from loyalty.programme.model import Programme, Promotion
from loyalty.programme.samples import Scenes, sample_lines, sample_scenes
from loyalty.rewards.base import PriceRule, Rule

ERRORS = frozenset({"never_applies", "order_matters", "too_many_equal", "unreachable_tier"})
WARNINGS = frozenset({"no_end_no_budget", "card_costs_more"})
PAIRS_MAX = 2_000
"""Pairs of promotions of equal priority that are compared."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One promotion under check: as written, as compiled, and where it stands."""

    path: str
    source: Promotion
    compiled: CompiledPromotion

    def holds(self, scene: Scene) -> bool:
        return self.compiled.is_open(scene) and self.compiled.judge(scene).reason is None

    def groups(self) -> list[str | Group | None]:
        return [reward.on.group for reward in self.source.rewards if reward.on]


def lint(programme: Programme) -> tuple[Problem, ...]:
    """What is wrong with a programme that can be read. Codes in `ERRORS` forbid it, those in `WARNINGS` only warn.

    - `never_applies`: no receipt at any time can meet the conditions with goods that may be discounted or earn
    - `order_matters`: two promotions of equal priority and layer can meet on one line, so that a receipt would depend
      on which goes first; `too_many_equal`: so many of equal priority that they were not all compared
    - `unreachable_tier`: a level that no spend reaches before a higher one
    - `no_end_no_budget`: a promotion that would run for ever
    - `card_costs_more`: a promotion that a guest gets and some member does not
    """
    compiled = compile_programme(programme, UTC)
    by_id = {promotion.id: promotion for promotion in compiled.promotions}
    cases = [
        _Case(f"promotions[{number}]", promotion, by_id[promotion.id])
        for number, promotion in enumerate(programme.promotions)
    ]
    problems = [*_tiers(programme)]
    for case in cases:
        problems += _alone(case, programme, compiled)
    problems += _equals(cases, programme, compiled)
    return tuple(problems)


def _tiers(programme: Programme) -> Iterator[Problem]:
    levels = programme.tiers.levels if programme.tiers else ()
    for number, level in enumerate(levels):
        if any(other.enter == level.enter and other.id > level.id for other in levels):
            yield Problem(
                f"tiers.levels[{number}]", "unreachable_tier", f"{level.id} is entered together with a higher tier"
            )


def _alone(case: _Case, programme: Programme, compiled: CompiledProgramme) -> Iterator[Problem]:
    if case.source.valid is None or case.source.valid.until is None:
        yield Problem(f"{case.path}.valid", "no_end_no_budget", f"{case.source.id} has no end and no budget")
    scenes = sample_scenes(programme, [case.source])
    lines = sample_lines(programme, case.groups())
    if scenes is not None and lines is not None and not _can_apply(case, scenes, lines, compiled):
        yield Problem(case.path, "never_applies", f"{case.source.id} can never apply")
    elif scenes is not None and _costs_more(case, scenes):
        yield Problem(case.path, "card_costs_more", f"who shows a card may pay more: {case.source.id} is for others")


def _can_apply(case: _Case, scenes: Scenes, lines: Sequence[Line], compiled: CompiledProgramme) -> bool:
    holding = [scene for at_one_time in scenes for scene in at_one_time if case.holds(scene)]
    return any(
        any(_touches(rule, line, compiled) for line in lines)
        and any(isinstance(rule, PriceRule) or scene.member is not None for scene in holding)
        for rule in case.compiled.rules
    )


def _touches(rule: Rule, line: Line, compiled: CompiledProgramme) -> bool:
    deny = DISCOUNT if isinstance(rule, PriceRule) else EARN
    seen = rule.goods.names_kind or line.kind is LineKind.GOODS
    return seen and rule.goods.matches(line) and not compiled.denials.of(line) & deny


def _costs_more(case: _Case, scenes: Scenes) -> bool:
    if not any(isinstance(rule, PriceRule) for rule in case.compiled.rules):
        return False
    return any(case.holds(guest) and not all(case.holds(member) for member in members) for guest, *members in scenes)


def _equals(cases: Sequence[_Case], programme: Programme, compiled: CompiledProgramme) -> Iterator[Problem]:
    pricing = [case for case in cases if any(isinstance(rule, PriceRule) for rule in case.compiled.rules)]
    pairs = (pair for pair in combinations(pricing, 2) if pair[0].source.priority == pair[1].source.priority)
    named: set[str] = set()
    compared = 0
    for first, second in pairs:
        # One finding for each promotion is enough to mend it, and the next check finds the next.
        if second.path in named:
            continue
        compared += 1
        if compared > PAIRS_MAX:
            yield Problem(
                "promotions", "too_many_equal", f"more than {PAIRS_MAX} pairs of promotions have equal priority"
            )
            return
        if _meet(first, second, programme, compiled):
            named.add(second.path)
            names = f"{first.source.id} and {second.source.id}"
            yield Problem(
                f"{second.path}.priority", "order_matters", f"{names} can meet: give them different priorities"
            )


def _meet(first: _Case, second: _Case, programme: Programme, compiled: CompiledProgramme) -> bool:
    """Whether both can change the price of one line in one layer. Where that cannot be sampled: yes."""
    lines = sample_lines(programme, [*first.groups(), *second.groups()])
    on_one_line = any(
        a.layer is b.layer
        and (lines is None or any(_touches(a, line, compiled) and _touches(b, line, compiled) for line in lines))
        for a in first.compiled.rules
        for b in second.compiled.rules
        if isinstance(a, PriceRule) and isinstance(b, PriceRule)
    )
    if not on_one_line:
        return False
    scenes = sample_scenes(programme, [first.source, second.source])
    return scenes is None or any(
        first.holds(scene) and second.holds(scene) for at_one_time in scenes for scene in at_one_time
    )
