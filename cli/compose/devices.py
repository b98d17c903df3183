"""Devices built from their settings: a transport, a driver, a worker each, tied to the register's use cases."""

import structlog

from agent.api import documents
from agent.services import Services
from agent.settings import CardRuleSettings, PrinterSettings, ScannerSettings, Settings
from drivers.printers.device import PrinterDevice
from drivers.printers.session import Abilities
from drivers.scanners.classifier import CardRule, Classifier
from drivers.scanners.device import ScannerDevice
from drivers.scanners.framer import CR, CRLF, LF, TAB, FramingProfile
from drivers.transports import SerialSettings, Transport, transport_for
from drivers.values import DeviceReport, Scan
from drivers.worker import Worker
from slips.profile import profile_named

TERMINATORS = {"CR": CR, "LF": LF, "CRLF": CRLF, "TAB": TAB}
PARITIES = {"none": "N", "even": "E", "odd": "O"}

log = structlog.get_logger("devices")


class DeviceBench:
    """The register's devices. Built before the services, since those report on them; connected after."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.workers: tuple[Worker, ...] = ()

    def reports(self) -> tuple[DeviceReport, ...]:
        """How each device is."""
        return tuple(worker.report() for worker in self.workers)

    def connect(self, services: Services) -> None:
        """Builds the workers; they start with the supervisor. Raises `drivers.errors.BadSettings`."""

        def on_report(report: DeviceReport) -> None:
            log.info("device", device=report.name, state=report.state.value, port=report.port, detail=report.detail)
            services.events.publish("device", documents.device(report))

        def on_scan(scan: Scan) -> None:
            services.identify.on_scan(scan, documents.identified)

        rules = tuple(card_rule(rule) for rule in self._settings.cards)
        workers = [
            Worker(
                ScannerDevice(
                    scanner.name,
                    scanner_transport(scanner),
                    framing(scanner),
                    Classifier(scanner.name, rules, repeat_ms=scanner.repeat_ms),
                    on_scan,
                ),
                on_report=on_report,
            )
            for scanner in self._settings.scanners
        ]
        printer = self._settings.printer
        if printer is not None:
            worker = Worker(
                PrinterDevice(printer.name, printer_transport(printer), services.spool, abilities(printer)),
                on_report=on_report,
            )
            services.spool.on_queued(worker.wake)
            workers.append(worker)
        self.workers = tuple(workers)


def scanner_transport(scanner: ScannerSettings) -> Transport:
    """The scanner's line. Raises `drivers.errors.BadSettings`, as all here do."""
    serial = SerialSettings(
        baud=scanner.baud, bits=scanner.data_bits, parity=PARITIES[scanner.parity], stop_bits=scanner.stop_bits
    )
    return transport_for(scanner.port, serial)


def printer_transport(printer: PrinterSettings) -> Transport:
    """The printer's line."""
    return transport_for(printer.port, SerialSettings(baud=printer.baud))


def framing(scanner: ScannerSettings) -> FramingProfile:
    """How the scanner's bytes become codes."""
    return FramingProfile(
        terminators=tuple(TERMINATORS[name] for name in scanner.terminators if name in TERMINATORS),
        prefix=scanner.prefix.encode(),
        stx_etx="ETX" in scanner.terminators,
        idle_gap_ms=scanner.idle_gap_ms,
        length_max=scanner.length_max,
        frame_ms_max=scanner.frame_ms_max,
    )


def card_rule(rule: CardRuleSettings) -> CardRule:
    """How a card is recognised."""
    return CardRule(
        name=rule.name,
        lengths=frozenset({rule.length}),
        prefixes=(rule.prefix,) if rule.prefix else (),
        check=rule.check,
        symbologies=frozenset(rule.symbologies),
    )


def abilities(printer: PrinterSettings) -> Abilities:
    """How far this printer can prove a print. Raises `slips.errors.UnknownProfile`."""
    profile = profile_named(printer.profile)
    return Abilities(process_id=profile.process_id, gs_r=profile.gs_r, dle_eot=profile.dle_eot)
