"""`kopilka status`: how the register is, in a few lines, whether it runs or not."""

from typing import Any

import typer

from cli.configuration import DEFAULT_CONFIG, Config, Json, Place, place_of
from cli.errors import START, Exit, NotRunning
from cli.output import BAD, DOUBTFUL, GOOD, clock, coloured, complain, counted, document, number, table

Row = tuple[str, str, str, str]

PORT_SHOWN_MAX = 28
COLOURS = {"ready": GOOD, "paper_low": DOUBTFUL, "opening": DOUBTFUL, "degraded": DOUBTFUL}
NAMES_OF_COUNTS = {"bad_checksum": "checksum", "parity_suspect": "parity", "wrong_layout": "keyboard layout"}
REJECTS = frozenset("partial merged bad_checksum noise parity_suspect wrong_layout foreign".split())


def status(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Say how the register is. Works without the daemon; ends with 4 then, with 5 while sales are refused."""
    from agent.instance import running

    place = place_of(config)
    holder = running(place.data)
    if holder is None:
        _print_stopped(place, as_json=as_json)
        raise NotRunning("the register does not run", START)
    from cli.api_client import api_of

    with api_of(holder, place.folder.cli_token) as api:
        now = api.status()
    if as_json:
        document({"running": True, "pid": holder.pid, "since": holder.since, **now})
    else:
        table(rows(now))
    if now["ledger"]["state"] != "ok":
        complain(now["ledger"]["detail"])
        raise typer.Exit(Exit.LEDGER)


def rows(now: dict[str, Any]) -> list[Row]:
    """The status document as a table for people."""
    register = now["register"]
    ready = now["ready_since"]
    listed: list[Row] = [
        (
            "register",
            f"{register['id']} of store {register['store']}, epoch {register['epoch']}",
            "",
            f"ready since {clock(ready)}" if ready else coloured("starting", DOUBTFUL),
        )
    ]
    listed += [(device["kind"], device["name"], short(device["port"]), _device(device)) for device in now["devices"]]
    programme = now["programme"]
    listed.append(
        ("programme", f"{programme['id']}, version {programme['version']}", "", "")
        if programme
        else ("programme", coloured("none yet", DOUBTFUL), "", "import one: kopilka import programme FILE")
    )
    listed.append(_reference(now["reference"]))
    listed.append(_ledger(now["ledger"]))
    spool = now["spool"]
    if spool["queued"] or spool["unconfirmed"]:
        listed.append(("slips", f"{number(spool['queued'])} waiting", "", _unconfirmed(spool["unconfirmed"])))
    if now["clock"]["state"] != "ok":
        listed.append(
            ("clock", coloured(f"{now['clock']['state']} of the receipts", BAD), "", "kopilka doctor says more")
        )
    listed.append(("line", "alone", "", "no head office; this register's own ledger is what counts"))
    return listed


def short(port: str) -> str:
    """A port that fits the line; the middle of a long one goes."""
    if len(port) <= PORT_SHOWN_MAX:
        return port
    kept = PORT_SHOWN_MAX - 1
    return f"{port[: kept - kept // 3]}…{port[-(kept // 3) :]}"


def _print_stopped(place: Place, *, as_json: bool) -> None:
    """What can be read without the daemon."""
    entries = _entries(place)
    if as_json:
        named = {"id": place.register, "store": place.store}
        document({"running": False, "register": named, "ledger": {"entries": entries}})
        return
    listed: list[Row] = [("register", f"{place.register} of store {place.store}", "", coloured("stopped", BAD))]
    if entries is not None:
        listed.append(("ledger", counted(entries, "entry", "entries"), "", ""))
    table(listed)


def _entries(place: Place) -> int | None:
    """How many entries the ledger has, None where there is none or it cannot be read: `doctor` says why."""
    file = place.folder.ledger
    if not file.exists():
        return None
    from agent.errors import LedgerUnavailable
    from agent.stores.readings import LedgerReadings

    try:
        return LedgerReadings(file).count()
    except LedgerUnavailable:
        return None


def _device(device: dict[str, Any]) -> str:
    state = device["state"]
    words = [coloured(state.replace("_", " "), COLOURS.get(state, BAD))]
    counts = device["counters"]
    if device["kind"] == "scanner":
        words.append(counted(counts.get("ok", 0), "scan", "scans"))
        rejected = {
            NAMES_OF_COUNTS.get(name, name): count for name, count in counts.items() if name in REJECTS and count
        }
        if rejected:
            words.append(f"{number(sum(rejected.values()))} rejected ({', '.join(sorted(rejected))})")
    said = ", ".join(words)
    detail = device["detail"].removeprefix(f"{device['port']}: ")
    return f"{said}: {detail}" if detail else said


def _reference(reference: dict[str, Any]) -> Row:
    has = (
        f"{counted(reference['members'], 'member', 'members')}, {counted(reference['cards'], 'card', 'cards')}, "
        f"{counted(reference['products'], 'product', 'products')}"
    )
    if reference["state"] != "ok":
        return ("members", coloured(reference["state"], BAD), "", "sales go on as guests'")
    return ("members", has, "", f"as of {clock(reference['as_of'])}" if reference["as_of"] else "nothing imported yet")


def _ledger(ledger: dict[str, Any]) -> Row:
    if ledger["state"] != "ok":
        return ("ledger", coloured(ledger["state"], BAD), "", "sales with points are refused")
    return ("ledger", counted(ledger["entries"], "entry", "entries"), "", "takes sales")


def _unconfirmed(count: int) -> str:
    return f"{number(count)} may have printed: look, then reprint or discard" if count else ""
