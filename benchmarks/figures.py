"""A figure: what was measured, against which target, beside which baseline, and what that says."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median

Work = Callable[[], object]


class Verdict(StrEnum):
    """`NOT_MEASURED`: the machine was too busy for the figure to say anything."""

    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Sample:
    """Repeated measurements of one thing, in the figure's unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def p99(self) -> float:
        """The value that one in a hundred is above; of fewer than a hundred the largest."""
        ranked = sorted(self.values)
        return ranked[-1 - len(ranked) // 100]

    def less(self, other: "Sample") -> "Sample":
        """Each value less the other's of the same number: both were measured in turns."""
        return Sample(tuple(mine - theirs for mine, theirs in zip(self.values, other.values, strict=True)))

    def over(self, other: "Sample") -> "Sample":
        """Each value divided by the other's of the same number."""
        return Sample(tuple(mine / theirs for mine, theirs in zip(self.values, other.values, strict=True)))


@dataclass(frozen=True, slots=True)
class Baseline:
    """The raw peer of a figure, measured in the same run: `name` says what it does."""

    name: str
    sample: Sample
    unit: str = "ms"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `holds` None: shown without a target of its own."""

    name: str
    target: str
    sample: Sample
    baseline: Baseline
    holds: bool | None
    unit: str = "ms"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: enough to say something, or just enough to see that it runs."""

    members: int
    rounds: int
    """Repetitions of what takes milliseconds."""
    starts: int
    idle_s: float
    kept: Path
    """Where a register with many members is kept between runs."""


def timed_ms(work: Work) -> float:
    """Milliseconds that one call takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def repeated_ms(work: Work, times: int) -> Sample:
    """Milliseconds of each of so many calls."""
    with steady():
        return Sample(tuple(timed_ms(work) for _ in range(times)))


def in_turns_ms(works: Sequence[Work], times: int) -> list[Sample]:
    """Milliseconds of several works done in turns, so that a busy machine slows them alike; who begins rotates."""
    found: list[list[float]] = [[] for _ in works]
    with steady():
        for turn in range(times):
            for place in range(len(works)):
                number = (turn + place) % len(works)
                found[number].append(timed_ms(works[number]))
    return [Sample(tuple(values)) for values in found]


@contextmanager
def steady() -> Iterator[None]:
    """Keeps this process's own garbage collection, which a register's process does at its own times, out of it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
