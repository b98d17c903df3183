"""The `kopilka` command. Commands import what they need when they run, so that `kopilka status` starts fast."""

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from cli.commands import config, demo, doctor, imports, ledger, programme, run, status, token
from cli.errors import Exit, ending_of
from cli.output import complain, say, utf8_or_replaced

app = typer.Typer(
    name="kopilka",
    help="A loyalty system that lives on the register. Exit codes and examples: docs/cli.md",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.add_typer(imports.app, name="import")
app.add_typer(ledger.app, name="ledger")
app.add_typer(programme.app, name="programme")
app.add_typer(token.app, name="token")
app.add_typer(config.app, name="config")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"kopilka {version('kopilka')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options of every command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command line (the process's own) and ends with one of `Exit`'s codes."""
    utf8_or_replaced()
    try:
        app(arguments, prog_name="kopilka")
    except Exception as error:  # noqa: BLE001 - the edge of the program: every error becomes words and an exit code
        sys.exit(end(error))


def end(error: Exception) -> Exit:
    """Says what went wrong, on stderr; the exit code."""
    ending = ending_of(error)
    if ending is not None:
        for line in ending.lines:
            complain(line)
        return ending.exit
    from cli.masking import mask_numbers

    complain(mask_numbers("".join(traceback.format_exception(error))).rstrip())
    complain("this is a fault of kopilka, nothing you did. Please report it with the lines above")
    return Exit.FAULT


if __name__ == "__main__":
    main()
