"""A register that knows so many members, made once by the real import and kept for later runs under build/."""

import json
import shutil
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from benchmarks.figures import Baseline, Figure, Sample
from benchmarks.goods import cards_csv, members_csv, programme
from benchmarks.shop import ROOT, bring, settings_of

PROMOTIONS = 30
IMPORT_FIGURE = "import.json"
MADE_BY = (
    "agent/stores/schema.py",
    "agent/stores/reference.py",
    "agent/imports",
    "agent/keyring.py",
    "benchmarks/goods.py",
)
"""What decides how such a register's files look: a change makes a new one."""


def crowd_of(members: int, kept: Path) -> Path:
    """The folder of a register that knows so many members, made where `kept` has none yet. Raises `RegisterFailed`."""
    crowd = kept / f"members-{members}-{_version()}"
    if not (crowd / IMPORT_FIGURE).exists():
        for old in kept.glob(f"members-{members}-*"):
            shutil.rmtree(old)
        _make(crowd, members)
    return crowd


def import_figure(crowd: Path) -> Figure:
    """How fast the members came in, when they did."""
    told = json.loads((crowd / IMPORT_FIGURE).read_text(encoding="utf-8"))
    speed = Sample((told["rows"] / told["seconds"],))
    return Figure(
        "import: members and cards, rows a second",
        "–",
        speed,
        Baseline("reading the same files", Sample((told["read_seconds"],)), "s"),
        None,
        unit="rows/s",
        note=f"{told['rows']:,} rows in {told['seconds']:.0f} s, on {told['on']}; process and archive included",
    )


def _make(crowd: Path, members: int) -> None:
    settings_of(crowd)
    document = crowd / "programme.json"
    document.write_bytes(programme(PROMOTIONS))
    bring(crowd, "programme", document)
    files = {
        "members": _written(crowd / "members.csv", members_csv(members)),
        "cards": _written(crowd / "cards.csv", cards_csv(members)),
    }
    began = time.monotonic()
    for file in files.values():
        file.read_bytes().decode().splitlines()
    read = time.monotonic()
    rows = sum(bring(crowd, kind, file)["rows"] for kind, file in files.items())
    seconds = time.monotonic() - read
    for file in files.values():
        file.unlink()
    told = {"rows": rows, "seconds": seconds, "read_seconds": read - began, "on": time.strftime("%Y-%m-%d")}
    (crowd / IMPORT_FIGURE).write_text(json.dumps(told), encoding="utf-8")


def _written(file: Path, lines: Iterable[str]) -> Path:
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(lines)
    return file


def _version() -> str:
    digest = sha256()
    for name in MADE_BY:
        place = ROOT / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
