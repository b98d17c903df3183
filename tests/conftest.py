"""What tests may ask of the machine, and what happens where it is missing.

- `@pytest.mark.needs("strace", "zbarimg")`: programs from `tests/system-packages.txt`. A missing one skips the test,
  saying which package brings it; with KOPILKA_REQUIRE_ALL=1 it fails the test instead.
- `needs_program("chromium")`: the same inside a test or fixture; returns the program's path.
- `shared_data`: the folder of real receipts, `../shared/data` beside the repository or KOPILKA_SHARED. Where it is
  absent the test is always skipped: a clone without it is complete.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
# Debian keeps a few programs where only root's path looks.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

# A slow machine is no reason to fail an example; a failing one must be repeatable from the printed blob.
settings.register_profile("kopilka", deadline=None, print_blob=True)
settings.load_profile("kopilka")


def _packages() -> dict[str, str]:
    """Debian package by program, from the one list that the installer reads too."""
    lines = (ROOT / "tests" / "system-packages.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(maxsplit=2) for line in lines if line and not line.startswith("#")]
    return {program: package for program, package, _reason in rows}


def _path_or_give_up(program: str) -> str:
    package = _packages().get(program)
    if package is None:
        pytest.fail(f"{program} is not in tests/system-packages.txt: no installer knows its package", pytrace=False)
    path = shutil.which(program, path=SEARCH_PATH)
    if path is not None:
        return path
    missing = f"{program} is missing (sudo apt-get install {package})"
    if os.environ.get("KOPILKA_REQUIRE_ALL") == "1":
        pytest.fail(f"{missing}, and KOPILKA_REQUIRE_ALL=1 allows no skip for it", pytrace=False)
    pytest.skip(missing)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*programs): programs of tests/system-packages.txt that the test runs")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            _path_or_give_up(program)


@pytest.fixture(scope="session")
def needs_program() -> Callable[[str], str]:
    """Give the path of a program, or skip (fail, with KOPILKA_REQUIRE_ALL=1) where it is missing."""
    return _path_or_give_up


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real receipts, or skip where it is absent."""
    folder = Path(os.environ.get("KOPILKA_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("no real receipts here: ../shared/data is absent (KOPILKA_SHARED names another ../shared)")
    return folder
