"""From starting the process to its first answer, with so many members; beside it an interpreter that only imports.

Both start with their files in the page cache: what a slow disk adds after a boot is that disk's.
"""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from time import perf_counter

from benchmarks.crowd import crowd_of
from benchmarks.figures import Baseline, Figure, Sample, Scale, timed_ms
from benchmarks.shop import LOG_FILE, READY_S, Pos, RegisterFailed, free_port, settings_of, start, stop, surroundings

TARGET_MS = 1_500.0
IMPORTS = "import litestar, uvicorn, pydantic"
LOOK_EVERY_S = 0.002
ANSWERED = 200


def measure(scale: Scale, _folder: Path) -> list[Figure]:
    """From the start of the process until it answers."""
    crowd = crowd_of(scale.members, scale.kept)
    port = free_port()
    settings_of(crowd, port=port)
    _start_ms(crowd, port)
    _import()
    ready, bare = [], []
    for _ in range(scale.starts):
        bare.append(timed_ms(_import))
        ready.append(_start_ms(crowd, port))
    found = Sample(tuple(ready))
    return [
        Figure(
            f"start → ready, {scale.members:,} members",
            f"≤ {TARGET_MS:,.0f} ms",
            found,
            Baseline(f"an interpreter: {IMPORTS}", Sample(tuple(bare))),
            found.median <= TARGET_MS,
            note="median; ready: /healthz answers",
        )
    ]


def _import() -> None:
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, **surroundings())


def _start_ms(folder: Path, port: int) -> float:
    began = perf_counter()
    process = start(folder)
    try:
        # The port is taken early and answers late: one request that is let in waits for the answer.
        while perf_counter() - began < READY_S:
            if process.poll() is not None:
                raise RegisterFailed(f"the register ended with {process.returncode}; its log: {folder / LOG_FILE}")
            try:
                pos = Pos(port)
            except ConnectionRefusedError:
                time.sleep(LOOK_EVERY_S)
                continue
            with closing(pos):
                assert pos.get("/healthz").status == ANSWERED
                return (perf_counter() - began) * 1_000
        raise RegisterFailed(f"the register did not answer in {READY_S:.0f} s")
    finally:
        stop(process)
