"""Routes for store IT's command line: importing files. The file lies in the register's own folder already."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, post
from litestar.params import JSONBody

from agent.api.gate import cli_only
from agent.api.handed import IncomingFolder, RegisterServices
from agent.api.problems import ApiProblem
from agent.imports.importer import ImportReport


class Incoming(msgspec.Struct, forbid_unknown_fields=True):
    """A file that waits in the folder of incoming imports, by its plain name there."""

    kind: Literal["members", "cards", "catalogue", "programme"]
    file: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class OfficeRoutes(Controller):
    """Only the command line's own token may call these."""

    path = "/v1"
    guards = (cli_only,)
    tags = ("Store IT",)

    @post("/imports", status_code=200, sync_to_thread=True, summary="Import a file that lies in the incoming folder")
    def bring(self, data: JSONBody[Incoming], services: RegisterServices, incoming: IncomingFolder) -> dict[str, Any]:
        file = incoming / data.file
        try:
            contents = file.read_bytes()
        except OSError as error:
            raise ApiProblem(404, "no_incoming_file", file=data.file) from error
        try:
            report = services.importer(data.kind, data.name, contents)
        finally:
            file.unlink(missing_ok=True)
        services.status.reference_changed()
        return import_report(report)


def import_report(report: ImportReport) -> dict[str, Any]:
    """What an import did, as plain data."""
    return {
        "kind": report.kind,
        "file": report.file,
        "sha256": report.sha256,
        "rows": report.rows,
        "refused": report.refused,
        "openings": report.openings,
        "refused_rows": [{"row": row.number, "why": row.why} for row in report.refused_rows],
    }
