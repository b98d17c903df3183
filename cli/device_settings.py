"""Device settings that are well formed and yet could not work: found before the daemon starts, not by its devices."""

from collections.abc import Callable, Iterator
from functools import partial

from agent.settings import Settings
from cli.compose.devices import abilities, card_rule, framing, printer_transport, scanner_transport
from drivers.errors import BadSettings as BadDeviceSettings
from slips.errors import UnknownProfile

Problem = tuple[str, str]

_KEYS = {"bits": "data_bits", "lengths": "length"}
"""What drivers call a setting, where the file calls it otherwise."""


def device_problems(settings: Settings) -> tuple[Problem, ...]:
    """Every problem of scanners, printer and card rules: its path in the file and what is wrong. Opens no port."""
    return tuple(_problems(settings))


def _problems(settings: Settings) -> Iterator[Problem]:
    for number, rule in enumerate(settings.cards):
        yield from _tried(f"cards.{number}", partial(card_rule, rule))
    for number, scanner in enumerate(settings.scanners):
        yield from _tried(f"scanners.{number}", partial(scanner_transport, scanner))
        yield from _tried(f"scanners.{number}", partial(framing, scanner))
    if settings.printer is not None:
        yield from _tried("printer", partial(printer_transport, settings.printer))
        try:
            abilities(settings.printer)
        except UnknownProfile as error:
            yield "printer.profile", str(error)


def _tried(path: str, build: Callable[[], object]) -> Iterator[Problem]:
    try:
        build()
    except BadDeviceSettings as error:
        setting = error.setting.rpartition(".")[2]
        yield f"{path}.{_KEYS.get(setting, setting)}", error.why
