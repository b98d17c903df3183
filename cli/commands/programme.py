"""`kopilka programme`: programmes on a desk, with no daemon and no database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.configuration import Json
from cli.errors import Exit
from cli.output import BAD, DOUBTFUL, coloured, complain, counted, document, say, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyalty.errors import Problem

app = typer.Typer(help="Programmes: check one, price a basket by it. Needs no register.", no_args_is_help=True)

ProgrammeFile = Annotated[Path, typer.Argument(help="The programme (JSON).", metavar="PROGRAMME")]


@app.command()
def check(file: ProgrammeFile, as_json: Json = False) -> None:
    """Say everything that is wrong with a programme, each with its path, and show a receipt that it prices."""
    from datetime import UTC, datetime

    from cli.pricing.files import programme_in
    from cli.pricing.receipt import print_receipt
    from cli.pricing.sample import sample_basket, sample_member, tiers_of
    from loyalty.documents.quote import write_quote
    from loyalty.engine.quote import quote
    from loyalty.errors import BadDocument
    from loyalty.programme.lint import WARNINGS, lint

    try:
        compiled = programme_in(file)
    except BadDocument as error:
        _print_problems(file, error.problems, (), as_json=as_json)
        raise typer.Exit(Exit.FOUND_WRONG) from error
    found = lint(compiled.programme)
    errors = [problem for problem in found if problem.code not in WARNINGS]
    warnings = [problem for problem in found if problem.code in WARNINGS]
    basket, now = sample_basket(compiled), datetime.now(UTC)
    tier = tiers_of(compiled)[-1]
    priced = quote(compiled, basket, sample_member(compiled, tier), now)
    if as_json:
        _print_problems(file, errors, warnings, as_json=True, receipt=write_quote(priced, compiled))
    else:
        _print_problems(file, errors, warnings, as_json=False)
        say(f"A sample receipt of a member{f' of tier {tier}' if tier else ''} by it:")
        print_receipt(basket, priced, compiled, at=now)
    if errors:
        raise typer.Exit(Exit.FOUND_WRONG)


@app.command()
def run(
    file: ProgrammeFile,
    basket: Annotated[Path, typer.Argument(help="The basket (JSON).", metavar="BASKET")],
    facts: Annotated[
        Path | None,
        typer.Option("--facts", help="What is known of the member (JSON); a guest's without.", metavar="FILE"),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="The instant, RFC 3339; now without.", metavar="TIME")] = None,
    as_json: Json = False,
) -> None:
    """Price a basket by a programme. docs/programme-run.md shows the documents."""
    from cli.pricing.files import basket_in, facts_in, instant_of, programme_in
    from cli.pricing.receipt import print_receipt
    from loyalty.documents.quote import write_quote
    from loyalty.engine.quote import quote

    instant = instant_of(at)
    compiled = programme_in(file)
    given = basket_in(basket, compiled)
    priced = quote(compiled, given, facts_in(facts, compiled), instant)
    if as_json:
        document(write_quote(priced, compiled))
    else:
        print_receipt(given, priced, compiled, at=instant)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a programme, as far as this release builds it."""
    from loyalty.programme.schema import programme_schema

    document(programme_schema())


def _print_problems(
    file: Path,
    errors: "Iterable[Problem]",
    warnings: "Iterable[Problem]",
    *,
    as_json: bool,
    receipt: dict[str, object] | None = None,
) -> None:
    errors, warnings = tuple(errors), tuple(warnings)
    if as_json:
        listed = {"errors": [_part(item) for item in errors], "warnings": [_part(item) for item in warnings]}
        document({"file": str(file), **listed, "sample_receipt": receipt})
        return
    table(
        [
            *((coloured("error", BAD), item.path or "(document)", item.message) for item in errors),
            *((coloured("warning", DOUBTFUL), item.path or "(document)", item.message) for item in warnings),
        ]
    )
    if errors:
        complain(f"{file}: {counted(len(errors), 'error', 'errors')}. Correct them before a register gets it")
    elif warnings:
        say(f"{file}: sound, {counted(len(warnings), 'warning', 'warnings')}")
    else:
        say(f"{file}: sound")


def _part(problem: "Problem") -> dict[str, str]:
    return {"path": problem.path, "code": problem.code, "message": problem.message}
