"""Facts for one receipt: the member as imported, the account as this register's own ledger has it."""

from agent.checkout.cards import CardFound
from agent.stores.reference import MemberRow
from loyalty.engine.tiers import tier_for_spend
from loyalty.ledger.posting import Account
from loyalty.member import Authority, Facts, Member
from loyalty.money import Minor
from loyalty.programme.compile import CompiledProgramme
from loyalty.programme.model import Programme

OWN_LEDGER = "own_ledger"


def facts_for(card: CardFound | None, account: Account | None, compiled: CompiledProgramme) -> Facts:
    """What the engine may know. A guest's facts unless the card is known and its member's account is given.

    A register without head office is the authority: what its own ledger says may be spent.
    """
    if card is None or card.member is None or account is None:
        return Facts()
    spend = Minor(card.member.spend + account.spend)
    lots = tuple(lot for lot in account.lots.values() if lot.points > 0)
    return Facts(
        member=Member(
            id=card.member.id,
            status=card.member.status,
            tier=_tier(card.member, spend, compiled.programme),
            tier_since=card.member.tier_since,
            registered_on=card.member.registered_on,
            birthday=card.member.birthday,
            segments=card.member.segments,
        ),
        lots=lots,
        debts=account.debts,
        tier_spend=spend,
        authority={
            wallet.id: Authority(account.balance(wallet.id), OWN_LEDGER)
            for wallet in compiled.wallets.values()
            if account.balance(wallet.id) > 0
        },
    )


def facts_of_account(account: Account) -> Facts:
    """Facts enough for a refund: what the account holds and owes."""
    return Facts(
        member=Member(id=account.member),
        lots=tuple(lot for lot in account.lots.values() if lot.points > 0),
        debts=account.debts,
        tier_spend=account.spend,
    )


def _tier(member: MemberRow, spend: Minor, programme: Programme) -> str | None:
    """The higher of the imported tier and the one that the spend has reached; falling is a review's business."""
    if programme.tiers is None:
        return None
    ranked = sorted(programme.tiers.levels, key=lambda level: (level.enter, level.id))
    rank = {level.id: number for number, level in enumerate(ranked)}
    reached = tier_for_spend(programme, spend)
    return max((tier for tier in (member.tier, reached) if tier in rank), key=lambda tier: rank[tier], default=None)
