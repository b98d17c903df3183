"""What a register costs that does nothing: memory and processor time, with so many members and both devices.

The files are checked once soon after a start; what is measured comes after that. Source of the figures: /proc,
proc(5).
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.crowd import crowd_of
from benchmarks.figures import Baseline, Figure, Sample, Scale
from benchmarks.shop import register_at, settings_of, surroundings
from drivers.virtual.printer.model import EPSON_80
from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.wires import TcpWire
from drivers.virtual.scanner import VirtualScanner
from drivers.worker import Worker

RSS_MB = 110.0
CPU_PERCENT = 0.5
SETTLE_SHARE = 1.5
"""The settling time, in measured times: 30 s before 20 s. The last check of the files begins 20 s after a start."""
BARE = "import litestar, uvicorn, pydantic, sys; print(flush=True); sys.stdin.read()"
STOP_S = 2.0
KIB_IN_MB = 1_000_000 / 1_024


def measure(scale: Scale, _folder: Path) -> list[Figure]:
    """The figures of till.md."""
    crowd = crowd_of(scale.members, scale.kept)
    with closing(VirtualScanner()) as scanner, _printer() as printer, _bare() as bare:
        settings_of(crowd, scanner=scanner.path, printer=printer)
        with register_at(crowd) as register:
            time.sleep(scale.idle_s * SETTLE_SHARE)
            used = {pid: _cpu_s(pid) for pid in (register.pid, bare)}
            time.sleep(scale.idle_s)
            cpu = {pid: Sample(((_cpu_s(pid) - before) / scale.idle_s * 100,)) for pid, before in used.items()}
            rss = {pid: Sample((_rss_mb(pid),)) for pid in used}
    imports = "an interpreter with litestar, uvicorn, pydantic"
    return [
        Figure(
            f"idle memory (RSS), {scale.members:,} members",
            f"≤ {RSS_MB:.0f} MB",
            rss[register.pid],
            Baseline(imports, rss[bare], "MB"),
            rss[register.pid].median <= RSS_MB,
            unit="MB",
            note="after the first check of the files; scanner and printer connected",
        ),
        Figure(
            f"idle processor, over {scale.idle_s:.0f} s",
            f"≤ {CPU_PERCENT} % of a core",
            cpu[register.pid],
            Baseline(imports, cpu[bare], "%"),
            cpu[register.pid].median <= CPU_PERCENT,
            unit="%",
            note="scanner and printer connected",
        ),
    ]


def _cpu_s(pid: int) -> float:
    fields = Path("/proc", str(pid), "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    lines = Path("/proc", str(pid), "status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / KIB_IN_MB


@contextmanager
def _printer() -> Iterator[str]:
    printer = VirtualPrinter("idle", TcpWire(), EPSON_80)
    worker = Worker(printer)
    worker.start()
    try:
        yield printer.address
    finally:
        worker.stop(STOP_S)


@contextmanager
def _bare() -> Iterator[int]:
    """The pid of an interpreter that has imported what the API stands on, and waits."""
    command = [sys.executable, "-c", BARE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **surroundings()) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield process.pid
        finally:
            process.kill()
