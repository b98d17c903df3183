"""What the manuals say of the command line, held against what it does."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from agent.settings import Settings, read_settings
from cli.device_settings import device_problems
from cli.errors import Exit
from cli.main import app, main
from slips.profile import PROFILES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CLI = (DOCS / "cli.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    """Give each command as it is typed."""
    for name, command in typer.main.get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        yield from [f"kopilka {name} {below}" for below in inner] if inner else [f"kopilka {name}"]


def test_the_manual_names_every_command() -> None:
    """A command that nobody can find is not there."""
    missing = [command for command in commands() if f"| `{command}" not in CLI]

    assert missing == []
    assert len(list(commands())) >= 16


def test_the_manual_explains_every_exit_code() -> None:
    """A script would treat a refused import as done."""
    table = CLI.split("## Exit codes")[1].split("##")[0]
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}

    assert explained == {*Exit, 130}


def test_every_command_helps() -> None:
    """`--help` is what is read at the counter, with a queue."""
    for command in commands():
        with pytest.raises(SystemExit) as ended:
            main([*command.split()[1:], "--help"])
        assert ended.value.code == 0


def test_the_manuals_configuration_works(tmp_path: Path) -> None:
    """The first thing that everybody does is to copy it."""
    file = tmp_path / "register.toml"
    file.write_text(CONFIGURATION.split("```toml\n")[1].split("```")[0], encoding="utf-8")

    settings = read_settings(file)
    assert device_problems(settings) == ()
    assert settings.data == Path("/var/lib/kopilka")


def documented(section: str) -> dict[str, str]:
    """Give key → default of one section's table."""
    text = CONFIGURATION.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)`(?:, `(\w+)`)* \| ([^|]+) \|", text, re.MULTILINE)
    return {row[0]: row[-1].strip() for row in rows}


def default_text(field: FieldInfo) -> str:
    """Write a default as the manual does."""
    if field.is_required():
        return "required"
    default = field.default
    if default is PydanticUndefined or default is None:
        return "none"
    return f"`{json.dumps(list(default) if isinstance(default, tuple) else default)}`"


def sections() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        types = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for one in types:
            if isinstance(one, type) and issubclass(one, BaseModel):
                listed = field.annotation is not one and "tuple" in str(field.annotation)
                key = field.alias or name
                yield (f"[[{key}]]" if listed else f"[{key}]"), one


@pytest.mark.parametrize(("section", "model"), list(sections()), ids=lambda value: value if type(value) is str else "")
def test_every_key_is_in_the_manual_with_its_default(section: str, model: type[BaseModel]) -> None:
    """A key that is not told is not set; a default that is told wrong is relied on."""
    wanted = {field.alias or name: default_text(field) for name, field in model.model_fields.items()}

    assert documented(section) == wanted


def test_the_manual_has_every_section() -> None:
    """A new section without a word in the manual would never be used."""
    assert len(list(sections())) == len(Settings.model_fields) - 1  # all but `data`
    assert documented("Top level") == {"data": "required"}


def test_the_manual_names_every_printer() -> None:
    """A shop would buy another printer because its own is not in the list."""
    assert [profile for profile in PROFILES if f"`{profile}`" not in CONFIGURATION] == []


def console(page: str) -> tuple[list[str], str]:
    """Give the one command of a page and the output that it shows."""
    block = (DOCS / page).read_text(encoding="utf-8").split("```console\n")[1].split("```")[0]
    command, _, output = block.partition("\n")
    return shlex.split(command.removeprefix("$ kopilka ")), output


def test_the_manuals_receipt_is_what_the_command_prints(capsys, monkeypatch) -> None:
    """An integrator compares to the last kopeck, and would look for the fault at home."""
    monkeypatch.chdir(ROOT)
    arguments, shown = console("programme-run.md")

    with pytest.raises(SystemExit):
        main(arguments)

    assert capsys.readouterr().out == shown


def test_the_manuals_quote_is_what_the_command_prints(capsys, monkeypatch) -> None:
    """A POS that is written against the example would meet other fields at the counter."""
    monkeypatch.chdir(ROOT)
    arguments, _ = console("programme-run.md")

    with pytest.raises(SystemExit):
        main([*arguments, "--json"])

    assert capsys.readouterr().out == (DOCS / "examples" / "quote.json").read_text(encoding="utf-8")


def test_the_manuals_files_import(open_register) -> None:
    """Whoever copies the example of a file must not begin with refused rows."""
    page = (DOCS / "import.md").read_text(encoding="utf-8")
    register = open_register()
    register.importer("programme", "p.json", (DOCS / "examples" / "programme.json").read_bytes())

    for kind in ("members", "cards", "catalogue"):
        rows = page.split(f"## {kind}\n")[1].split("```csv\n")[1].split("```")[0]
        report = register.importer(kind, f"{kind}.csv", rows.encode())

        assert report.refused_rows == ()
        assert report.rows == 2
    assert register.readings.count() == 1
