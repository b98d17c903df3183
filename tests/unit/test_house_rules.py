"""The house's own rules, held for every file: where packages are, what tests say of themselves, what no file names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("agent", "central", "cli", "drivers", "i18n", "loyalty", "slips", "sync")
# One sentence says what breaks; two words do not.
SENTENCE_CHARACTERS_MIN = 20

# The brackets keep this file from breaking its own rule.
MACHINE_PATHS = re.compile(r"/[r]oot/|/[h]ome/\w|/[U]sers/\w|/[w]ork/")
REGISTRIES = re.compile(r"https?://(?:deb|files|registry|pypi)[a-z.]*/|[p]ythonhosted|--(?:extra-)?[i]ndex-url")
HOST = "pypi.org"


def written_files() -> list[Path]:
    """Give every file that git knows or would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what was written here and what was made cannot be told apart")
    # The checkout may belong to another account than the one that runs the tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def leaks(text: str, *, checkout: Path) -> list[str]:
    """Give what a text says of one machine or of a package registry."""
    found = [match.group() for pattern in (MACHINE_PATHS, REGISTRIES) for match in pattern.finditer(text)]
    # A checkout directly under the root, say in /app, has a name that ordinary text may contain.
    if len(checkout.parts) > 2 and f"{checkout}/" in text:
        found.append(str(checkout))
    return found


def test_no_file_names_a_machine_or_a_registry() -> None:
    """A newcomer's clone would look for a folder or a host that only one machine has."""
    found = {}
    for path in written_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if told := leaks(text, checkout=ROOT):
            found[str(path.relative_to(ROOT))] = told

    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        str(Path("/", "root", "x")),
        str(Path("/", "home", "ann")),
        f"see https://{HOST}/simple",
        "/srv/clone/kopilka/tests",
    ],
)
def test_a_leak_is_caught(text: str) -> None:
    """A rule that nothing breaks would let the next path through."""
    assert leaks(text, checkout=Path("/srv/clone/kopilka")) != []


def test_packages_are_where_they_must_be() -> None:
    """An __init__.py in packaging/ would hide the library of that name; in tests/ it would hide equal file names."""
    rooms = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert [room for room in rooms["targets"]["wheel"]["packages"] if not (ROOT / room / "__init__.py").is_file()] == []

    stray = [path for room in ("packaging", "tests") for path in (ROOT / room).rglob("__init__.py")]

    assert stray == []


def each_test(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give every test function of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def says_what_breaks(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Hold a test to one paragraph that is a sentence."""
    text = ast.get_docstring(test) or ""
    return len(text) >= SENTENCE_CHARACTERS_MIN and text[-1] in ".?!" and "\n\n" not in text


def test_every_test_says_what_would_break_for_a_person() -> None:
    """Whoever sees a test fail at night must read there what a customer or a cashier would notice."""
    silent = [
        f"{path.relative_to(ROOT)}:{test.lineno} {test.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for test in each_test(path.read_text(encoding="utf-8"))
        if not says_what_breaks(test)
    ]

    assert silent == []


@pytest.mark.parametrize(
    "source",
    [
        "def test_a(): pass",
        "async def test_a(): pass",
        "def test_a():\n    'Works.'",
        "class TestA:\n    def test_a(self):\n        'No sentence ends here without its point'",
    ],
)
def test_a_silent_test_is_caught(source: str) -> None:
    """A rule that nothing breaks would let silent tests in."""
    assert [says_what_breaks(test) for test in each_test(source)] == [False]


def test_every_needed_program_has_its_package() -> None:
    """A test would be skipped on every machine, since no installer knows what to install for it."""
    rows = (ROOT / "tests" / "system-packages.txt").read_text(encoding="utf-8").splitlines()
    known = {row.split()[0] for row in rows if row and not row.startswith("#")}
    needed = {
        argument.value
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", None) == "needs" or getattr(node.func, "id", None) == "needs_program")
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }

    assert needed - known == set()


def test_no_test_looks_for_a_program_by_itself() -> None:
    """A check that must run before a release would be skipped there without a word; `needs` knows when it must not."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "which"
    ]

    assert found == []


def library(requirement: str) -> str:
    """Give the normalised name in `python-escpos==3.1` or `Jinja2`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()


def imported(source: str) -> set[str]:
    """Give the top-level name of everything that a module imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and node.level == 0}
    return {name.split(".")[0] for name in plain | parts}


def test_every_dependency_has_its_reason() -> None:
    """Whoever updates a register must know why a library is on it, and whether it may go."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for lines in extras for line in lines)]
    names = {library(line) for line in wanted}
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([^`]+)` \|", reasons, re.MULTILINE)

    assert sorted(map(library, explained)) == sorted(names)


def test_every_import_is_declared() -> None:
    """A register would stop at its first sale because a library came along with another one, until that one changed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["hid"]]
    # pydantic is made of two libraries, and pins the other one exactly.
    declared = {library(line) for line in wanted} | {"pydantic-core"}
    providers = packages_distributions()
    found = {
        (str(path.relative_to(ROOT)), name)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for name in imported(path.read_text(encoding="utf-8"))
        if name not in sys.stdlib_module_names and name not in ROOMS
    }

    assert {use for use in found if not declared & set(map(library, providers.get(use[1], [use[1]])))} == set()


def test_the_licence_is_whole() -> None:
    """A shop's lawyer must find the licence that the package's description names."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
