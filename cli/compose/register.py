"""A register built from its settings: stores, use cases, devices, API, supervisor."""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

import structlog

from agent.api.app import build_app
from agent.api.gate import Client, Gate
from agent.checkout.baskets import Baskets
from agent.checkout.cards import Cards, Scans
from agent.checkout.confirm import Confirm
from agent.checkout.identify import Identify
from agent.checkout.programmes import Programmes
from agent.checkout.quote import QuoteBasket
from agent.checkout.reprint import Reprint
from agent.checkout.reverse import Reverse
from agent.checkout.slip_maker import SlipMaker
from agent.clock import RuleClock
from agent.errors import KeyringError, LedgerUnavailable, ReferenceDamaged
from agent.events import EventBus
from agent.imports.archive import Archive
from agent.imports.importer import Importer
from agent.instance import InstanceLock
from agent.keyring import Keyring, open_keyring, token_hash, write_secret
from agent.metrics import registry_of
from agent.services import Services
from agent.settings import Settings
from agent.status import Status
from agent.stores.ledger import LedgerStore
from agent.stores.readings import LedgerReadings
from agent.stores.reference import REBUILD_HINT, ReferenceStore
from agent.stores.spool import SealedSlips, Spool
from agent.supervisor import Supervisor, listen, upkeep_jobs
from agent.upkeep import Upkeep
from cli.compose.devices import DeviceBench
from cli.folder import Folder as Folder  # noqa: PLC0414 - part of what the composition offers
from drivers.values import DeviceReport
from i18n import words
from loyalty.errors import BadDocument
from slips.profile import profile_named

DEFAULT_PROFILE = "generic-80"

STOP_IMPORT_S = 3.0

log = structlog.get_logger("kopilka")


def build_services(
    settings: Settings,
    reports: Callable[[], tuple[DeviceReport, ...]] = lambda: (),
    *,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    monotonic: Callable[[], float] = time.monotonic,
) -> Services:
    """The register without its API: what `kopilka run` serves and `kopilka import` uses where no daemon runs.

    `wall` (aware UTC) and `monotonic` (seconds) are the machine's clocks. The caller holds the instance lock.
    Raises `KeyringError`, `ForeignLedger`, `DiskFull`; damaged databases are part of the register's state.
    """
    folder = Folder(settings.data)
    folder.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    keyring = open_keyring(folder.keys, may_create=not (folder.ledger.exists() or folder.reference.exists()))
    clock = RuleClock(wall, monotonic, not_before=settings.clock.not_before)
    events = EventBus()
    ledger = LedgerStore(
        folder.ledger,
        register=settings.register_.id,
        may_create=not (folder.reference.exists() or folder.imports.exists()),
    )
    reference = _open_reference(folder.reference)
    readings = LedgerReadings(folder.ledger)
    programmes = Programmes(reference, quotes_stand=timedelta(minutes=settings.checkout.quote_minutes))
    cards = Cards(reference, keyring)
    scans = Scans(seconds=settings.checkout.scan_seconds, monotonic=monotonic)
    spool = Spool(
        ledger,
        SealedSlips(keyring),
        clock,
        events,
        time_to_live=timedelta(minutes=settings.printer.slip_minutes if settings.printer else 120),
    )
    slips = SlipMaker(
        profile_named(settings.printer.profile if settings.printer else DEFAULT_PROFILE),
        words(settings.register_.locale),
        shop=settings.register_.shop or settings.register_.store,
        register=settings.register_.id,
        has_printer=settings.printer is not None,
    )
    baskets = Baskets(cards, scans, reference, store=settings.register_.store, register=settings.register_.id)
    services = Services(
        ledger=ledger,
        readings=readings,
        reference=reference,
        programmes=programmes,
        cards=cards,
        clock=clock,
        events=events,
        spool=spool,
        slips=slips,
        identify=Identify(cards, scans, programmes, readings, clock, events),
        quote=QuoteBasket(baskets, programmes, readings, clock),
        confirm=Confirm(ledger, baskets, cards, programmes, slips, spool, clock, events),
        reverse=Reverse(ledger, programmes, slips, spool, clock, events),
        reprint=Reprint(ledger, programmes, slips, spool, clock),
        importer=_importer(settings, folder, reference, ledger, keyring, programmes, clock),
        status=Status(
            settings.register_,
            ledger,
            readings,
            reference,
            programmes,
            clock,
            reports,
        ),
    )
    _wake_up(services)
    return services


