"""Telling systemd how the daemon is.

Source: sd_notify(3), https://www.freedesktop.org/software/systemd/man/sd_notify.html
"""

import os
import socket


def notify(state: str) -> bool:
    """Sends `READY=1`, `WATCHDOG=1`, `STOPPING=1`…; False where no service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.sendto(state.encode(), address)
    except OSError:
        return False
    return True
