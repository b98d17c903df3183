"""What tests/conftest.py promises: a missing program skips, or fails where nothing may be skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

SUITE = """\
import pytest

@pytest.mark.needs("zbarimg")
def test_by_mark():
    pass

def test_by_fixture(needs_program):
    assert needs_program("zbarimg").endswith("zbarimg")

def test_of_real_receipts(shared_data):
    assert (shared_data / "receipts.csv").is_file()
"""


class House:
    """A small repository with our conftest, where `zbarimg` and ../shared are or are not."""

    def __init__(self, folder: Path) -> None:
        self._repository = folder / "repository"
        (self._repository / "tests").mkdir(parents=True)
        for name in ("conftest.py", "system-packages.txt"):
            shutil.copy(TESTS / name, self._repository / "tests" / name)
        self.suite = self._repository / "tests" / "test_suite.py"
        self.suite.write_text(SUITE, encoding="utf-8")
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.shared = folder / "shared"

    def test(self, **environment: str) -> str:
        """Run the suite and give what pytest printed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KOPILKA_", "PYTEST_"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", "--import-mode=importlib", "tests"],
            cwd=self._repository,
            env={**kept, "PATH": str(self.bin), "COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_missing_program_skips_and_says_its_package(house: House) -> None:
    """A newcomer without root must get through the tests, and read what would complete them."""
    said = house.test()

    assert "3 skipped" in said
    assert "zbarimg is missing (sudo apt-get install zbar-tools)" in said
    assert "../shared/data is absent" in said


def test_where_nothing_may_be_skipped_a_missing_program_fails(house: House) -> None:
    """A release would go out whose printed barcodes nobody had read back."""
    said = house.test(KOPILKA_REQUIRE_ALL="1")

    # The mark is judged before the test, the fixture inside it. Without ../shared a clone is complete.
    assert "1 failed, 1 skipped, 1 error" in said
    assert "KOPILKA_REQUIRE_ALL=1 allows no skip for it" in said


def test_what_is_there_is_used(house: House) -> None:
    """Tests that are skipped for no reason guard nothing."""
    program = house.bin / "zbarimg"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    (house.shared / "data").mkdir(parents=True)
    (house.shared / "data" / "receipts.csv").touch()

    assert "3 passed" in house.test(KOPILKA_REQUIRE_ALL="1")


def test_receipts_elsewhere_are_found(house: House, tmp_path: Path) -> None:
    """Whoever keeps the real receipts in another folder could not run the tests that need them."""
    (tmp_path / "elsewhere" / "data").mkdir(parents=True)
    (tmp_path / "elsewhere" / "data" / "receipts.csv").touch()

    assert "1 passed, 2 skipped" in house.test(KOPILKA_SHARED=str(tmp_path / "elsewhere"))


def test_an_unknown_program_fails(house: House) -> None:
    """A misspelt program would be skipped on every machine for ever."""
    house.suite.write_text(SUITE.replace("zbarimg", "zbarimgg"), encoding="utf-8")

    assert "is not in tests/system-packages.txt" in house.test()
