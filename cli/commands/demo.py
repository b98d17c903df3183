"""`kopilka demo`: a register at work on real receipts."""

from pathlib import Path
from typing import Annotated

import typer

RECEIPTS_DEFAULT = 300


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when the receipts are through.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the slip's picture.", metavar="FOLDER")] = None,
    receipts: Annotated[int, typer.Option(min=1, help="How many receipts to replay.")] = RECEIPTS_DEFAULT,
) -> None:
    """Show a register at work: a scanner and a printer that are not there, receipts that were."""
    from cli.demo.command import run

    raise typer.Exit(run(once=once, out=out, receipts=receipts))
