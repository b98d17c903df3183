"""`make bench`: every figure beside its target and the baseline of the same run, as a table or as JSON.

Ends with 1 where a target is missed; what a busy machine kept from being measured is neither met nor missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import confirm, idle, ledger_append, quote, scan, slip, start
from benchmarks.figures import Figure, Sample, Scale, Verdict
from benchmarks.shop import ROOT
from benchmarks.usual import Usual
from cli.output import document, table

Measures = Mapping[str, Callable[[Scale, Path], list[Figure]]]

KEPT = ROOT / "build" / "benchmarks"
FULL = Scale(members=1_000_000, rounds=400, starts=7, idle_s=20.0, kept=KEPT)
MEASURES: Measures = {
    "ledger": ledger_append.measure,
    "confirm": confirm.measure,
    "slip": slip.measure,
    "quote": quote.measure,
    "scan": scan.measure,
    "start": start.measure,
    "idle": idle.measure,
}
DECIMALS = 3
GROUPED_FROM = 1_000


def main(words: Sequence[str], measures: Measures = MEASURES, kept: Path = KEPT) -> int:
    """Measures and prints; the exit code. `words` are the command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *measures], help="which to measure; all where none is named")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    arguments = parser.parse_args(words)
    # Registers measured lie on the disk that the big one lies on, not in a /tmp that may be memory.
    kept.mkdir(parents=True, exist_ok=True)
    scale = replace(FULL, kept=kept)
    usual = Usual(kept)
    found: list[tuple[Figure, Verdict]] = []
    for name in arguments.names or measures:
        began = time.monotonic()
        print(f"measuring {name} …", end=" ", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="kopilka-bench-", dir=kept) as folder:
            found += [(figure, usual.verdict(figure)) for figure in measures[name](scale, Path(folder))]
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    usual.keep()
    if arguments.json:
        document([_plain(figure, verdict) for figure, verdict in found])
    else:
        _print(found)
    return int(any(verdict is Verdict.MISSED for _, verdict in found))


def _print(found: list[tuple[Figure, Verdict]]) -> None:
    rows = [["figure", "target", "median", "p99", "", "baseline", "median", "", "verdict", ""]]
    for figure, verdict in found:
        baseline = figure.baseline
        rows.append(
            [
                figure.name,
                figure.target,
                _shown(figure.sample.median),
                _shown(figure.sample.p99) if len(figure.sample.values) > 1 else "",
                figure.unit,
                baseline.name,
                _shown(baseline.sample.median),
                baseline.unit,
                verdict.value,
                figure.note,
            ]
        )
    table(rows, right=frozenset({2, 3, 6}))


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= GROUPED_FROM else f"{value:.{DECIMALS}g}"


def _plain(figure: Figure, verdict: Verdict) -> dict[str, Any]:
    return {
        "figure": figure.name,
        "target": figure.target,
        "unit": figure.unit,
        **_summary(figure.sample),
        "baseline": {"name": figure.baseline.name, "unit": figure.baseline.unit, **_summary(figure.baseline.sample)},
        "verdict": verdict.value,
        "note": figure.note,
    }


def _summary(sample: Sample) -> dict[str, float]:
    return {"median": round(sample.median, DECIMALS), "p99": round(sample.p99, DECIMALS), "count": len(sample.values)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
