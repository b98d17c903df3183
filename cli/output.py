"""One way to print: aligned words for people, JSON for programs, one line for what went wrong.

What a command found goes to stdout; complaints and progress go to stderr, so that output can be piped.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import typer

GOOD = "green"
DOUBTFUL = "yellow"
BAD = "red"
GAP = "  "
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def say(text: str = "") -> None:
    """A line for people."""
    typer.echo(text)


def complain(text: str) -> None:
    """A line on stderr."""
    typer.echo(text, err=True)


def table(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
    """Rows in aligned columns; those in `right` end alike. Nothing is cut: a narrow terminal wraps by itself."""
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], _shown(cell))
    for row in rows:
        cells = []
        for column, cell in enumerate(row):
            spare = " " * (widths[column] - _shown(cell))
            cells.append(spare + cell if column in right else cell + spare)
        say(GAP.join(cells).rstrip())


def coloured(text: str, colour: str) -> str:
    """The text in a colour, where somebody is there to see it and has not asked for none."""
    return typer.style(text, fg=colour) if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


def document(value: object) -> None:
    """One JSON document, in UTF-8 whatever the terminal speaks."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2).encode())


def json_line(line: bytes) -> None:
    """One JSON value that is a line already."""
    typer.echo(line, nl=False)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Shows at a terminal that something goes on, and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        yield


def number(value: int) -> str:
    """A count with thin groups: `18 204`."""
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def counted(value: int, one: str, many: str) -> str:
    """`1 entry`, `18 204 entries`."""
    return f"{number(value)} {one if value == 1 else many}"


def clock(instant: str | datetime) -> str:
    """An RFC 3339 instant on this machine's wall clock: `08:02` today, else with its day."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    local = at.astimezone()
    today = datetime.now().astimezone().date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def utf8_or_replaced() -> None:
    """A terminal that cannot show a letter gets another one instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _shown(cell: str) -> int:
    """How many columns a cell takes; colours take none."""
    return len(_COLOUR.sub("", cell))
