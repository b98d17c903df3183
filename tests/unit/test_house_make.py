"""The Makefile and its scripts, as a newcomer meets them: on a machine that lacks something."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OLD_PYTHON = "#!/bin/sh\nexit 1\n"
# New enough, and without what Debian keeps in packages of their own.
BARE_PYTHON = '#!/bin/sh\ncase $2 in *version_info*) exit 0 ;; *venv*) exit 1 ;; esac\necho "Python 3.11.2"\n'


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        # MAKEFLAGS of an outer make would reach the inner one.
        env={**{name: value for name, value in os.environ.items() if not name.startswith("MAKE")}, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def targets() -> list[str]:
    return re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_make_alone_lists_every_target() -> None:
    """A newcomer types `make` first, and must see what there is."""
    listed = run("make").stdout

    assert {"demo", "test"} <= set(targets())
    assert [target for target in targets() if f"make {target} " not in listed] == []


@pytest.mark.parametrize("target", targets())
def test_each_target_can_be_planned(target: str, tmp_path: Path) -> None:
    """A slip of the pen in the Makefile would stop everybody at the first command."""
    planned = run("make", "--dry-run", target, f"VENV={tmp_path}/venv")

    assert planned.returncode == 0, planned.stderr


def test_what_is_made_stands_after_what_it_needs(tmp_path: Path) -> None:
    """The demo would start before anything is installed."""
    planned = run("make", "--dry-run", "demo", f"VENV={tmp_path}/venv", "ARGS=--once").stdout
    steps = ["scripts/make-venv", "scripts/install", "bin/kopilka demo --once"]

    assert sorted(steps, key=planned.index) == steps


def test_only_an_old_python_is_named_as_what_is_missing(tmp_path: Path) -> None:
    """A newcomer with an old system must read what to install, not a traceback."""
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        program(tmp_path / "bin", name, OLD_PYTHON)

    said = run("sh", "scripts/make-venv", str(tmp_path / "venv"), PATH=f"{tmp_path}/bin:{os.defpath}")

    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "needs Python 3.11 or newer" in said.stderr
    assert not (tmp_path / "venv").exists()


def test_a_wrong_interpreter_by_name_is_not_replaced_by_another(tmp_path: Path) -> None:
    """Whoever names an interpreter would get an environment of another one without noticing."""
    old = program(tmp_path / "bin", "old", OLD_PYTHON)

    said = run("sh", "scripts/make-venv", str(tmp_path / "venv"), PYTHON=str(old))

    assert said.returncode == 1
    assert f"PYTHON={old}" in said.stderr


def test_a_python_without_venv_says_which_package_brings_it(tmp_path: Path) -> None:
    """Debian's bare Python fails with a page of text that names no cure."""
    bare = program(tmp_path / "bin", "bare", BARE_PYTHON)

    said = run("sh", "scripts/make-venv", str(tmp_path / "venv"), PYTHON=str(bare))

    assert said.returncode == 1
    assert "sudo apt-get install python3-venv" in said.stderr


def test_only_what_is_an_environment_already_is_emptied(tmp_path: Path) -> None:
    """A mistyped VENV would cost somebody a folder of their own."""
    asked = tmp_path / "asked"
    recording = program(tmp_path / "bin", "recording", f'#!/bin/sh\n[ "$2" != venv ] || echo "$@" >>{asked}\n')
    for name in ("letters", "environment"):
        (tmp_path / name).mkdir()
    (tmp_path / "environment" / "pyvenv.cfg").touch()

    for name in ("letters", "environment"):
        run("sh", "scripts/make-venv", str(tmp_path / name), PYTHON=str(recording))

    letters, environment = asked.read_text(encoding="utf-8").splitlines()
    assert letters == f"-m venv {tmp_path}/letters"
    assert environment == f"-m venv --clear {tmp_path}/environment"


def test_an_installation_that_fails_says_why(tmp_path: Path) -> None:
    """Behind one line of progress the reason would be lost, and `make` would go on with half an environment."""
    program(tmp_path / "venv", "unused", "")
    program(tmp_path / "venv" / "bin", "python", "#!/bin/sh\necho 'Collecting salt'\necho 'no salt here'\nexit 3\n")

    said = run("sh", "scripts/install", str(tmp_path / "venv"), "salt")

    assert said.returncode == 1
    assert "no salt here" in said.stderr
    assert "install.log" in said.stderr


def test_without_rights_missing_packages_are_named_and_the_tests_go_on(tmp_path: Path) -> None:
    """A newcomer without root could not run a single test."""
    program(tmp_path / "bin", "id", "#!/bin/sh\necho 1000\n")
    program(tmp_path / "bin", "sudo", "#!/bin/sh\nexit 1\n")
    program(tmp_path / "bin", "apt-get", "#!/bin/sh\necho apt must not be asked >&2\n")
    for name in ("sh", "dirname"):
        (tmp_path / "bin" / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")

    said = run("/bin/sh", "scripts/system-packages", PATH=f"{tmp_path}/bin")

    assert (said.returncode, said.stderr) == (0, "")
    assert "missing: chromium" in said.stdout
    assert "sudo asks for a password" in said.stdout


def test_with_rights_only_what_is_missing_is_installed(tmp_path: Path) -> None:
    """Each `make test` would ask the package server again, or the tests would stay skipped for ever."""
    asked = tmp_path / "asked"
    program(tmp_path / "bin", "id", "#!/bin/sh\necho 0\n")
    program(tmp_path / "bin", "chromium", "#!/bin/sh\n")
    program(tmp_path / "bin", "timeout", '#!/bin/sh\nshift\nexec "$@"\n')
    program(tmp_path / "bin", "apt-get", f'#!/bin/sh\necho "$@" >>{asked}\n')
    for name in ("sh", "dirname", "env"):
        (tmp_path / "bin" / name).symlink_to(f"/usr/bin/{name}")

    said = run("/bin/sh", "scripts/system-packages", PATH=f"{tmp_path}/bin")

    assert said.returncode == 0
    order = asked.read_text(encoding="utf-8")
    assert "install -y --no-install-recommends" in order
    assert "zbar-tools" in order
    assert "chromium" not in order
    assert "apt-get could not install them" in said.stdout  # this apt installs nothing


def test_whoever_forbids_it_keeps_the_system_as_it_is(tmp_path: Path) -> None:
    """A developer's own machine would be changed against their word."""
    asked = tmp_path / "asked"
    program(tmp_path / "bin", "id", "#!/bin/sh\necho 0\n")
    program(tmp_path / "bin", "apt-get", f'#!/bin/sh\necho "$@" >>{asked}\n')
    (tmp_path / "bin" / "dirname").symlink_to("/usr/bin/dirname")

    said = run("/bin/sh", "scripts/system-packages", PATH=f"{tmp_path}/bin", KOPILKA_NO_SYSTEM_PACKAGES="1")

    assert "KOPILKA_NO_SYSTEM_PACKAGES=1" in said.stdout
    assert not asked.exists()
