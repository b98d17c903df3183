"""Facts from JSON: what the engine may know of the outside world."""

import re
from typing import cast

from loyalty.documents import numbers
from loyalty.documents.reading import Fields, Problems
from loyalty.lots import Lot
from loyalty.member import Authority, Facts, Member, MemberStatus
from loyalty.money import Minor
from loyalty.points import Points
from loyalty.programme.compile import CompiledProgramme

SEGMENTS_MAX = 256
LOTS_MAX = 10_000
LOT_ID_MAX = 128
VISITS_DIGITS_MAX = 9

_FIELDS = frozenset(
    """
    member wallets tier_metric counters visits last_visit_on uses offers certificates budgets authority refunded
    """.split()
)
_MEMBER_FIELDS = frozenset("id status tier tier_since registered_on birthday segments attributes".split())
_BIRTHDAY = re.compile(
    r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9])"
)


def read_facts(document: object, compiled: CompiledProgramme) -> Facts:
    """The facts of a decoded JSON document. Raises `BadDocument` with every problem, its path and a stable code.

    Visits are checked and not kept: no rule of this release reads them. Counters, uses, offers, certificates, budgets
    and refunded amounts may only be empty, because somebody who sends them expects them to matter.
    """
    problems = Problems("facts")
    fields = Fields(document, "", problems)
    fields.only(_FIELDS)
    fields.later("counters", "offers", "certificates", "budgets", "refunded")
    if (uses := fields.inner("uses")) is not None:
        uses.only(("promotions", "coupons"))
        uses.later("promotions", "coupons")
    fields.text("visits", limit=VISITS_DIGITS_MAX)
    fields.day("last_visit_on")
    lots, debts = _wallets(fields, compiled)
    facts = Facts(
        member=_member(fields, compiled),
        lots=lots,
        debts=debts,
        tier_spend=_tier_spend(fields, compiled),
        authority=_authority(fields, compiled),
    )
    if problems:
        raise problems.error()
    return facts


def _member(fields: Fields, compiled: CompiledProgramme) -> Member | None:
    member = fields.inner("member")
    if member is None:
        return None
    member.only(_MEMBER_FIELDS)
    tiers = compiled.programme.tiers
    tier = member.text("tier")
    if tier is not None and tier not in {level.id for level in (tiers.levels if tiers else ())}:
        member.bad("tier", "unknown_tier", f"the programme has no tier {tier}")
    birthday = member.text("birthday")
    if birthday is not None and not _BIRTHDAY.fullmatch(birthday):
        member.bad("birthday", "bad_date", "a birthday reads 03-14: month, day")
    return Member(
        id=member.text("id", required=True) or "",
        status=cast("MemberStatus", member.choice("status", ("active", "blocked")) or "active"),
        tier=tier,
        tier_since=member.day("tier_since"),
        registered_on=member.day("registered_on"),
        birthday=birthday,
        segments=member.texts("segments", limit=SEGMENTS_MAX),
        attributes=member.attributes("attributes"),
    )


def _wallets(fields: Fields, compiled: CompiledProgramme) -> tuple[tuple[Lot, ...], dict[str, Points]]:
    lots: list[Lot] = []
    debts: dict[str, Points] = {}
    for name, wallet in fields.entries("wallets"):
        if not _known(wallet, name, compiled):
            continue
        wallet.only(("spendable", "lots", "debt"))
        amount = numbers.points(compiled.exponent(name))
        found = [lot for item in wallet.objects("lots", limit=LOTS_MAX) if (lot := _lot(item, name, compiled))]
        spendable = wallet.number("spendable", amount)
        if spendable is not None and spendable > sum(lot.points for lot in found):
            wallet.bad("spendable", "does_not_add_up", "is more than the lots hold")
        lots += found
        if debt := wallet.number("debt", amount):
            debts[name] = debt
    return tuple(lots), debts


def _lot(item: Fields, wallet: str, compiled: CompiledProgramme) -> Lot | None:
    item.only(("lot", "points", "active_from", "expires_on"))
    lot_id = item.text("lot", required=True, limit=LOT_ID_MAX)
    points = item.number("points", numbers.points(compiled.exponent(wallet)), required=True)
    active_from = item.day("active_from", required=True)
    expires_on = item.day("expires_on")
    if points == 0:
        item.bad("points", "bad_amount", "a lot holds points; leave an empty one out")
    if lot_id is None or points is None or active_from is None:
        return None
    return Lot(lot_id, wallet, points, active_from, expires_on)


def _tier_spend(fields: Fields, compiled: CompiledProgramme) -> Minor:
    metric = fields.inner("tier_metric")
    if metric is None:
        return Minor(0)
    metric.only(("spend", "earned_points", "visits", "balance"))
    metric.later("earned_points", "visits", "balance")
    return metric.number("spend", numbers.spend(compiled.currency)) or Minor(0)


def _authority(fields: Fields, compiled: CompiledProgramme) -> dict[str, Authority]:
    authorities = {}
    for name, authority in fields.entries("authority"):
        if not _known(authority, name, compiled):
            continue
        authority.only(("points", "by"))
        points = authority.number("points", numbers.points(compiled.exponent(name)), required=True)
        by = authority.text("by", required=True)
        if points is not None and by is not None:
            authorities[name] = Authority(points, by)
    return authorities


def _known(fields: Fields, wallet: str, compiled: CompiledProgramme) -> bool:
    if wallet in compiled.wallets:
        return True
    fields.bad("", "unknown_wallet", "the programme has no such wallet")
    return False
