"""What came out of the printer, told apart slip by slip from the bytes that it received."""

from collections import Counter

from cli.demo.errors import DemoFailed
from cli.demo.replay import Tally
from drivers.virtual.printer.server import STRIPS_KEPT_MAX, VirtualPrinter
from drivers.virtual.printer.strip import PaperStrip

HEADING_LINES = 6
PRINTED_S = 30.0
SHOWN_MAX = 3


class Paper:
    """Collects strips while they are printed, so that the printer's own memory is enough for any number."""

    def __init__(self, printer: VirtualPrinter) -> None:
        self.best: PaperStrip | None = None
        self._best_rank = (False, 0)
        self._printer = printer
        self._seen = 0
        self._by_key: Counter[str] = Counter()

    def fresh(self) -> tuple[PaperStrip, ...]:
        """The strips since the last look. Raises `DemoFailed` for bytes that a printer would not understand."""
        problems = self._printer.problems
        if problems:
            raise DemoFailed(f"the printer did not understand what it was sent: {problems[0]}")
        total, strips = self._printer.strips_total, self._printer.strips
        new = total - self._seen
        if new > STRIPS_KEPT_MAX:
            raise DemoFailed(f"{new} slips came at once, the printer remembers {STRIPS_KEPT_MAX}")
        self._seen = total
        return strips[len(strips) - new :] if new else ()

    def collect(self, tally: Tally) -> None:
        """Looks at new strips; keeps one with most on it to show. Raises `DemoFailed`."""
        for strip in self.fresh():
            key = self._key(strip, tally.slips)
            self._by_key[key] += 1
            rank = (key in tally.redeemed, len(strip.items))
            if rank >= self._best_rank:
                self.best, self._best_rank = strip, rank

    def all_there(self, tally: Tally, *, deadline_s: float = PRINTED_S) -> None:
        """Waits for the last slip. Raises `DemoFailed` unless each slip that was promised is there exactly once."""
        self._printer.wait_for_strips(len(tally.slips), deadline_s)
        self.collect(tally)
        missing = sorted(tally.slips - self._by_key.keys())
        doubled = sorted(key for key, times in self._by_key.items() if times > 1)
        if missing:
            raise DemoFailed(f"{len(missing)} slips did not print, {', '.join(missing[:SHOWN_MAX])} among them")
        if doubled:
            raise DemoFailed(f"{len(doubled)} slips printed twice, {', '.join(doubled[:SHOWN_MAX])} among them")

    @staticmethod
    def _key(strip: PaperStrip, promised: set[str]) -> str:
        words = " ".join(strip.text().splitlines()[:HEADING_LINES]).split()
        key = next((word for word in words if word in promised), None)
        if key is None:
            raise DemoFailed(f"the printer printed a slip of no receipt: {' '.join(words)}")
        return key
