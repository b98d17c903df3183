"""`kopilka import`: members, cards, the catalogue and programmes, until a head office sends them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.configuration import DEFAULT_CONFIG, Config, Json, place_of
from cli.errors import Exit
from cli.output import complain, counted, document, say, table, waiting

if TYPE_CHECKING:
    from cli.bringing import Kind

app = typer.Typer(help="Bring members, cards, the catalogue or a programme to the register.", no_args_is_help=True)

LISTED_MAX = 20
NAME_MAX = 255

File = Annotated[Path, typer.Argument(help="CSV or JSON; - reads standard input. docs/import.md shows the columns.")]


@app.command()
def members(file: File, config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Import members and the balances that they bring along."""
    _import("members", file, config, as_json=as_json)


@app.command()
def cards(file: File, config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Import which card is whose. The members must be here."""
    _import("cards", file, config, as_json=as_json)


@app.command()
def catalogue(file: File, config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Import the catalogue: category and attributes of each sku."""
    _import("catalogue", file, config, as_json=as_json)


@app.command("programme")
def programme_(
    file: Annotated[Path, typer.Argument(help="A programme (JSON); - reads standard input.")],
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Import the programme that prices from now on. Its version must rise."""
    _import("programme", file, config, as_json=as_json)


def _import(kind: "Kind", file: Path, config: Path, *, as_json: bool) -> None:
    from agent.imports.archive import FILE_BYTES_MAX
    from cli.bringing import bring
    from cli.files import STDIN, read_named
    from cli.masking import mask_numbers

    place = place_of(config)
    data = read_named(file, bytes_max=FILE_BYTES_MAX)
    name = "stdin" if str(file) == STDIN else file.name[-NAME_MAX:]
    with waiting(f"importing {name}"):
        report = bring(place, config, kind=kind, name=name, data=data)
    refused = report["refused"]
    if as_json:
        document(report)
    else:
        openings = (
            f", {counted(report['openings'], 'opening balance', 'opening balances')}" if kind == "members" else ""
        )
        say(f"{name}: {counted(report['rows'], 'row', 'rows')} imported{openings}")
        listed = report["refused_rows"][:LISTED_MAX]
        table([(f"  row {row['row']}", mask_numbers(row["why"])) for row in listed])
    if refused:
        more = f", the first {LISTED_MAX} are listed (--json lists up to 1000)" if refused > LISTED_MAX else ""
        complain(
            f"{counted(refused, 'row was', 'rows were')} refused{more}. "
            "Correct the file and import it again: rows replace themselves, an account is opened once"
        )
        raise typer.Exit(Exit.REFUSED)
