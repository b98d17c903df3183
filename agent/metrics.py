"""The register's figures for Prometheus, read from its status when they are asked for."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agent.status import Status
from drivers.values import DeviceState


class RegisterCollector(Collector):
    """Entries, slips, devices, the clock. No member, no card."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        now = self._status()
        yield CounterMetricFamily("kopilka_entries", "Entries in the ledger", value=now.ledger.entries)
        yield GaugeMetricFamily(
            "kopilka_ledger_ok", "1 while money operations are taken", value=now.ledger.state == "ok"
        )
        yield GaugeMetricFamily("kopilka_reference_ok", "1 while members are known", value=now.reference.state == "ok")
        yield GaugeMetricFamily("kopilka_members", "Members known here", value=now.reference.members)
        yield GaugeMetricFamily("kopilka_clock_ok", "1 while the clock is plausible", value=not now.clock.flags)
        slips = GaugeMetricFamily("kopilka_slips", "Slips that wait or need a person", labels=["state"])
        slips.add_metric(["queued"], now.spool.queued)
        slips.add_metric(["sent_unconfirmed"], now.spool.unconfirmed)
        yield slips
        ready = GaugeMetricFamily("kopilka_device_ready", "1 while the device is ready", labels=["device", "kind"])
        counted = CounterMetricFamily(
            "kopilka_device_events", "Scans and print jobs by what became of them", labels=["device", "kind", "event"]
        )
        for device in now.devices:
            ready.add_metric([device.name, device.kind], device.state is DeviceState.READY)
            for event, count in device.counters.items():
                counted.add_metric([device.name, device.kind, event], count)
        yield ready
        yield counted


def registry_of(status: Status) -> CollectorRegistry:
    """A registry of this register alone."""
    registry = CollectorRegistry()
    registry.register(RegisterCollector(status))
    return registry
