"""The machine's clock: whether the network sets it, and whether it agrees with the receipts."""

import subprocess
import time
from datetime import datetime

from agent.clock import BEHIND, RuleClock
from cli.doctor.findings import Finding, ok, warn
from loyalty.ledger.entry import EntryTime

ASK_S = 3.0
SET_IT = "Set it: timedatectl set-ntp true, or timedatectl set-time; sales go on meanwhile, flagged"


def check_clock(newest: EntryTime | None, *, wall: datetime, not_before: datetime | None) -> Finding:
    """The wall clock against the chain's newest entry, then against the network. Both instants are aware."""
    clock = RuleClock(lambda: wall, time.monotonic, not_before=not_before)
    if newest is not None:
        clock.witnessed(newest)
        clock.not_before(newest.rule_ms)
    now = clock.now()
    if now.flags:
        way = "behind" if BEHIND in now.flags else "implausibly far ahead of"
        todo = SET_IT if BEHIND in now.flags else f"{SET_IT}. If it is right, say so with [clock] not_before"
        return warn("clock", f"{wall:%Y-%m-%d %H:%M %Z} is {way} the newest receipt", todo)
    synchronized = _synchronized()
    if synchronized is None:
        return warn(
            "clock", "agrees with the receipts; whether the network sets it cannot be told here", "Check it by hand"
        )
    if not synchronized:
        return warn("clock", "agrees with the receipts; the network does not set it", "timedatectl set-ntp true")
    return ok("clock", "agrees with the receipts, set by the network")


def _synchronized() -> bool | None:
    """What systemd says of it, None where it cannot be asked."""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        answer = subprocess.run(command, capture_output=True, check=True, timeout=ASK_S, text=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() == "yes"
