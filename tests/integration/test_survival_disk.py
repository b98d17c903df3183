"""A full disk, a failing one, a power cut in the first second: what is answered is stored, what is stored is whole."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SMALL_DISK = "6m"
BALLAST = 65_536
HELD_S = 600
PATIENCE_S = 10.0
SYNCS = "fsync,fdatasync"
CUTS = [
    ("write", 1, "keys/card-lookup.key.partial"),
    ("pwrite64", 3, None),
    (SYNCS, 6, None),
    ("pwrite64", 60, None),
]
"""Which system call is the last one, its number, and on which file; each cut finds what the one before has left."""


class SmallDisk:
    """A disk of a few megabytes under a register's folder, which only that register sees."""

    def __init__(self, folder: Path) -> None:
        become = () if os.geteuid() == 0 else ("--map-root-user",)
        mount = (
            'cp -a "$0" "$0.seed" && mount -t tmpfs -o size="$1",mode=700 small "$0" && cp -a "$0.seed/." "$0"'
            ' && echo mounted && exec sleep "$2"'
        )
        self._holder = subprocess.Popen(
            ["unshare", *become, "--mount", "sh", "-c", mount, str(folder), SMALL_DISK, str(HELD_S)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "mounted\n":
            _, why = self._holder.communicate(timeout=PATIENCE_S)
            pytest.skip(f"this machine lets nobody mount a small disk: {why.strip()}")
        entering = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        self.prefix = ("nsenter", "--target", str(self._holder.pid), *entering, "--mount")
        self.folder = Path(f"/proc/{self._holder.pid}/root{folder}")

    def fill(self) -> None:
        """Takes every free block."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (BALLAST, 1):
                while True:
                    try:
                        ballast.write(b"\0" * size)
                    except OSError:
                        break

    def free(self) -> None:
        """Gives the blocks back."""
        (self.folder / "ballast").unlink()

    def close(self) -> None:
        """Ends the disk with its contents."""
        self._holder.kill()
        self._holder.communicate()


@pytest.fixture
def on_small_disk(new_register: Callable[..., Any]) -> Iterator[tuple[Any, SmallDisk]]:
    """Give a register with everything it needs to sell, on a disk of its own."""
    register = new_register().bring()
    disk = SmallDisk(register.data)
    register.prefix, register.data = disk.prefix, disk.folder
    yield register, disk
    register.close()
    disk.close()


@pytest.mark.needs("unshare", "nsenter")
def test_a_full_disk_stores_nothing_and_the_same_sale_goes_through_later(
    on_small_disk: tuple[Any, SmallDisk], kit: Any
) -> None:
    """A sale told as stored would be lost, or one told as refused would have taken the customer's points."""
    register, disk = on_small_disk
    register.start()
    sale = kit.basket("200.00", card=kit.ANNA.card, redeem="max")
    with register.client() as client:
        first = client.put("/v1/receipts/K1", json=sale)
        assert first.status_code == 201
        before = register.rows("SELECT count(*) FROM entry")
        disk.fill()

        refused = client.put("/v1/receipts/K2", json=sale)
        voided = client.put("/v1/receipts/K1/void", json={})
        quoted = client.post("/v1/quotes", json=sale)
        shown = client.post("/v1/identify", json={"code": kit.ANNA.card}).json()

        assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
        assert "Free some space" in refused.json()["detail"]
        assert (voided.status_code, voided.json()["code"]) == (507, "disk_full")
        assert register.rows("SELECT count(*) FROM entry") == before
        assert quoted.status_code == 200
        assert shown["wallets"][0]["balance"] == first.json()["balances"]["bonus"]

        disk.free()
        stored = client.put("/v1/receipts/K2", json=sale)
        assert stored.status_code == 201
        assert client.put("/v1/receipts/K2", json=sale).content == stored.content
        assert client.get("/v1/status").json()["ledger"]["state"] == "ok"
    assert register.verdict().complaint is None
    assert register.terminate() == 0


@pytest.mark.needs("unshare", "nsenter")
def test_a_register_started_on_a_full_disk_says_so_and_starts_once_there_is_room(
    on_small_disk: tuple[Any, SmallDisk], kit: Any
) -> None:
    """Whoever restarts the register to mend it would see it die without a word, or leave it spoiled."""
    register, disk = on_small_disk
    disk.fill()

    assert register.launch().wait(kit.START_S) != 0
    assert "No space left on device" in register.log()
    assert len(register.log().splitlines()) == 1

    disk.free()
    register.start()
    with register.client() as client:
        assert client.put("/v1/receipts/K1", json=kit.basket("10.00")).status_code == 201
    assert register.verdict().complaint is None


def held_by(tracer: int, pid: int) -> bool:
    """Whether every thread of a process is under that tracer."""
    try:
        tasks = [(task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return False  # a thread ended in between
    return all(f"TracerPid:\t{tracer}\n" in task for task in tasks)


@contextmanager
def failing_syncs(pid: int, kit: Any) -> Iterator[None]:
    """The disk under a running process says EIO to every fsync."""
    strace = subprocess.Popen(
        ["strace", "-f", "-qq", "-p", str(pid), "-e", f"trace={SYNCS}", "-e", f"inject={SYNCS}:error=EIO"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        kit.wait_until(
            lambda: held_by(strace.pid, pid) or strace.poll() is not None,
            seconds=PATIENCE_S,
            what="strace holds every thread",
        )
        if strace.poll() is not None:
            _, why = strace.communicate()
            pytest.skip(f"this machine lets nobody into a running process: {why.strip()}")
        yield
    finally:
        if strace.poll() is None:
            strace.send_signal(signal.SIGINT)
        strace.communicate(timeout=PATIENCE_S)


@pytest.mark.needs("strace")
@pytest.mark.parametrize("ending", ["terminate", "kill"])
def test_a_failed_fsync_stops_money_until_a_restart(new_register: Callable[..., Any], kit: Any, ending: str) -> None:
    """After a failed write nobody knows what the disk holds: a sale upon it could take back what was answered."""
    register = new_register().bring()
    register.start()
    sale = kit.basket("200.00", card=kit.ANNA.card, redeem="max")
    with register.client() as client:
        first = client.put("/v1/receipts/K1", json=sale)
        assert first.status_code == 201
        with failing_syncs(register.pid, kit):
            unsure = client.put("/v1/receipts/K2", json=sale)
        later = client.put("/v1/receipts/K3", json=sale)
        status = client.get("/v1/status").json()
        shown = client.post("/v1/identify", json={"code": kit.ANNA.card}).json()

    # Nobody can say whether it will be there: the answer must not claim either.
    assert (unsure.status_code, unsure.json()["code"]) == (500, "ledger_unsure")
    assert "same key" in unsure.json()["detail"]
    assert (later.status_code, later.json()["code"]) == (503, "ledger_failed")
    assert "restart" in later.json()["detail"]
    assert status["ledger"]["state"] == "failed"
    assert shown["member"]["id"] == kit.ANNA.id

    getattr(register, ending)()
    register.start()

    with register.client() as client:
        repeated = client.put("/v1/receipts/K2", json=sale)
        assert repeated.status_code in (200, 201)
        assert client.put("/v1/receipts/K2", json=sale).content == repeated.content
        assert client.put("/v1/receipts/K3", json=sale).status_code == 201
        assert client.put("/v1/receipts/K1", json=sale).content == first.content
    assert register.verdict().complaint is None
    assert sorted(entry.facts.receipt for entry in register.entries() if entry.kind == "sale") == ["K1", "K2", "K3"]


@pytest.mark.needs("strace")
def test_power_cuts_in_the_first_second_do_not_spoil_a_register(new_register: Callable[..., Any], kit: Any) -> None:
    """A register unplugged while it is set up would never start again, and need somebody to delete files."""
    register = new_register()
    for calls, number, path in CUTS:
        chosen = ("-P", str(register.data / path)) if path else ()
        register.prefix = ("strace", "-f", "-qq", "-o", "/dev/null", *chosen, "-e", f"trace={calls}")
        register.prefix += ("-e", f"inject={calls}:signal=SIGKILL:when={number}")
        cut_off = register.launch()
        # strace dies as what it watched has died.
        assert cut_off.wait(kit.START_S) == -signal.SIGKILL, (calls, number, path, register.log())
    register.prefix = ()

    register.start()

    assert register.terminate() == 0
    register.bring().start()
    with register.client() as client:
        assert client.put("/v1/receipts/K1", json=kit.basket("10.00", card=kit.ANNA.card)).status_code == 201
    assert register.verdict().complaint is None
