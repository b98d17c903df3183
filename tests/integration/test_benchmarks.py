"""Each benchmark once with tiny sizes, so that none rots. What they measure here says nothing, and is not judged."""

import json
import math
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.figures import Baseline, Figure, Sample, Scale, Verdict
from benchmarks.usual import Usual

FIGURES = {"ledger": 2, "confirm": 2, "slip": 3, "quote": 1, "scan": 2, "start": 1, "idle": 2}


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> Scale:
    return Scale(members=200, rounds=3, starts=1, idle_s=0.3, kept=tmp_path_factory.mktemp("kept"))


@pytest.mark.parametrize("name", bench.MEASURES)
def test_a_benchmark_still_runs(name: str, scale: Scale, tmp_path: Path) -> None:
    """A figure that nobody can measure any more would be believed for years."""
    figures = bench.MEASURES[name](scale, tmp_path)

    assert len(figures) == FIGURES[name]
    for figure in figures:
        assert figure.name
        for sample in (figure.sample, figure.baseline.sample):
            assert all(map(math.isfinite, sample.values))


def figure(*, holds: bool | None, baseline_ms: float) -> Figure:
    baseline = Baseline("bare", Sample((baseline_ms,)))
    return Figure("start", "≤ 1 ms", Sample((0.5,)), baseline, holds)


def test_a_busy_machine_is_no_verdict(tmp_path: Path) -> None:
    """Another build on the same machine would be taken for a slow register, and somebody would mend it."""
    usual = Usual(tmp_path)
    assert usual.verdict(figure(holds=True, baseline_ms=10)) is Verdict.MET
    assert usual.verdict(figure(holds=False, baseline_ms=12)) is Verdict.MISSED
    usual.keep()

    later = Usual(tmp_path)

    assert later.verdict(figure(holds=False, baseline_ms=25)) is Verdict.NOT_MEASURED
    assert later.verdict(figure(holds=False, baseline_ms=15)) is Verdict.MISSED
    assert later.verdict(figure(holds=None, baseline_ms=15)) is Verdict.SHOWN


def test_the_table_and_the_json_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure in a report would differ from the one in the terminal, and nobody would know which to believe."""
    missed = {"start": lambda *_: [figure(holds=False, baseline_ms=10)]}

    table_code = bench.main([], missed, tmp_path)
    table = capsys.readouterr().out
    json_code = bench.main(["--json", "start"], missed, tmp_path)
    (told,) = json.loads(capsys.readouterr().out)

    assert table_code == json_code == 1
    assert (told["figure"], told["median"], told["verdict"]) == ("start", 0.5, "missed")
    row = table.splitlines()[1]
    assert all(word in row for word in ("start", "≤ 1 ms", "0.5", "bare", "10", "missed"))


@pytest.mark.parametrize(("count", "expected"), [(1, 0), (99, 98), (100, 98), (1_000, 989)])
def test_one_in_a_hundred_is_above_the_p99(count: int, expected: int) -> None:
    """The slowest scans would vanish from the figure that is about them."""
    assert Sample(tuple(float(number) for number in range(count))).p99 == expected
