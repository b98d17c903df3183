"""A register for the soak: made, filled, sold at, and its books proved at the end."""

import csv
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from agent.stores.readings import LedgerReadings
from benchmarks.shop import DATA_FOLDER, Pos, bring, kopilka, register_at, settings_of, surroundings
from benchmarks.soak.replay import Replay, SoakFailed, Tally
from cli import demo
from cli.demo.pos import WALLET
from cli.demo.receipts import SourceReceipt, card_of

VERIFY_S = 300.0
REFUSED_SHARE_MAX = 0.005


@dataclass(frozen=True, slots=True)
class Outcome:
    """The tally, how long the receipts took, and what `kopilka ledger verify` said."""

    tally: Tally
    seconds: float
    entries: int
    members: int


def run(
    receipts: list[SourceReceipt], folder: Path, *, on_receipt: Callable[[Tally], None] = lambda _: None
) -> Outcome:
    """Plays the receipts at a register of its own in `folder`. Raises `SoakFailed`, `RegisterFailed`."""
    settings_of(folder)
    _fill(folder, receipts)
    with register_at(folder) as register:
        pos = Pos(register.port)
        replay = Replay(pos)
        began = time.monotonic()
        for receipt in receipts:
            replay.play(receipt)
            on_receipt(replay.tally)
        seconds = time.monotonic() - began
        pos.close()
        verified = _verify(folder)
    _check(folder, replay.tally, receipts)
    return Outcome(replay.tally, seconds, verified["entries"], verified["members"])


def _fill(folder: Path, receipts: Iterable[SourceReceipt]) -> None:
    """Programme, members and cards, by `kopilka import`."""
    programme = folder / "programme.json"
    programme.write_bytes(resources.files(demo).joinpath("data", "programme.json").read_bytes())
    members = list(dict.fromkeys(receipt.customer for receipt in receipts if receipt.customer is not None))
    bring(folder, "programme", programme)
    bring(folder, "members", _csv(folder / "members.csv", ("id", "name"), ((m, f"Member {m}") for m in members)))
    bring(folder, "cards", _csv(folder / "cards.csv", ("card", "member"), ((card_of(m), m) for m in members)))


def _csv(file: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return file


def _verify(folder: Path) -> dict[str, int]:
    """`kopilka ledger verify` beside the running register: the chain, and every balance posted anew."""
    command = [*kopilka("ledger", folder, "verify"), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=VERIFY_S, check=False, **surroundings())
    if done.returncode:
        raise SoakFailed(f"ledger verify ended with {done.returncode}: {done.stdout.decode()}{done.stderr.decode()}")
    verdict: dict[str, int] = json.loads(done.stdout)
    return verdict


def _check(folder: Path, tally: Tally, receipts: list[SourceReceipt]) -> None:
    """Nothing is lost: every line has an outcome, and every balance is what the answers add up to."""
    readings = LedgerReadings(folder / DATA_FOLDER / "ledger.db")
    lines = sum(len(receipt.lines) for receipt in receipts)
    if tally.lines.total() != lines:
        raise SoakFailed(f"{tally.lines.total()} of {lines} lines have an outcome")
    if tally.refused > lines * REFUSED_SHARE_MAX:
        raise SoakFailed(f"{tally.refused} of {lines} lines were refused: more than {REFUSED_SHARE_MAX:.1%}")
    kept = {member: int(readings.account(member).balance(WALLET)) for member in tally.balances}
    wrong = [member for member, told in tally.balances.items() if kept[member] != told]
    if wrong:
        raise SoakFailed(f"members {', '.join(wrong[:5])} were told other balances than the ledger has")
    if sum(kept.values()) != tally.balance:
        raise SoakFailed(f"the answers add up to {tally.balance} points, the members have {sum(kept.values())}")
