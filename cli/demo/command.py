"""`kopilka demo`: everything on one stage, checked as it goes. Ends non-zero, with the reason, if anything is wrong.

The programme (data/programme.json) is in pounds and London's time, as the real receipts' shop was. A point is worth a
penny and five are given for a pound, so that a second visit has something to spend; they are active at once. The
evening discount makes some runs cheaper than others: whatever the time of day, the books must agree with the answers.
"""

import csv
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from types import FrameType

from rich.console import Console

from agent.stores.readings import LedgerReadings
from cli.demo import report
from cli.demo.books import check_books
from cli.demo.errors import DemoFailed
from cli.demo.linger import linger
from cli.demo.paper import Paper
from cli.demo.pos import Pos
from cli.demo.receipts import CARD_PREFIX, Choice, card_of, choose, read_invented, read_real, real_file
from cli.demo.replay import Replay
from cli.demo.stage import LOOK_EVERY_S, PRINTER, SCANNER, Stage, typeface
from drivers.virtual.printer.picture import strip_png

OUT_DEFAULT = Path("demo-out")
PICTURE = "slip.png"
LEDGER = "ledger.db"
DEVICES_S = 15.0
PICTURE_SCALE = 2
PAPER_EVERY = 50

DONE, WRONG, INTERRUPTED = 0, 1, 130
STOPPING = (signal.SIGTERM, signal.SIGHUP)


def run(once: bool, out: Path | None, receipts: int) -> int:
    """Plays `receipts` sales and what came back of them; the exit code.

    The slip's picture goes to `out`, by default demo-out. With `out` the register's folder is kept there; else it is
    a temporary one that only a failed demo leaves behind.
    """
    console = report.voice()
    stays = not once and report.at_terminal()
    try:
        with _stopped_like_ctrl_c():
            choice = _choose(console, receipts)
            with _folder(out) as folder, Stage(folder) as stage:
                return _demo(console, stage, out or OUT_DEFAULT, choice, stays=stays)
    except DemoFailed as failure:
        report.voice(complaints=True).print(f"the demo failed: {failure.reason}")
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def _choose(console: Console, receipts: int) -> Choice:
    file = real_file()
    choice = choose(read_real(file) if file else read_invented(), sales=receipts)
    if not choice.sales:
        raise DemoFailed(f"{file} has no receipts. Fetch it again")
    where = f"real ones of {file.name}" if file else "invented ones, since there is no ../shared with real ones"
    console.print(f"{choice.sales} receipts and {len(choice.receipts) - choice.sales} returns: {where}")
    return choice


def _demo(console: Console, stage: Stage, out: Path, choice: Choice, *, stays: bool) -> int:
    stage.start_register()
    _bring(console, stage, choice)
    with Pos(stage.address, stage.tokens.pos) as pos:
        paper = Paper(stage.printer)
        figures = _replay(console, stage, pos, paper, choice)
        _show(console, paper, out)
        report.table(console, figures)
        if stays:
            try:
                linger(console, stage, pos, paper, choice.members)
            except KeyboardInterrupt:
                console.print()
    return DONE


def _bring(console: Console, stage: Stage, choice: Choice) -> None:
    """Programme, members, cards and catalogue, as `kopilka import` brings them."""
    names = {line.sku: line.name for receipt in reversed(choice.receipts) for line in receipt.lines if line.name}
    files = stage.folder / "import"
    files.mkdir()
    programme = files / "programme.json"
    programme.write_bytes(resources.files(__package__).joinpath("data", "programme.json").read_bytes())
    stage.bring("programme", programme)
    members = ((customer, f"Member {customer}") for customer in choice.members)
    cards = ((card_of(customer), customer) for customer in choice.members)
    stage.bring("members", _csv(files / "members.csv", ("id", "name"), members))
    stage.bring("cards", _csv(files / "cards.csv", ("card", "member"), cards))
    stage.bring("catalogue", _csv(files / "catalogue.csv", ("sku", "name"), names.items()))
    console.print(
        f"imported the programme, {len(choice.members)} members, {len(names)} goods, and cards: customer "
        f"{choice.members[0]} carries {card_of(choice.members[0])} (EAN-13, prefix {CARD_PREFIX})"
    )


def _replay(console: Console, stage: Stage, pos: Pos, paper: Paper, choice: Choice) -> report.Figures:
    with pos.events() as events:
        _wait_for_devices(pos)
        replay = Replay(pos, events, stage.scanner, choice)
        begun = time.monotonic_ns()
        with report.progress(console, total=len(choice.receipts)) as advance:
            for number, receipt in enumerate(choice.receipts):
                stage.check_register()
                replay.play(receipt)
                if number % PAPER_EVERY == 0:
                    paper.collect(replay.tally)
                advance()
        paper.all_there(replay.tally)
        took_ms = (time.monotonic_ns() - begun) // 1_000_000
    books = check_books(LedgerReadings(stage.data / LEDGER), replay.tally)
    return report.Figures(replay.tally, books, took_ms)


def _wait_for_devices(pos: Pos) -> None:
    deadline = time.monotonic() + DEVICES_S
    while True:
        states = pos.device_states()
        if all(states.get(name) == "ready" for name in (SCANNER, PRINTER)):
            return
        if time.monotonic() > deadline:
            raise DemoFailed(f"after {DEVICES_S:.0f} s the register's devices are not ready: {states}")
        time.sleep(LOOK_EVERY_S)


def _show(console: Console, paper: Paper, out: Path) -> None:
    """One slip in the terminal and as a picture, both from the bytes that the printer received."""
    strip = paper.best
    if strip is None:
        console.print("no member among these receipts, so no slip: more receipts would show one")
        return
    report.slip(console, strip, "one of the slips")
    picture = out / PICTURE
    try:
        out.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(strip_png(strip, typeface(), scale=PICTURE_SCALE))
    except OSError as error:
        raise DemoFailed(f"{picture} cannot be written ({error.strerror}). Name a folder with --out") from error
    console.print(f"the same as a picture: {picture}")


def _csv(file: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return file


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Where the register lives: kept under `out`, else temporary; after a failure it is there to be looked into."""
    try:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="kopilka-demo-", dir=out.resolve() if out else None))
    except OSError as error:
        raise DemoFailed(f"{out or 'the temporary folder'} cannot be written ({error.strerror})") from error
    try:
        yield folder
    except DemoFailed as failure:
        raise DemoFailed(f"{failure.reason}. The register's folder is kept: {folder}") from failure
    except (KeyboardInterrupt, SystemExit):
        # Nothing went wrong: somebody had seen enough, or closed the pipe that this was printed to.
        _forget(folder, out)
        raise
    _forget(folder, out)


def _forget(folder: Path, out: Path | None) -> None:
    if out is None:
        shutil.rmtree(folder)


@contextmanager
def _stopped_like_ctrl_c() -> Iterator[None]:
    """A demo that is told to end puts its register away first."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
