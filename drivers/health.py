"""A device's own account of itself, from which its reports are made."""

from collections import Counter

from drivers.values import DeviceReport, DeviceState


class Health:
    """State, reason and counters of one device. Used by the device's own thread only."""

    def __init__(self, *, name: str, kind: str, port: str) -> None:
        self.name = name
        self._kind = kind
        self._port = port
        self._state = DeviceState.OPENING
        self._detail = ""
        self._since = 0.0
        self._counters: Counter[str] = Counter()

    @property
    def state(self) -> DeviceState:
        """The state last set."""
        return self._state

    def be(self, state: DeviceState, detail: str = "", *, now: float) -> None:
        """Notes the state; `since` moves only when the state changes. `now` in monotonic seconds."""
        if state is not self._state:
            self._since = now
        self._state = state
        self._detail = detail

    def count(self, what: str) -> None:
        """Adds one to a counter."""
        self._counters[what] += 1

    def report(self) -> DeviceReport:
        """A frozen copy that other threads may keep."""
        return DeviceReport(
            name=self.name,
            kind=self._kind,
            port=self._port,
            state=self._state,
            since=self._since,
            detail=self._detail,
            counters=dict(self._counters),
        )
