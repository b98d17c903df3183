"""Which port is the device, and who holds it.

`ttyUSB0` may be another device after the next boot, so a name is looked up among the stable links first:
by-id, then by-path, then as given. Nothing is remembered: it is resolved anew at every open.
"""

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

STABLE_FOLDERS = ("dev/serial/by-id", "dev/serial/by-path")
HOLDERS_NAMED_MAX = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The one port that the name means."""

    path: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several ports fit the name."""

    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """No port fits the name. `why` says where was looked."""

    why: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has the port open."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.command} (pid {self.pid})"


def resolve(port: str, *, root: Path = Path("/")) -> Found | Ambiguous | Absent:
    """The port meant by `port`: a path, or a name or pattern (`usb-Honeywell*`) among the stable links.

    A bare name is tried in by-id, then by-path, then under `/dev`. `root` is another root for tests.
    """
    if port.startswith("/"):
        path = root / port.lstrip("/")
        return Found(str(path)) if path.exists() else Absent("no such port")
    for folder in STABLE_FOLDERS:
        links = [str(link) for link in _links(root / folder) if fnmatchcase(link.name, port) and link.exists()]
        if len(links) == 1:
            return Found(links[0])
        if links:
            return Ambiguous(tuple(links))
    plain = root / "dev" / port
    if plain.exists():
        return Found(str(plain))
    return Absent("no such name in /dev/serial/by-id, /dev/serial/by-path or /dev")


def stable_names(path: str, *, root: Path = Path("/")) -> tuple[str, ...]:
    """The stable links that lead to `path`, best first: what to write into the configuration instead."""
    target = os.path.realpath(path)
    return tuple(
        str(link) for folder in STABLE_FOLDERS for link in _links(root / folder) if os.path.realpath(link) == target
    )


def holders(path: str, *, proc: Path = Path("/proc")) -> tuple[Holder, ...]:
    """The other programs that have `path` open, as far as this user may see; empty where there is no /proc."""
    target = os.path.realpath(path)
    own = os.getpid()
    return tuple(
        Holder(pid=int(folder.name), command=_command(folder))
        for folder in _links(proc)
        if folder.name.isdigit() and int(folder.name) != own and _has_open(folder, target)
    )


def holder_text(path: str) -> str:
    """The holders of `path` in words for an error message; empty if none can be seen."""
    named = holders(path)[:HOLDERS_NAMED_MAX]
    return ", ".join(str(holder) for holder in named)


def _links(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _has_open(process: Path, target: str) -> bool:
    for descriptor in _links(process / "fd"):
        try:
            if os.readlink(descriptor) == target:  # noqa: PTH115 - Path.readlink would parse sockets and pipes as paths
                return True
        except OSError:
            continue  # closed, or the process ended, between listing and looking
    return False


def _command(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "unknown"
    return os.path.basename(words[0].decode(errors="replace")) or "unknown"  # noqa: PTH119 - not a path of ours