def run_register(settings: Settings) -> None:
    """Owns the register's data, serves until SIGTERM, and leaves everything whole.

    Raises `AlreadyRunning`, `AddressTaken`, `KeyringError`, `ForeignLedger`, `DiskFull`.
    """
    started = datetime.now(UTC)
    lock = InstanceLock(settings.data, since=started)
    try:
        line = listen(settings.api.host, settings.api.port)
        with closing(line):
            devices = DeviceBench(settings)
            services = build_services(settings, devices.reports)
            try:
                devices.connect(services)
                supervisor = Supervisor(
                    devices.workers, upkeep_jobs(Upkeep(services)), services.events, services.slips.warm_up
                )
                host, port = line.getsockname()[:2]

                def on_ready() -> None:
                    services.status.ready_since = datetime.now(UTC)
                    lock.announce(host, port)
                    supervisor.ready()
                    log.info("ready", address=f"http://{host}:{port}", register=settings.register_.id)

                supervisor.run(
                    build_app(
                        services,
                        _gate(settings),
                        settings.api,
                        incoming=Folder(settings.data).incoming,
                        metrics=registry_of(services.status),
                        on_ready=on_ready,
                    ),
                    line,
                )
            finally:
                if not services.importer.stop(STOP_IMPORT_S):
                    log.warning("import_stuck")
                services.ledger.close()
                services.reference.close()
    finally:
        lock.release()


def _open_reference(file: Path) -> ReferenceStore:
    """The reference as it is; a damaged one is put aside and an empty one opened, to be rebuilt."""
    try:
        return ReferenceStore(file)
    except ReferenceDamaged as damage:
        aside = file.with_name(f"{file.name}.damaged")
        log.warning("reference_put_aside", why=str(damage), file=str(aside))
        file.replace(aside)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        store = ReferenceStore(file)
        store.condemn(damage)
        return store


def _wake_up(services: Services) -> None:
    """What a start owes to the one before it: slips that were under way, the clock's witness, the programme."""
    if services.ledger.trouble is not None:
        log.error("ledger_unavailable", why=str(services.ledger.trouble))
    with suppress(LedgerUnavailable):
        services.spool.recover()
        last = services.ledger.trusted_time()
        if last is not None:
            services.clock.witnessed(last)
        newest = services.ledger.last_rule_ms()
        if newest is not None:
            services.clock.not_before(newest)
    if services.reference.damage is None and services.importer.missing():
        services.reference.condemn(
            ReferenceDamaged(f"{services.reference.file} lacks what was imported", hint=REBUILD_HINT)
        )
    try:
        if services.reference.damage is None:
            services.programmes.load()
        else:
            services.importer.use_kept_programme()
    except (BadDocument, KeyringError, OSError) as error:
        log.exception("programme_unusable", error=str(error))


def _gate(settings: Settings) -> Gate:
    """The configured clients, and the command line's own token, new with each start."""
    clients = {client.token_sha256: Client(client.name, client.role, client.generation) for client in settings.clients}
    token = token_urlsafe(32)
    file = Folder(settings.data).cli_token
    file.unlink(missing_ok=True)
    write_secret(file, token.encode())
    clients[token_hash(token)] = Client("cli", "cli")
    return Gate(clients, allowed_origins=settings.api.allowed_origins)


def _importer(
    settings: Settings,
    folder: Folder,
    reference: ReferenceStore,
    ledger: LedgerStore,
    keyring: Keyring,
    programmes: Programmes,
    clock: RuleClock,
) -> Importer:
    return Importer(
        reference,
        ledger,
        Archive(folder.imports, keyring),
        keyring,
        programmes,
        clock,
        keep_names=settings.privacy.keep_names,
    )
