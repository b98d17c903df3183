"""Each configured port: is it there, may we open it, does another program hold it, does the printer answer."""

import grp
import os
import pwd
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.settings import Settings
from cli.doctor.findings import Finding, fail, ok, warn
from drivers.port_finder import Absent, Ambiguous, Found, holders, resolve, stable_names

TCP = "tcp://"
RAW_PRINT_PORT = 9100
CONNECT_S = 2.0
GROUPS = ("dialout", "lp")
INTRUDERS = {
    "ModemManager": "It talks modem commands to new serial ports: install the udev rules of packaging/udev, or "
    "systemctl disable --now ModemManager",
    "brltty": "It takes serial ports for braille displays: apt-get remove brltty, or "
    "systemctl mask brltty-udev.service",
}
WELL = frozenset({"ready"})
SMALL = frozenset({"paper_low", "opening", "degraded"})

DeviceStates = Mapping[str, Mapping[str, Any]]


def check_devices(settings: Settings, states: DeviceStates | None, *, daemon_pid: int | None) -> Iterator[Finding]:
    """A finding for each scanner and the printer. `states` is what the running daemon says of them by name."""
    ports = [(scanner.name, scanner.port) for scanner in settings.scanners]
    if settings.printer is not None:
        ports.append((settings.printer.name, settings.printer.port))
    for name, port in ports:
        known = states.get(name) if states is not None else None
        if known is not None:
            yield _as_the_daemon_says(name, known)
        elif port.startswith(TCP):
            yield _answers(name, port.removeprefix(TCP))
        elif "://" in port:
            yield ok(name, f"{port} is reached by the daemon alone, and was not looked at")
        else:
            yield check_port(name, port, daemon_pid=daemon_pid)
    if any("://" not in port for _, port in ports):
        yield _groups(settings.data)
        yield from _intruders()


def check_port(name: str, port: str, *, daemon_pid: int | None, root: Path = Path("/")) -> Finding:
    """A serial port that no running daemon speaks for."""
    match resolve(port, root=root):
        case Absent(why=why):
            return fail(name, f"{port}: {why}", "Plug it in, switch it on; ls /dev/serial/by-id shows what is there")
        case Ambiguous(candidates=candidates):
            return fail(name, f"{port} fits several ports", f"Configure one of: {', '.join(candidates)}")
        case Found(path=path):
            others = [holder for holder in holders(path) if holder.pid != daemon_pid]
            if others:
                return fail(
                    name, f"{port} is held by {', '.join(map(str, others))}", "Stop that program, or use another port"
                )
            if not os.access(path, os.R_OK | os.W_OK):
                return fail(name, f"{port} may not be opened by this account", "Add it to the groups dialout and lp")
            stable = stable_names(path, root=root)
            if stable and path not in stable:
                return warn(
                    name, f"{port} is free, but may be another device after the next boot", f"Configure {stable[0]}"
                )
            return ok(name, f"{port} is there and free")


def _as_the_daemon_says(name: str, device: Mapping[str, Any]) -> Finding:
    state, detail = device["state"], device["detail"].removeprefix(f"{device['port']}: ")
    found = f"{device['port']}: {state.replace('_', ' ')}{f' ({detail})' if detail else ''}"
    if state in WELL:
        return ok(name, found)
    if state in SMALL:
        return warn(name, found, "Look at the device")
    return fail(name, found, "Check its cable and power; the daemon goes on trying by itself")


def _answers(name: str, address: str) -> Finding:
    host, colon, port = address.rpartition(":")
    where = (host.strip("[]"), int(port)) if colon else (address, RAW_PRINT_PORT)
    try:
        socket.create_connection(where, timeout=CONNECT_S).close()
    except OSError as error:
        return fail(name, f"{address} does not answer ({error})", "Switch it on; check its address and cable")
    return ok(name, f"{address} answers")


def _groups(data: Path) -> Finding:
    """Whether the account that owns the data may open serial ports and USB printers."""
    try:
        account = pwd.getpwuid(data.stat().st_uid if data.exists() else os.geteuid())
    except KeyError:
        return warn("groups", "the register's account has no name here", "Check that it may open the ports")
    if account.pw_uid == 0:
        return warn("groups", "the register runs as root", "Give it an account of its own: packaging/systemd")
    member_of = set(os.getgrouplist(account.pw_name, account.pw_gid))
    missing = [name for name in GROUPS if (gid := _gid(name)) is not None and gid not in member_of]
    if missing:
        todo = "".join(f"usermod -aG {name} {account.pw_name}; " for name in missing) + "then restart the register"
        return fail("groups", f"{account.pw_name} is not in {', '.join(missing)}", todo)
    return ok("groups", f"{account.pw_name} may open serial ports and printers")


def _gid(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _intruders(proc: Path = Path("/proc")) -> Iterator[Finding]:
    """Programs known to take ports away."""
    running = {name for folder in proc.glob("[0-9]*") if (name := _name(folder)) in INTRUDERS}
    for name in sorted(running):
        yield warn("intruders", f"{name} is running", INTRUDERS[name])
    if not running:
        yield ok("intruders", "neither ModemManager nor brltty is running")


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
