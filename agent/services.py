"""Everything the API, the jobs and the devices call: the register's use cases and stores, built by the composition."""

from dataclasses import dataclass

from agent.checkout.cards import Cards
from agent.checkout.confirm import Confirm
from agent.checkout.identify import Identify
from agent.checkout.programmes import Programmes
from agent.checkout.quote import QuoteBasket
from agent.checkout.reprint import Reprint
from agent.checkout.reverse import Reverse
from agent.checkout.slip_maker import SlipMaker
from agent.clock import RuleClock
from agent.events import EventBus
from agent.imports.importer import Importer
from agent.status import Status
from agent.stores.ledger import LedgerStore
from agent.stores.readings import LedgerReadings
from agent.stores.reference import ReferenceStore
from agent.stores.spool import Spool


@dataclass(frozen=True, slots=True)
class Services:
    """The register, without its devices, its jobs and its API."""

    ledger: LedgerStore
    readings: LedgerReadings
    reference: ReferenceStore
    programmes: Programmes
    cards: Cards
    clock: RuleClock
    events: EventBus
    spool: Spool
    slips: SlipMaker
    identify: Identify
    quote: QuoteBasket
    confirm: Confirm
    reverse: Reverse
    reprint: Reprint
    importer: Importer
    status: Status
