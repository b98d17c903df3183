"""Registers as processes of their own and inside the test, and a printer that outlives them."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest


def neighbour(name: str) -> ModuleType:
    """Load a file of tests/ by its path: there are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


process = neighbour("register_process")
inside = neighbour("register_inside")


@pytest.fixture(scope="session")
def kit() -> ModuleType:
    """Give the words that tests of whole registers share: customers, baskets, files to import."""
    return process


@pytest.fixture
def new_register(tmp_path: Path) -> Iterator[Callable[..., process.RegisterProcess]]:
    """Make registers that are not started yet; whatever still runs at the end is killed."""
    made: list[process.RegisterProcess] = []

    def make(folder: str = "register", *, prefix: tuple[str, ...] = (), env: dict[str, str] | None = None, **sections):
        register = process.RegisterProcess(tmp_path / folder, sections, prefix, env or {})
        made.append(register)
        return register

    yield make
    for register in made:
        register.close()


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.RegisterProcess]:
    """Give a register that runs for a whole module of tests that do it no harm."""
    register = process.RegisterProcess(tmp_path_factory.mktemp("open-shop"))
    register.bring().start()
    yield register
    register.close()


@pytest.fixture
def register_inside(tmp_path: Path) -> Iterator[inside.RegisterInside]:
    """Give a register inside the test, which has everything it needs to sell."""
    register = inside.RegisterInside(process.write_settings(tmp_path / "inside"))
    register.bring(process.imports())
    yield register
    register.close()


@pytest.fixture
def printer() -> Iterator[process.PrinterOnTcp]:
    """Give a printer on loopback; bytes that it did not understand fail the test."""
    switched_on = process.PrinterOnTcp()
    yield switched_on
    switched_on.close()
    assert switched_on.device.problems == ()
