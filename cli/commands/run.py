"""`kopilka run`: the register's daemon."""

import os
from pathlib import Path

from cli.configuration import DEFAULT_CONFIG, Config, act_as_register, settings_of

ESCPOS_CACHE = "ESCPOS_CAPABILITIES_PICKLE_DIR"
CACHE = "cache"


def run(config: Config = DEFAULT_CONFIG) -> None:
    """Run this register until SIGTERM."""
    settings = settings_of(config)
    act_as_register(settings.data)

    from cli.compose.register import run_register
    from cli.logs import configure

    configure(settings.logs)
    _give_escpos_its_cache(settings.data)
    run_register(settings)


def _give_escpos_its_cache(data: Path) -> None:
    """python-escpos unpickles its cache: from a folder of ours, never from one that others may write to."""
    folder = data / CACHE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault(ESCPOS_CACHE, str(folder))
