"""Where a command finds its register: the configuration file, the data folder, and who may touch it."""

import os
import pwd
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import BadSettings
from cli.errors import NoFile, WrongUser
from cli.folder import Folder

if TYPE_CHECKING:
    from agent.settings import Settings

DEFAULT_CONFIG = Path("/etc/kopilka/register.toml")
OTHERS_NOTHING = 0o077

Config = Annotated[
    Path, typer.Option("--config", envvar="KOPILKA_CONFIG", help="The register's configuration file.", metavar="FILE")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass(frozen=True, slots=True)
class Place:
    """Which register this is and where its data lie: what commands need that must not stumble over other settings."""

    folder: Folder
    register: str
    store: str

    @property
    def data(self) -> Path:
        return self.folder.data


def place_of(config: Path) -> Place:
    """The little that is needed to find a running register. Raises `NoFile`, `BadSettings`, `WrongUser`."""
    try:
        document = tomllib.loads(_text_of(config))
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(str(config), (("", f"not TOML: {error}"),)) from error
    data = os.environ.get("KOPILKA_DATA") or document.get("data")
    if not isinstance(data, str):
        raise BadSettings(str(config), (("data", "names the folder of the register's data; it is missing"),))
    register = document.get("register")
    named = register if isinstance(register, dict) else {}
    place = Place(Folder((config.parent / data).resolve()), str(named.get("id", "?")), str(named.get("store", "?")))
    if place.data.exists() and not os.access(place.data, os.R_OK | os.X_OK):
        raise _wrong_user(place.data)
    return place


def settings_of(config: Path) -> "Settings":
    """The whole configuration, its devices included. Raises `NoFile`, `BadSettings` with every problem."""
    from agent.settings import read_settings
    from cli.device_settings import device_problems

    _text_of(config)
    settings = read_settings(config)
    problems = device_problems(settings)
    if problems:
        raise BadSettings(str(config), problems)
    return settings


def act_as_register(data: Path) -> None:
    """From here on this process writes the register's data, for its account's eyes alone.

    Raises `WrongUser` for another account than the register's own: its daemon could not read what we wrote.
    """
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise _wrong_user(data)
    os.umask(OTHERS_NOTHING)


def account_name(uid: int) -> str:
    """The account's name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _wrong_user(data: Path) -> WrongUser:
    owner = account_name(data.stat().st_uid)
    return WrongUser(
        f"the register's data in {data} belong to {owner}", f"Run it as that account: sudo -u {owner} kopilka …"
    )


def _text_of(config: Path) -> str:
    try:
        return config.read_text(encoding="utf-8")
    except OSError as error:
        raise NoFile(
            f"{config}: {error.strerror}",
            "Name the register's configuration with --config, or write it as docs/configuration.md shows",
        ) from error
    except UnicodeDecodeError as error:
        raise BadSettings(str(config), (("", f"not TOML: {error}"),)) from error
