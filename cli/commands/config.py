"""`kopilka config check`: the configuration file, before a register is started with it."""

from pathlib import Path
from typing import Annotated

import typer

from cli.configuration import DEFAULT_CONFIG, Json, settings_of
from cli.errors import Exit
from cli.output import counted, document, say

app = typer.Typer(help="The register's configuration file.", no_args_is_help=True)


@app.callback()
def _config() -> None:
    """The register's configuration file."""


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(envvar="KOPILKA_CONFIG", help="The configuration file.", metavar="[FILE]")
    ] = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Check a configuration file: every problem with its path."""
    from agent.errors import BadSettings

    try:
        settings = settings_of(file)
    except BadSettings as error:
        if not as_json:
            raise
        document({"file": str(file), "problems": [{"path": path, "message": why} for path, why in error.problems]})
        raise typer.Exit(Exit.FOUND_WRONG) from error
    if as_json:
        document({"file": str(file), "problems": []})
        return
    scanners = counted(len(settings.scanners), "scanner", "scanners")
    clients = counted(len(settings.clients), "client", "clients")
    printer = "a printer" if settings.printer else "no printer"
    register = f"register {settings.register_.id} of store {settings.register_.store}"
    say(f"{file} is right: {register}, {scanners}, {printer}, {clients}")
