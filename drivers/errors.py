"""What can stand between us and a device.

DriverError
├── BadSettings(setting, why)           the shop's configuration cannot work; nothing was tried
├── PortAbsent(port, why)               no such port, or nothing answers there: plug it in, switch it on
├── PortAmbiguous(port, candidates)     the name fits several ports: name one of them
├── PortBusy(port, holder)              another program holds the port; named where the system tells
├── PortDenied(port, why)               this user may not open the port
└── PortGone(port, why, sent)           it was open and is no longer; the worker waits for it to come back

Each knows the `state` of the device that it leads to.
"""

from typing import ClassVar

from drivers.values import DeviceState


class DriverError(Exception):
    """The root of the tree above."""

    state: ClassVar[DeviceState] = DeviceState.ERROR


class BadSettings(DriverError):
    """A setting that no device could work with. `setting` is its name in the configuration."""

    state = DeviceState.DISABLED

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(f"{setting}: {why}")
        self.setting = setting
        self.why = why


class PortAbsent(DriverError):
    """Nothing there to talk to."""

    state = DeviceState.ABSENT

    def __init__(self, port: str, why: str) -> None:
        super().__init__(f"{port}: {why}; check the cable and that the device is switched on")
        self.port = port
        self.why = why


class PortAmbiguous(DriverError):
    """A name that fits more than one port; choosing one would be a guess."""

    def __init__(self, port: str, candidates: tuple[str, ...]) -> None:
        super().__init__(f"{port} fits {len(candidates)} ports; configure one of: {', '.join(candidates)}")
        self.port = port
        self.candidates = candidates


class PortBusy(DriverError):
    """Another program holds the port. `holder` names it, or is empty where the system does not tell."""

    state = DeviceState.BUSY_ELSEWHERE

    def __init__(self, port: str, holder: str) -> None:
        super().__init__(f"{port} is held by {holder or 'another program'}; stop it or give this device another port")
        self.port = port
        self.holder = holder


class PortDenied(DriverError):
    """The system refuses this user the port."""

    def __init__(self, port: str, why: str) -> None:
        super().__init__(f"{port}: {why}; the register's user must be in the groups dialout and lp")
        self.port = port
        self.why = why


class PortGone(DriverError):
    """The port was open and is no longer. `sent` counts bytes that this write had handed over before."""

    state = DeviceState.BACKOFF

    def __init__(self, port: str, why: str, sent: int = 0) -> None:
        super().__init__(f"{port}: {why}")
        self.port = port
        self.why = why
        self.sent = sent
