"""The daemon's log: JSON lines for the journal, readable at a terminal, numbers that may be cards' masked."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import IO, Any

import structlog

from agent.settings import LogSettings
from cli.masking import CARD_DIGITS_MIN, mask_numbers

CHATTY = ("uvicorn", "apscheduler", "httpx", "httpcore", "PIL", "escpos")
"""Libraries whose everyday steps are no news; their warnings are."""

_Event = MutableMapping[str, Any]


def configure(settings: LogSettings, stream: IO[str] | None = None) -> None:
    """Sends everything that this process logs to `stream` (stderr), the libraries' words included."""
    stream = stream or sys.stderr
    as_json = settings.format == "json" or (settings.format == "auto" and not stream.isatty())
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=as_json),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_event,
                structlog.processors.JSONRenderer(_dumps)
                if as_json
                else structlog.dev.ConsoleRenderer(
                    colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
                ),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)


def configure_for_command() -> None:
    """A command that works on the data itself says only what a person must know, beside its own output."""
    configure(LogSettings(level="warning"))


def mask_event(_logger: object, _method: str, event: _Event) -> _Event:
    """A structlog processor: no card number leaves, wherever in the event it stands."""
    return {key: _mask(value) if key != "timestamp" else value for key, value in event.items()}


def _mask(value: object) -> object:
    match value:
        case bool() | None | float():
            return value
        case int():
            return value if abs(value) < 10 ** (CARD_DIGITS_MIN - 1) else mask_numbers(str(value))
        case str():
            return mask_numbers(value)
        case dict():
            return {_mask(key): _mask(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_mask(item) for item in value]
        case _:
            return mask_numbers(str(value))


def _dumps(event: object, **_: object) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)
