"""Cuts a scanner's bytes into frames, one per code, and says how sure each cut is.

Pure: bytes and monotonic seconds in, frames out. A gap is judged only by `idle`, which is called when the
line is known to be quiet: between two reads our own thread may have slept, and the bytes waited for it.
"""

from dataclasses import dataclass
from enum import StrEnum

from drivers.errors import BadSettings

CR = b"\r"
LF = b"\n"
CRLF = b"\r\n"
TAB = b"\t"
STX = 0x02
ETX = 0x03

GAP_BARE_MS_MIN = 120
"""Scanners may leave up to 99 ms between two characters, so without a terminator less cuts codes in two."""
GAP_MS_MIN = 20
LENGTH_MAX = 4096


class FrameEnd(StrEnum):
    """Why a frame ended. Only a `whole` one can be a card."""

    WHOLE = "whole"
    IDLE = "idle"
    OVERFLOW = "overflow"
    TOO_SLOW = "too_slow"
    CUT = "cut"
    MISFRAMED = "misframed"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the scanner sent for one code, without prefix, STX, ETX and terminator.

    `at` is the monotonic time in seconds of its last byte. After an overflow `data` is only the beginning.
    """

    data: bytes
    end: FrameEnd
    at: float


@dataclass(frozen=True, slots=True)
class FramingProfile:
    """How one scanner marks the ends of its codes. Raises BadSettings.

    Without terminators and STX/ETX a frame ends when the line is quiet for `idle_gap_ms`.
    With them quiet only proves that something is missing.
    """

    terminators: tuple[bytes, ...] = (CR, LF, CRLF)
    prefix: bytes = b""
    stx_etx: bool = False
    idle_gap_ms: int = 150
    length_max: int = 512
    frame_ms_max: int = 3000

    def __post_init__(self) -> None:
        unknown = set(self.terminators) - {CR, LF, CRLF, TAB}
        if unknown:
            raise BadSettings("terminators", f"{sorted(unknown)} are none of CR, LF, CRLF, TAB")
        gap_ms_min = GAP_MS_MIN if self.terminated else GAP_BARE_MS_MIN
        if self.idle_gap_ms < gap_ms_min:
            raise BadSettings("idle_gap_ms", f"{self.idle_gap_ms} is below {gap_ms_min}, which cuts codes in two")
        if not 1 <= self.length_max <= LENGTH_MAX:
            raise BadSettings("length_max", f"{self.length_max} is not from 1 to {LENGTH_MAX}")
        if self.frame_ms_max <= self.idle_gap_ms:
            raise BadSettings("frame_ms_max", f"{self.frame_ms_max} is not above idle_gap_ms")

    @property
    def terminated(self) -> bool:
        """Whether the end of a code is marked by a byte rather than by quiet."""
        return self.stx_etx or bool(self.terminators)


class Framer:
    """The frame that is open on one line."""

    def __init__(self, profile: FramingProfile) -> None:
        self._profile = profile
        self._held = bytearray()
        self._begun_at = 0.0
        self._last_at = 0.0
        self._discarding = False
        self._inside = not profile.stx_etx
        self._skip_lf = False

    def feed(self, data: bytes, now: float) -> list[Frame]:
        """The frames that these bytes complete."""
        frames = []
        for byte in data:
            frame = self._take(byte, now)
            if frame is not None:
                frames.append(frame)
        return frames

    def idle(self, now: float) -> list[Frame]:
        """The frame that quiet ends, if the line has now been quiet for the gap. Call only when it is quiet."""
        if not self._open or (now - self._last_at) * 1000 < self._profile.idle_gap_ms:
            return []
        if self._discarding:
            self._discarding = False
            return []
        return [self._finish(FrameEnd.IDLE if self._profile.terminated else FrameEnd.WHOLE)]

    def cut(self) -> list[Frame]:
        """The open frame when the port went away in its middle. The framer is as new afterwards."""
        frames = [self._finish(FrameEnd.CUT)] if self._held else []
        self._discarding = False
        self._skip_lf = False
        return frames

    def patience_s(self, now: float, quiet_s: float) -> float:
        """How long a read may wait: `quiet_s` on a quiet line, the rest of the gap while a frame is open."""
        if not self._open:
            return quiet_s
        left_s = self._last_at + self._profile.idle_gap_ms / 1000 - now
        return min(quiet_s, max(left_s, 0.001))

    @property
    def _open(self) -> bool:
        # Out of step, a line with terminators waits for the next one; without them quiet is the terminator.
        return bool(self._held) or (self._discarding and not self._profile.terminated)

    def _take(self, byte: int, now: float) -> Frame | None:
        self._last_at = now
        skip_lf, self._skip_lf = self._skip_lf, False
        if skip_lf and byte == LF[0]:
            return None
        if self._profile.stx_etx:
            return self._take_marked(byte, now)
        if self._ends(byte):
            return self._close_at(byte)
        return self._hold(byte, now)

    def _take_marked(self, byte: int, now: float) -> Frame | None:
        if byte == STX:
            lost = self._finish(FrameEnd.MISFRAMED) if self._held else None
            self._inside, self._discarding = True, False
            return lost
        if not self._inside:
            return None  # terminators and noise between ETX and STX carry nothing
        if byte == ETX:
            self._inside = False
            return self._close_at(byte)
        return self._hold(byte, now)

    def _ends(self, byte: int) -> bool:
        terminators = self._profile.terminators
        if bytes((byte,)) in terminators:
            return True
        return byte == LF[0] and CRLF in terminators and self._held[-1:] == CR

    def _close_at(self, byte: int) -> Frame | None:
        self._skip_lf = byte == CR[0] and CRLF in self._profile.terminators
        if self._discarding:
            self._discarding = False
            return None
        if byte == LF[0] and CRLF in self._profile.terminators and self._held[-1:] == CR:
            del self._held[-1:]
        return self._finish(FrameEnd.WHOLE) if self._held else None

    def _hold(self, byte: int, now: float) -> Frame | None:
        if self._discarding:
            return None
        if not self._held:
            self._begun_at = now
        self._held.append(byte)
        if len(self._held) > self._profile.length_max:
            self._discarding = True
            return self._finish(FrameEnd.OVERFLOW)
        if (now - self._begun_at) * 1000 > self._profile.frame_ms_max:
            self._discarding = True
            return self._finish(FrameEnd.TOO_SLOW)
        return None

    def _finish(self, end: FrameEnd) -> Frame:
        data = bytes(self._held)
        self._held.clear()
        self._inside = not self._profile.stx_etx
        prefix = self._profile.prefix
        if end is FrameEnd.WHOLE and not data.startswith(prefix):
            end = FrameEnd.MISFRAMED
        return Frame(data=data.removeprefix(prefix), end=end, at=self._last_at)
