"""What a baseline usually takes on this machine: where it takes twice that, the machine was busy with other work."""

import json
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Verdict

FILE = "usual.json"
KEPT_MAX = 9
BUSY_TIMES = 2.0


class Usual:
    """The baselines of the last calm runs, by figure, in a file beside the big register."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._kept: dict[str, list[float]] = {}
        if self._file.exists():
            self._kept = json.loads(self._file.read_text(encoding="utf-8"))

    def verdict(self, figure: Figure) -> Verdict:
        """What the figure says; a busy machine's figure says nothing, and its baseline is not kept."""
        now = figure.baseline.sample.median
        before = self._kept.get(figure.name, [])
        usual = median(before) if before else 0.0
        if usual and now > BUSY_TIMES * usual:
            return Verdict.NOT_MEASURED
        self._kept[figure.name] = [*before, now][-KEPT_MAX:]
        if figure.holds is None:
            return Verdict.SHOWN
        return Verdict.MET if figure.holds else Verdict.MISSED

    def keep(self) -> None:
        """Writes them down for later runs."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._kept, indent=1), encoding="utf-8")
