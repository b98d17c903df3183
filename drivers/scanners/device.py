"""A scanner on a transport, as one device of steps."""

from drivers.health import Health
from drivers.scanners.classifier import Classifier
from drivers.scanners.framer import Frame, Framer, FramingProfile
from drivers.transports import Transport
from drivers.values import DeviceReport, DeviceState, ScanSink

OPEN_DEADLINE_S = 3.0
QUIET_READ_S = 0.5
"""A read on a quiet line waits this long: shorter polls cost ten times the processor, longer ones delay a stop."""
READ_BYTES_MAX = 4096


class ScannerDevice:
    """Reads a scanner and tells the sink of each scan, of every verdict.

    A step first judges what the last read brought, then reads: so the time handed in is the time of the bytes.
    """

    def __init__(
        self, name: str, transport: Transport, framing: FramingProfile, classifier: Classifier, sink: ScanSink
    ) -> None:
        self._transport = transport
        self._framer = Framer(framing)
        self._classifier = classifier
        self._sink = sink
        self._health = Health(name=name, kind="scanner", port=transport.identity)
        self._inbox: bytes | None = None
        self._open = False
        self._now = 0.0

    @property
    def name(self) -> str:
        return self._health.name

    def step(self, now: float) -> float:
        """See Device. Raises DriverError when the port cannot be opened or goes away."""
        self._now = now
        if not self._open:
            self._transport.open(OPEN_DEADLINE_S)
            self._open = True
            self._health.be(DeviceState.READY, now=now)
            return 0.0
        inbox, self._inbox = self._inbox, None
        if inbox:
            self._tell(self._framer.feed(inbox, now))
        elif inbox is not None:
            self._tell(self._framer.idle(now))
        self._inbox = self._transport.read(READ_BYTES_MAX, self._framer.patience_s(now, QUIET_READ_S))
        return 0.0

    def close(self) -> None:
        """See Device. Half a code is told as such: it must not wait for the other half of another."""
        self._open = False
        self._inbox = None
        self._health.be(DeviceState.OPENING, now=self._now)
        self._transport.close()
        self._tell(self._framer.cut())

    def report(self) -> DeviceReport:
        """See Device."""
        return self._health.report()

    def present(self) -> bool:
        """See Device."""
        return self._transport.present()

    def _tell(self, frames: list[Frame]) -> None:
        for frame in frames:
            scan = self._classifier.classify(frame)
            self._health.count(scan.verdict.value)
            self._sink(scan)
