"""One process owns a register."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import AlreadyRunning
from agent.instance import InstanceLock, running

NOW = datetime(2026, 11, 22, 8, 2, tzinfo=UTC)

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from agent.instance import InstanceLock
lock = InstanceLock(Path(sys.argv[1]), since=datetime(2026, 11, 22, 8, 2, tzinfo=UTC))
lock.announce("127.0.0.1", 8787)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_daemon_is_refused_and_told_who_runs(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    """Two writers on one ledger would break the chain; one line must say which process to stop."""
    with pytest.raises(AlreadyRunning, match=rf"pid {holder.pid}, since 2026-11-22T08:02:00"):
        InstanceLock(tmp_path, since=NOW)


def test_the_command_line_finds_the_daemon(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    """`kopilka status` must not need to be told a port."""
    found = running(tmp_path)
    assert found is not None
    assert (found.pid, found.host, found.port) == (holder.pid, "127.0.0.1", 8787)


def test_a_killed_daemon_leaves_no_lock_behind(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    """After a power cut the register must start without anybody deleting a file."""
    holder.kill()
    holder.wait(10)
    assert running(tmp_path) is None
    InstanceLock(tmp_path, since=NOW).release()


def test_no_register_here_is_no_error(tmp_path: Path) -> None:
    """`kopilka status` on a fresh machine says that nothing runs."""
    assert running(tmp_path / "nowhere") is None
