"""One process owns a register's data: a lock that the kernel lets go of when the process dies, however it dies."""

import fcntl
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from agent.errors import AlreadyRunning

LOCK_FILE = "kopilka.lock"
TRIES_MAX = 100
TRY_EVERY_S = 0.005


@dataclass(frozen=True, slots=True)
class Running:
    """The process that owns the register, and where its API answers (port 0: not yet). `since` is RFC 3339."""

    pid: int
    since: str
    host: str
    port: int


class InstanceLock:
    """Held for as long as this process runs the register."""

    def __init__(self, data: Path, *, since: datetime) -> None:
        """Takes the lock. Raises `AlreadyRunning` naming the holder."""
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = data / LOCK_FILE
        self._since = since.isoformat(timespec="seconds")
        self._stream: IO[str] = os.fdopen(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
        try:
            self._take(data)
        except AlreadyRunning:
            self._stream.close()
            raise
        self.announce("", 0)

    def _take(self, data: Path) -> None:
        # `running` holds a shared lock while it looks: a start that meets it must not take it for a daemon.
        for _ in range(TRIES_MAX):
            try:
                fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = running(data)
                if holder is not None:
                    raise _already(holder) from error
                time.sleep(TRY_EVERY_S)
            else:
                return
        raise _already(None)

    def announce(self, host: str, port: int) -> None:
        """Tells the command line where the API answers."""
        self._stream.seek(0)
        self._stream.truncate()
        json.dump({"pid": os.getpid(), "since": self._since, "host": host, "port": port}, self._stream)
        self._stream.flush()

    def release(self) -> None:
        """Lets another process take over."""
        self._stream.seek(0)
        self._stream.truncate()
        self._stream.close()


def running(data: Path) -> Running | None:
    """The process that owns the register in `data`, None where none does."""
    try:
        with (data / LOCK_FILE).open("r+", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                document = json.loads(stream.read() or "{}")
                return Running(
                    document.get("pid", 0), document.get("since", ""), document.get("host", ""), document.get("port", 0)
                )
    except (OSError, ValueError):
        return None
    return None


def _already(holder: Running | None) -> AlreadyRunning:
    who = f"pid {holder.pid}, since {holder.since}" if holder and holder.pid else "another process"
    return AlreadyRunning(f"another kopilka owns this register ({who})", hint="Stop it with: systemctl stop kopilka")
