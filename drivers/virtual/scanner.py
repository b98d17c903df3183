"""A scanner on a real pseudo-terminal: the register opens it like any serial port."""

import os
import time
import tty
from collections.abc import Callable
from pathlib import Path

WRITE_WAIT_S = 0.01
WRITE_TRIES_MAX = 500


class VirtualScanner:
    """Sends codes as a scanner would: with or without Enter, in one piece or character by character.

    With `link`, a symbolic link leads to the port, as /dev/serial/by-id does: after `unplug` and `plug` the
    port has another number and the link leads to it.
    """

    def __init__(self, link: Path | None = None, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._link = link
        self._sleep = sleep
        self._ends: tuple[int, int] | None = None
        self._path = ""
        self.plug()

    @property
    def path(self) -> str:
        """What to configure as the register's port."""
        return str(self._link) if self._link is not None else self._path

    def plug(self) -> None:
        """Makes the port appear. Does nothing if it is there."""
        if self._ends is not None:
            return
        ours, theirs = os.openpty()
        tty.setraw(theirs)  # and kept open: the last close would reset the line to one that echoes
        os.set_blocking(ours, False)
        self._ends = (ours, theirs)
        self._path = os.ttyname(theirs)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._path)

    def unplug(self) -> None:
        """Makes the port vanish, as pulling the cable does."""
        if self._ends is None:
            return
        ours, theirs = self._ends
        self._ends = None
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(theirs)
        os.close(ours)

    close = unplug

    def send(
        self,
        code: str | bytes,
        *,
        terminator: bytes = b"\r",
        gap_s: float = 0.0,
        split: int = 0,
        noise: bytes = b"",
    ) -> None:
        """Sends one code.

        `gap_s` pauses between characters; `split` instead pauses once, after that many bytes, for `gap_s`;
        `noise` goes before the code. Raises OSError when unplugged or when nobody reads.
        """
        data = code.encode() if isinstance(code, str) else code
        frame = noise + data + terminator
        if split:
            pieces = [frame[:split], frame[split:]]
        elif gap_s:
            pieces = [frame[place : place + 1] for place in range(len(frame))]
        else:
            pieces = [frame]
        for place, piece in enumerate(pieces):
            if place:
                self._sleep(gap_s)
            self._write(piece)

    def _write(self, data: bytes) -> None:
        if self._ends is None:
            raise OSError("the scanner is unplugged")
        left = data
        for _ in range(WRITE_TRIES_MAX):
            try:
                left = left[os.write(self._ends[0], left) :]
            except BlockingIOError:
                self._sleep(WRITE_WAIT_S)
            if not left:
                return
        raise OSError("nobody reads the scanner's line")
