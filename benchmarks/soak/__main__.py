"""`make soak`: prints what became of every line, and ends non-zero if anything is wrong."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.shop import RegisterFailed
from benchmarks.soak.receipts import sample, whole
from benchmarks.soak.replay import IN_PART, NO_ORIGINAL, PRICED, REFUNDED, SoakFailed, Tally
from benchmarks.soak.run import Outcome, run
from cli.demo.receipts import SHARED, read_real, real_file

TOLD_EVERY = 1_000
POINTS_IN_A_POUND = 100


def main() -> int:
    """Runs the soak; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--sample", action="store_true", help="only the fixed sample that the tests run")
    arguments = parser.parse_args()
    file = real_file()
    if file is None:
        print(f"no real receipts here: ../shared is absent ({SHARED} names another one)", file=sys.stderr)
        return 1
    receipts = whole(read_real(file))
    if arguments.sample:
        receipts = sample(receipts)
    print(f"{len(receipts)} receipts, {sum(len(receipt.lines) for receipt in receipts)} lines", flush=True)
    with tempfile.TemporaryDirectory(prefix="kopilka-soak-") as folder:
        try:
            outcome = run(receipts, Path(folder), on_receipt=_tell)
        except (SoakFailed, RegisterFailed) as failure:
            print(f"the soak failed: {failure}", file=sys.stderr)
            return 1
    _report(outcome)
    return 0


def _tell(tally: Tally) -> None:
    if tally.receipts % TOLD_EVERY == 0:
        print(f"{tally.receipts} receipts, {tally.lines.total()} lines", flush=True)


def _report(outcome: Outcome) -> None:
    tally = outcome.tally
    lines = tally.lines.total()
    rows = {
        "lines": lines,
        **{f"  {name}": tally.lines[name] for name in (PRICED, REFUNDED, IN_PART, NO_ORIGINAL)},
        **{f"  refused: {code}": count for code, count in sorted(tally.lines.items()) if _is_refusal(code)},
        "share refused, without no_original": f"{tally.refused / lines:.3%}",
        "receipts": tally.receipts,
        "requests": tally.requests,
        "  asked again, same bytes": tally.replays,
        "seconds": f"{outcome.seconds:.1f}",
        "receipts/s": f"{tally.receipts / outcome.seconds:.0f}",
        "lines/s": f"{lines / outcome.seconds:.0f}",
        "points earned": tally.earned,
        "points spent": tally.spent,
        "points given back": tally.given_back,
        "points taken back": tally.taken_back,
        "balances of all members": tally.balance,
        "ledger entries, chain whole": outcome.entries,
        "accounts, balances right": outcome.members,
    }
    for name, value in rows.items():
        print(f"{name:40}{value:>12,}" if isinstance(value, int) else f"{name:40}{value:>12}")


def _is_refusal(outcome: str) -> bool:
    return outcome not in {PRICED, REFUNDED, IN_PART, NO_ORIGINAL}


if __name__ == "__main__":
    sys.exit(main())
