"""`kopilka demo` as a person starts it: a process, its words, its exit code, what it leaves behind."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from agent.instance import running
from agent.stores.readings import LedgerReadings
from cli.demo.books import check_books
from cli.demo.errors import DemoFailed
from cli.demo.replay import Tally

ROOT = Path(__file__).resolve().parents[2]
DEMO_S = 120
SOON_S = 30
LOOK_S = 0.02
FEW = 12
PAPER_WHITE = 250


def start(out: Path, *options: str, shared: str | None, **streams: int) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "KOPILKA_SHARED"}
    if shared is not None:
        environment["KOPILKA_SHARED"] = shared
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", "demo", "--out", str(out), *options], cwd=ROOT, env=environment, **streams
    )


def until(found: Callable[[], object | None], *, deadline_s: float = SOON_S) -> object:
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends:
        if (what := found()) is not None:
            return what
        time.sleep(LOOK_S)
    pytest.fail("the demo did not come so far in time")


def register_folder(out: Path) -> Path:
    """Give the one register's folder that the demo keeps under `out`, once its configuration is written."""
    found = until(lambda: next((file.parent for file in out.glob("*/register.toml") if file.stat().st_size), None))
    assert isinstance(found, Path)
    return found


def figures(said: str) -> dict[str, tuple[int, str]]:
    """Read the table: a figure and the words beside it, by row."""
    rows = re.findall(r"^([a-z]+(?: [a-z]+)?) +([0-9][0-9 ]*|verified)  (.*)$", said, re.MULTILINE)
    return {
        name: (int(figure.replace(" ", "")) if figure != "verified" else 1, words.strip())
        for name, figure, words in rows
    }


def play(out: Path, shared: str) -> tuple[str, dict[str, tuple[int, str]]]:
    with start(out, "--once", shared=shared, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as demo:
        said = demo.communicate(timeout=DEMO_S)[0].decode()
    assert demo.returncode == 0, said
    return said, figures(said)


def check_table(table: dict[str, tuple[int, str]]) -> None:
    """Hold the figures to what the demo promises, and to each other."""
    assert table["receipts"][0] == 300
    assert table["members"][0] >= 100
    assert table["points earned"][0] > table["points spent"][0] > 0
    assert int(table["points spent"][1].split()[1]) >= 40
    assert table["slips printed"][1].startswith(f"tier A: {table['slips printed'][0]}, ")
    assert table["replays"][0] == 15
    assert table["refunds"][0] > 0
    assert re.fullmatch(r"key_reused 3, no_original [1-9][0-9]*", table["refusals"][1])
    assert table["ledger entries"][0] == table["receipts"][0] + table["refunds"][0]
    assert table["chain"][0] == 1
    guests = int(re.search(r"(\d+) by guests", table["receipts"][1])[1])
    unknown = int(re.search(r"guests: (\d+)", table["members"][1])[1])
    assert guests > 0
    assert unknown > 0
    assert table["slips printed"][0] == table["ledger entries"][0] - guests - unknown


def test_three_hundred_real_receipts(shared_data: Path, tmp_path: Path) -> None:
    """The first thing that a newcomer runs would not work, or would not show what it says."""
    said, table = play(tmp_path, shared=str(shared_data.parent))

    check_table(table)
    assert "real ones of online_retail.csv.gz" in said
    assert "customer 17850 carries 2900000178502" in said
    assert re.search(r"│ Paid with points +-[0-9,.]+ │", said)
    with Image.open(tmp_path / "slip.png") as picture:
        assert picture.width > 576
        dark, light = picture.convert("L").getextrema()
        assert dark < 60 < PAPER_WHITE < light
    folder = register_folder(tmp_path)
    assert running(folder / "register") is None
    with pytest.raises(DemoFailed, match="points earned: the answers add up to 0, the ledger's entries to"):
        check_books(LedgerReadings(folder / "register" / "ledger.db"), Tally())


def test_the_invented_shop_where_there_is_no_real_data(tmp_path: Path) -> None:
    """A clone without ../shared would have no demo."""
    said, table = play(tmp_path / "out", shared=str(tmp_path / "nothing"))

    check_table(table)
    assert "invented ones" in said


def test_a_command_that_the_printer_does_not_know_fails_the_demo(tmp_path: Path) -> None:
    """Rubbish on customers' paper would be called a success."""
    options = ("--once", "--receipts", str(FEW))
    with start(tmp_path, *options, shared="nothing", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as demo:
        settings = tomllib.loads((register_folder(tmp_path) / "register.toml").read_text(encoding="utf-8"))
        host, port = settings["printer"]["port"].removeprefix("tcp://").split(":")
        # Before the register is up: the printer takes one caller at a time.
        with socket.create_connection((host, int(port)), SOON_S) as line:
            line.sendall(b"\x1b\xff")
        _, complained = demo.communicate(timeout=DEMO_S)

    assert demo.returncode == 1
    (sentence,) = complained.decode().splitlines()
    assert sentence.startswith("the demo failed: the printer did not understand what it was sent: byte 0: unknown")
    assert running(register_folder(tmp_path) / "register") is None


def test_a_demo_that_is_ended_takes_its_register_with_it(tmp_path: Path) -> None:
    """Registers of demos that were stopped would go on running, one for each."""
    with start(tmp_path, "--once", shared="nothing", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as demo:
        data = register_folder(tmp_path) / "register"
        until(lambda: running(data))
        demo.send_signal(signal.SIGTERM)
        _, complained = demo.communicate(timeout=SOON_S)

    assert (demo.returncode, complained) == (130, b"")
    assert running(data) is None


def test_at_a_terminal_it_stays_up_until_it_is_told(tmp_path: Path) -> None:
    """A person could neither open the cashier's page nor scan a card themselves."""
    ours, theirs = pty.openpty()
    demo = start(tmp_path, "--receipts", str(FEW), shared="nothing", stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = bytearray()

    def hear(words: bytes) -> bool | None:
        while select.select([ours], [], [], 0)[0]:
            try:
                said.extend(os.read(ours, 65_536))
            except OSError:
                break
        return words in said or None

    try:
        until(lambda: hear(b"q and Enter ends."))
        os.write(ours, b"\n")
        until(lambda: hear(b"scanned 29"))
        os.write(ours, b"q\n")
        until(lambda: hear(b"\0never") or demo.poll() is not None or None)
    finally:
        demo.kill()
        demo.wait()
        os.close(ours)

    assert demo.returncode == 0
    assert re.search(rb"http://127\.0\.0\.1:\d+/#token=[\w-]{20,}", said)
    assert running(register_folder(tmp_path) / "register") is None
