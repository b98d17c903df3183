"""What a person can do to a printer, and what can go wrong with its answers."""

from dataclasses import dataclass

from drivers.printers.status import PaperLevel


@dataclass(frozen=True, slots=True)
class Switches:
    """How the virtual printer is treated. `reading` off: it accepts connections and takes no byte from them.

    `wrong_ids` answers with another process id than asked for.
    """

    powered: bool = True
    paper: PaperLevel = PaperLevel.OK
    cover_open: bool = False
    reading: bool = True
    answering: bool = True
    answer_delay_s: float = 0.0
    wrong_ids: bool = False

    @property
    def hindered(self) -> bool:
        """Whether the printer cannot print now; it still answers real-time questions."""
        return self.cover_open or self.paper is PaperLevel.OUT
