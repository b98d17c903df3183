"""ref.db: members, cards, the programme; and what the programme check warns of."""

from collections.abc import Iterator
from contextlib import closing
from zoneinfo import ZoneInfoNotFoundError

from agent.errors import ReferenceUnavailable
from agent.stores.reference import ReferenceStore
from cli.doctor.findings import Finding, fail, ok, warn
from cli.folder import Folder
from cli.output import counted
from loyalty.errors import BadDocument
from loyalty.programme.lint import lint
from loyalty.programme.read import read_programme

REBUILT = "The running register rebuilds it from the kept imports; if it stays so, import the files again"
LISTED_MAX = 3


def check_reference(folder: Folder) -> Iterator[Finding]:
    """The file, what is in it, the programme."""
    if not folder.reference.exists():
        yield ok("members", "none yet; kopilka import brings them")
        return
    try:
        with closing(ReferenceStore(folder.reference, may_write=False)) as store:
            complaint = store.complaint()
            if complaint is not None:
                yield fail("members", f"ref.db is damaged ({complaint})", REBUILT)
                return
            counts = store.counts()
            programmes = store.programmes(limit=1)
    except ReferenceUnavailable as damage:
        yield fail("members", damage.message, REBUILT)
        return
    has = f"{counted(counts['member'], 'member', 'members')}, {counted(counts['card'], 'card', 'cards')}"
    if counts["card"]:
        yield ok("members", has)
    else:
        yield warn("members", has, "Nobody earns yet: kopilka import members FILE, kopilka import cards FILE")
    yield _programme(programmes)


def _programme(documents: list[bytes]) -> Finding:
    if not documents:
        return fail("programme", "none here: nothing can be priced", "kopilka import programme FILE")
    try:
        programme = read_programme(documents[0])
        found = lint(programme)
    except (BadDocument, ZoneInfoNotFoundError) as error:
        return fail(
            "programme",
            f"the stored programme does not fit this release ({error})",
            "Correct its file and raise its version: kopilka import programme FILE",
        )
    named = f"{programme.id}, version {programme.version}"
    if not found:
        return ok("programme", f"{named}, sound")
    listed = "; ".join(map(str, found[:LISTED_MAX]))
    more = "; …" if len(found) > LISTED_MAX else ""
    return warn("programme", f"{named}: {listed}{more}", "See all with: kopilka programme check FILE")
