"""Time zones from the pinned tzdata package, never from the machine's own files, which differ."""

from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from loyalty.errors import BadDocument, Problem
from loyalty.programme.compile import CompiledProgramme, compile_programme
from loyalty.programme.model import Programme

TZDATA_VERSION = version("tzdata")


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The IANA zone. Raises `ZoneInfoNotFoundError`."""
    parts = name.split("/")
    if not all(part and part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        raise ZoneInfoNotFoundError(name)
    try:
        with files("tzdata").joinpath("zoneinfo", *parts).open("rb") as data:
            return ZoneInfo.from_file(data, key=name)
    except (FileNotFoundError, IsADirectoryError, ValueError) as error:
        raise ZoneInfoNotFoundError(name) from error


def in_its_zone(programme: Programme) -> CompiledProgramme:
    """The programme ready to run. Raises `BadDocument` for a time zone that does not exist."""
    try:
        return compile_programme(programme, zone(programme.time_zone))
    except ZoneInfoNotFoundError as error:
        unknown = Problem("time_zone", "unknown_value", f"the time-zone data know no {programme.time_zone}")
        raise BadDocument("programme", (unknown,)) from error
