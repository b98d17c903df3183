"""`kopilka doctor`: looks at everything that a register stands on."""

import typer

from cli.configuration import DEFAULT_CONFIG, Config, Json
from cli.errors import Exit
from cli.output import BAD, DOUBTFUL, GOOD, coloured, complain, counted, document, say, table, waiting

COLOURS = {"ok": GOOD, "warn": DOUBTFUL, "fail": BAD}


def doctor(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Look at everything that a register stands on, and say what to do. Ends with 1 where something fails."""
    from dataclasses import asdict

    from cli.doctor.examination import examine
    from cli.doctor.findings import State

    with waiting("looking"):
        findings = list(examine(config))
    failed = sum(finding.state is State.FAIL for finding in findings)
    if as_json:
        document({"failed": failed, "checks": [asdict(finding) for finding in findings]})
    else:
        table([(coloured(item.state, COLOURS[item.state]), item.check, item.found) for item in findings])
        todo = [item for item in findings if item.todo]
        if todo:
            say()
            say("what to do")
            table([(item.check, item.todo) for item in todo])
    if failed:
        complain(f"{counted(failed, 'check has', 'checks have')} failed. What to do stands above")
        raise typer.Exit(Exit.FOUND_WRONG)
