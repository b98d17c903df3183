"""What import-linter cannot see: the pure rooms call nothing that touches the world, and threads have two homes.

The pool in which Litestar runs a blocking request handler (`sync_to_thread`) is the framework's, not a thread of ours.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE_ROOMS = ("loyalty", "slips")
ROOMS = ("agent", "central", "cli", "drivers", "i18n", "loyalty", "slips", "sync")

BANNED_MODULES = frozenset({"sqlite3", "socket", "asyncio", "logging", "threading", "time", "os", "random"})
BANNED_CALLS = frozenset({"now", "utcnow", "today"})
BANNED_NAMES = frozenset({"print", "uuid4"})
CLOCKS = frozenset({"datetime", "date"})

THREAD_HOMES = frozenset({"agent/supervisor.py", "drivers/worker.py"})
THREAD_MAKERS = frozenset(
    {
        "Thread",
        "Timer",
        "ThreadPool",
        "ThreadPoolExecutor",
        "ProcessPoolExecutor",
        "BackgroundScheduler",
        "start_new_thread",
        "to_thread",
        "run_in_executor",
        "start_blocking_portal",
    }
)


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give each imported top-level module with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module.split(".")[0]


def named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give each name that is looked up, as itself, as an attribute or by import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)


def _last_name(node: ast.expr) -> str | None:
    return getattr(node, "attr", None) or getattr(node, "id", None)


def impurities(source: str) -> list[str]:
    """Give what a pure module may not do, one line each."""
    tree = ast.parse(source)
    found = [(line, f"imports {module}") for line, module in imported(tree) if module in BANNED_MODULES]
    found += [(line, f"uses {name}") for line, name in named(tree) if name in BANNED_NAMES]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "open":
            # Only the builtin: a picture is opened from bytes with a method of the same name.
            found.append((node.lineno, "uses open"))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) in BANNED_CALLS:
            found.append((node.lineno, f"calls .{node.func.attr}"))
        elif isinstance(node, ast.Attribute) and node.attr in BANNED_CALLS and _last_name(node.value) in CLOCKS:
            # A value may well have a field `now`; a clock's method is not even to be passed on.
            found.append((node.lineno, f"uses .{node.attr}"))
    return [f"{line}: {what}" for line, what in sorted(found)]


def thread_makers(source: str) -> list[str]:
    """Give each place where a module could start a thread."""
    tree = ast.parse(source)
    found = [(line, name) for line, name in named(tree) if name in THREAD_MAKERS]
    found += [(line, module) for line, module in imported(tree) if module == "_thread"]
    return [f"{line}: {what}" for line, what in sorted(found)]


def modules(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def test_the_pure_rooms_touch_nothing_outside() -> None:
    """The same basket would be priced differently at another hour or on another register."""
    paths = modules(*PURE_ROOMS)
    assert {path.relative_to(ROOT).parts[0] for path in paths} == set(PURE_ROOMS)

    found = {str(path.relative_to(ROOT)): impurities(path.read_text(encoding="utf-8")) for path in paths}

    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "snippet",
    [
        "import os",
        "import os.path",
        "from time import monotonic",
        "def f():\n    import sqlite3",
        "import random as chance",
        "import asyncio, json",
        "from logging import getLogger",
        "print('x')",
        "say = print",
        "with open('x') as file: pass",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nask = datetime.datetime.utcnow",
        "from datetime import datetime as moment\nat = moment.now()",
        "from datetime import date\non = date.today()",
        "import uuid\nkey = uuid.uuid4()",
        "from uuid import uuid4 as key",
    ],
)
def test_an_impure_module_is_caught(snippet: str) -> None:
    """A rule that nothing breaks is no rule; the next clock in the engine would slip through."""
    assert impurities(snippet) != []


@pytest.mark.parametrize(
    "snippet",
    [
        "from datetime import time, datetime\nhalf = time(12, 30)",
        "def quote(now):\n    return now",
        "def opens(scene, start):\n    return scene.now >= start",
        "from PIL import Image\nfrom io import BytesIO\npicture = Image.open(BytesIO(b''))",
        "from .os import name",
        "import importlib.resources\nfont = importlib.resources.files('slips').joinpath('x').read_bytes()",
    ],
)
def test_a_pure_module_passes(snippet: str) -> None:
    """A rule that cries at good code would be switched off, and then it guards nothing."""
    assert impurities(snippet) == []


def test_threads_are_made_in_two_places_only() -> None:
    """A job on a thread of its own runs in no order that a simulated shop could repeat."""
    found = {
        name: makers
        for path in modules(*ROOMS)
        if (name := path.relative_to(ROOT).as_posix()) not in THREAD_HOMES
        and (makers := thread_makers(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    "snippet",
    [
        "import threading\nthreading.Thread(target=f).start()",
        "from threading import Thread as T",
        "from threading import Timer",
        "import _thread",
        "class Job(threading.Thread): pass",
        "from concurrent.futures import ThreadPoolExecutor",
        "import concurrent.futures\npool = concurrent.futures.ProcessPoolExecutor()",
        "import asyncio\nasyncio.to_thread(f)",
        "from anyio import to_thread",
        "loop.run_in_executor(None, f)",
        "from apscheduler.schedulers.background import BackgroundScheduler",
    ],
)
def test_a_hidden_thread_is_caught(snippet: str) -> None:
    """A thread in a third place would share a database connection that it must not share."""
    assert thread_makers(snippet) != []


def test_a_lock_is_no_thread() -> None:
    """A rule that forbids locks would take away what keeps the one writer alone."""
    assert thread_makers("import threading\nlock = threading.Lock()") == []
