"""The last line of `.ci/run`, which whoever decides about a change reads first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# pytest's own format: one suite with its counts as attributes.
REPORT = (
    '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">'
    '<testsuite name="pytest" errors="{errors}" failures="{failures}" skipped="{skipped}" tests="{tests}">'
    "</testsuite></testsuites>"
)
STEPS_AFTER_THE_TESTS = 11


class Checkout:
    """A copy of .ci/ among tools that do what a test tells them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.copytree(ROOT / ".ci", folder / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("bin", "scripts", ".venv/bin"):
            (folder / name).mkdir(parents=True)
        (folder / ".venv/bin/python").symlink_to(sys.executable)
        # The clean environment whose `kopilka` the last steps run.
        self.tool("scripts/make-venv", 'mkdir -p "$1/bin"')
        self.tool("scripts/install", 'printf "#!/bin/sh\\n" >"$1/bin/kopilka"; chmod +x "$1/bin/kopilka"')

    def tool(self, name: str, text: str) -> None:
        path = self._folder / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def make(self, *, report: str | None, tests_end: int = 0, others_end: int = 0) -> None:
        """Let `make test` write a report and end so, and every other target end otherwise."""
        (self._folder / "report.xml").write_text(report or "", encoding="utf-8")
        write = f'cp {self._folder}/report.xml "${{2#ARGS=--junit-xml=}}";' if report is not None else ""
        self.tool("bin/make", f'if [ "$1" = test ]; then {write} exit {tests_end}; fi\nexit {others_end}')

    def run(self) -> tuple[int, str]:
        """Give the exit code and the last line."""
        done = subprocess.run(
            [".ci/run"],
            cwd=self._folder,
            env={**os.environ, "PATH": f"{self._folder}/bin:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()[-1]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_all_good_is_counted_test_by_test_and_step_by_step(checkout: Checkout) -> None:
    """A good change would be sent back."""
    checkout.make(report=REPORT.format(tests=12, failures=0, errors=0, skipped=2))

    assert checkout.run() == (0, f"{10 + STEPS_AFTER_THE_TESTS} passed, 0 failed, 2 skipped")


def test_failures_and_errors_are_both_failed(checkout: Checkout) -> None:
    """A test whose preparation breaks would count as good, and a broken change be taken."""
    checkout.make(report=REPORT.format(tests=12, failures=3, errors=1, skipped=0), tests_end=1)

    assert checkout.run() == (1, f"{8 + STEPS_AFTER_THE_TESTS} passed, 4 failed, 0 skipped")


def test_a_failing_step_fails_the_whole(checkout: Checkout) -> None:
    """A change with wrong types or a wheel that cannot be built would be taken."""
    checkout.make(report=REPORT.format(tests=5, failures=0, errors=0, skipped=0), others_end=2)

    # lint, types, imports, demo and wheel are targets of make
    assert checkout.run() == (1, f"{5 + STEPS_AFTER_THE_TESTS - 5} passed, 5 failed, 0 skipped")


@pytest.mark.parametrize(
    ("report", "tests_end"),
    [
        pytest.param(None, 2, id="nothing could be installed"),
        pytest.param("<testsuites", 1, id="the report is cut off"),
        pytest.param(REPORT.format(tests=7, failures=0, errors=0, skipped=0), 3, id="pytest broke off"),
        pytest.param(REPORT.format(tests=0, failures=0, errors=0, skipped=0), 0, id="no test at all"),
        pytest.param(REPORT.format(tests=4, failures=0, errors=0, skipped=4), 0, id="all skipped"),
    ],
)
def test_a_run_that_proves_nothing_is_a_failure(checkout: Checkout, report: str | None, tests_end: int) -> None:
    """A change would be taken that no test has seen."""
    checkout.make(report=report, tests_end=tests_end)

    code, last_line = checkout.run()

    assert code == 1
    assert " 1 failed, " in last_line


def test_the_last_line_comes_even_where_nothing_works(checkout: Checkout) -> None:
    """Whoever reads the last line would read an error message, and count nothing."""
    checkout.make(report=None, tests_end=2, others_end=2)
    checkout.tool("scripts/make-venv", "exit 1")
    checkout.tool("scripts/install", "exit 1")

    assert checkout.run() == (1, f"0 passed, {STEPS_AFTER_THE_TESTS + 1} failed, 0 skipped")


def test_pytest_writes_the_report_that_is_counted(tmp_path: Path) -> None:
    """A new pytest with another format would turn every failure into a pass."""
    suite = "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pytest.skip('x')\n"
    (tmp_path / "test_suite.py").write_text(suite, encoding="utf-8")
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=report.xml"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(pytest_run, cwd=tmp_path, env=alone, capture_output=True, timeout=60, check=False)

    counted = subprocess.run(
        [sys.executable, ROOT / ".ci" / "counts.py", tmp_path / "report.xml"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert counted.stdout.split() == ["1", "1", "1"]
