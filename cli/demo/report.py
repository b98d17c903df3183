"""What a person sees of a demo: how far it is, a slip, the table of figures."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.demo.books import Books
from cli.demo.replay import Tally
from drivers.virtual.printer.strip import PaperStrip

REFRESH_S = 0.1
LINE_EVERY = 100
HEAD_CHARACTERS = 16
EVIDENCE = {
    "A": "by the printer's own word for each",
    "B": "by an answer in order",
    "C": "by the printer's state before and after",
}


class Advance(Protocol):
    """Called once for each receipt."""

    def __call__(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Figures:
    """A demo in figures. `replay_ms` is what the receipts took, without starting and importing."""

    tally: Tally
    books: Books
    replay_ms: int


def voice(*, complaints: bool = False) -> Console:
    """Where the demo speaks: what it is given comes out as it is, brackets and long addresses included."""
    return Console(stderr=complaints, soft_wrap=True, highlight=False, markup=False, emoji=False)


def at_terminal() -> bool:
    """Whether a person watches."""
    return sys.stdout.isatty()


@contextmanager
def progress(console: Console, *, total: int) -> Iterator[Advance]:
    """A bar at a terminal, a line now and then elsewhere. Redrawn by the caller's own steps: no thread for it."""
    if not console.is_terminal:
        yield _Lines(console, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task("receipts", total=total)
        drawn = 0.0

        def advance() -> None:
            nonlocal drawn
            bar.advance(task)
            if (now := time.monotonic()) - drawn >= REFRESH_S:
                drawn = now
                bar.refresh()

        yield advance
        bar.refresh()


class _Lines:
    """Progress for a log."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0

    def __call__(self) -> None:
        self._done += 1
        if self._done % LINE_EVERY == 0 or self._done == self._total:
            self._console.print(f"{self._done} of {self._total} receipts")


def slip(console: Console, strip: PaperStrip, title: str) -> None:
    """A slip as its bytes made the printer print it."""
    console.print(Panel.fit(strip.text().strip("\n"), title=title, title_align="left"))


def table(console: Console, figures: Figures) -> None:
    """The figures, a row each."""
    tally, books = figures.tally, figures.books
    rows = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    rows.add_column(justify="left", no_wrap=True)
    rows.add_column(justify="right", no_wrap=True)
    rows.add_column(justify="left")
    for row in (
        ("receipts", _number(tally.sales), f"{_number(tally.lines)} lines, {tally.guests} by guests"),
        ("members", _number(len(tally.members)), f"unknown cards sold to as guests: {tally.unknown_cards}"),
        ("points earned", _number(tally.earned), ""),
        ("points spent", _number(tally.spent), f"on {len(tally.redeemed)} receipts"),
        ("refunds", _number(tally.refunds), _moved(tally)),
        ("slips printed", _number(sum(books.evidence.values())), _evidence(books)),
        ("replays", _number(tally.replays), "asked again, answered with the same bytes"),
        ("refusals", _number(tally.refusals.total()), _by_code(tally)),
        ("ledger entries", _number(books.entries), "the sum of the entries is the sum of the answers"),
        ("chain", "verified", f"head {books.head.hex()[:HEAD_CHARACTERS]}…"),
        ("time", _seconds(figures.replay_ms), f"{_rate(tally.sales, figures.replay_ms)} receipts/s, devices included"),
    ):
        rows.add_row(*row)
    console.print(rows)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")


def _moved(tally: Tally) -> str:
    return f"points given back {_number(tally.given_back)}, taken back {_number(tally.taken_back)}"


def _by_code(tally: Tally) -> str:
    return ", ".join(f"{code} {count}" for code, count in sorted(tally.refusals.items()))


def _evidence(books: Books) -> str:
    return ", ".join(
        f"tier {tier}: {count}, {EVIDENCE.get(tier, '')}" for tier, count in sorted(books.evidence.items())
    )


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000 // 100} s"


def _rate(count: int, ms: int) -> str:
    return str(count * 1000 // max(1, ms))
