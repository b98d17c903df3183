"""What effects do to a member's account. Every balance is the sum of its postings, and none goes below zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from loyalty.errors import UnbalancedAccount
from loyalty.ledger.effects import Earn, Effect, GiveBack, Owe, Repay, Spend, TakeBack, Tally
from loyalty.lots import Lot
from loyalty.money import Minor
from loyalty.points import Points


@dataclass(frozen=True, slots=True)
class Account:
    """A member's lots, emptied ones included, debts per wallet, and what counts for the tier.

    Units: `spend` in minor units, `debts` in each wallet's smallest unit.
    """

    member: str
    lots: Mapping[str, Lot] = field(default_factory=dict)
    debts: Mapping[str, Points] = field(default_factory=dict)
    spend: Minor = Minor(0)
    visits: int = 0

    def balance(self, wallet: str, *, on: date | None = None) -> Points:
        """What is in the wallet, pending lots included, less the debt; without the lots that lapsed before that day."""
        held = sum(
            lot.points
            for lot in self.lots.values()
            if lot.wallet == wallet and (on is None or lot.expires_on is None or on <= lot.expires_on)
        )
        return Points(held - self.debts.get(wallet, 0))


def post(account: Account, effects: Iterable[Effect]) -> Account:
    """The account after those effects. Raises `UnbalancedAccount`; the account itself never changes."""
    lots = dict(account.lots)
    debts = dict(account.debts)
    spend, visits = account.spend, account.visits
    for effect in effects:
        match effect:
            case Earn():
                if effect.lot in lots:
                    raise UnbalancedAccount(account.member, f"lot {effect.lot} exists already")
                lots[effect.lot] = Lot(
                    effect.lot, effect.wallet, Points(effect.points), effect.active_from, effect.expires_on
                )
            case GiveBack():
                lots[effect.lot] = _moved(account.member, lots, effect.lot, effect.points)
            case Spend() | TakeBack():
                lots[effect.lot] = _moved(account.member, lots, effect.lot, -effect.points)
            case Owe():
                debts[effect.wallet] = Points(debts.get(effect.wallet, 0) + effect.points)
            case Repay():
                lots[effect.lot] = _moved(account.member, lots, effect.lot, -effect.points)
                debts[effect.wallet] = Points(debts.get(effect.wallet, 0) - effect.points)
                if debts[effect.wallet] < 0:
                    raise UnbalancedAccount(account.member, f"repays more than is owed in {effect.wallet}")
            case Tally():
                spend, visits = Minor(spend + effect.spend), visits + effect.visits
    return Account(account.member, lots, debts, spend, visits)


def _moved(member: str, lots: Mapping[str, Lot], lot_id: str, points: int) -> Lot:
    lot = lots.get(lot_id)
    if lot is None:
        raise UnbalancedAccount(member, f"has no lot {lot_id}")
    if lot.points + points < 0:
        raise UnbalancedAccount(member, f"lot {lot_id} holds {lot.points}, {-points} were to be taken")
    return Lot(lot.id, lot.wallet, Points(lot.points + points), lot.active_from, lot.expires_on)
