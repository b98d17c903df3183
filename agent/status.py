"""How the register is: what `kopilka status`, the cashier's status line and the health check read."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from agent.checkout.programmes import Programmes
from agent.clock import RuleClock, RuleTime
from agent.errors import LedgerUnavailable, ReferenceUnavailable
from agent.settings import RegisterSettings
from agent.stores.ledger import LedgerStore
from agent.stores.readings import LedgerReadings
from agent.stores.reference import ReferenceStore
from drivers.values import DeviceReport
from loyalty.programme.compile import CompiledProgramme

VERSION = version("kopilka")


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """`state` is `ok`, `damaged`, `failed` or `full`; `detail` says what to do."""

    state: str
    entries: int
    detail: str


@dataclass(frozen=True, slots=True)
class ReferenceStatus:
    """`state` is `ok`, `rebuilding` or `damaged`. `as_of_ms` is the last import (UTC ms)."""

    state: str
    members: int
    cards: int
    products: int
    as_of_ms: int | None


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """How many slips wait, and how many a person must decide on."""

    queued: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class RegisterStatus:
    """Everything at once."""

    register: RegisterSettings
    epoch: int
    version: str
    ready_since: datetime | None
    programme: CompiledProgramme | None
    ledger: LedgerStatus
    reference: ReferenceStatus
    spool: SpoolStatus
    clock: RuleTime
    devices: tuple[DeviceReport, ...]


class Status:
    """Gathers the register's state. Cheap enough to ask every few seconds."""

    def __init__(
        self,
        register: RegisterSettings,
        ledger: LedgerStore,
        readings: LedgerReadings,
        reference: ReferenceStore,
        programmes: Programmes,
        clock: RuleClock,
        devices: Callable[[], tuple[DeviceReport, ...]],
    ) -> None:
        self._register = register
        self._ledger = ledger
        self._readings = readings
        self._reference = reference
        self._programmes = programmes
        self._clock = clock
        self._devices = devices
        self._lock = threading.Lock()
        self._counts: dict[str, int] | None = None
        self.ready_since: datetime | None = None
        self.rebuilding = False

    def __call__(self) -> RegisterStatus:
        """The state now. Never raises for a damaged database: that is part of the state."""
        return RegisterStatus(
            register=self._register,
            epoch=self._ledger.epoch,
            version=VERSION,
            ready_since=self.ready_since,
            programme=self._programmes.known(),
            ledger=self._ledger_status(),
            reference=self._reference_status(),
            spool=self._spool_status(),
            clock=self._clock.now(),
            devices=self._devices(),
        )

    def reference_changed(self) -> None:
        """Members, cards or products were imported: count them again when asked."""
        with self._lock:
            self._counts = None

    def _ledger_status(self) -> LedgerStatus:
        trouble = self._ledger.trouble
        if trouble is not None:
            return LedgerStatus(trouble.code.removeprefix("ledger_"), 0, str(trouble))
        try:
            return LedgerStatus("ok", self._readings.count(), "")
        except LedgerUnavailable as error:
            return LedgerStatus(error.code.removeprefix("ledger_"), 0, str(error))

    def _reference_status(self) -> ReferenceStatus:
        try:
            self._reference.probe()
            with self._lock:
                if self._counts is None:
                    self._counts = self._reference.counts()
                counts = self._counts
            sources = self._reference.sources()
        except ReferenceUnavailable:
            return ReferenceStatus("rebuilding" if self.rebuilding else "damaged", 0, 0, 0, None)
        return ReferenceStatus(
            state="rebuilding" if self.rebuilding else "ok",
            members=counts["member"],
            cards=counts["card"],
            products=counts["product"],
            as_of_ms=sources[-1].imported_ms if sources else None,
        )

    def _spool_status(self) -> SpoolStatus:
        if self._ledger.trouble is not None:
            return SpoolStatus(0, 0)
        try:
            states = self._readings.slip_states()
        except LedgerUnavailable:
            return SpoolStatus(0, 0)
        return SpoolStatus(
            queued=sum(states.get(state, 0) for state in ("queued", "claimed", "sending")),
            unconfirmed=states.get("sent_unconfirmed", 0),
        )
