"""A register with a few members who have points, for what does not depend on how many there are."""

from collections.abc import Iterator
from pathlib import Path

from agent.imports.archive import Kind
from benchmarks.goods import cards_csv, members_csv, programme
from benchmarks.shop import bring, settings_of

MEMBERS = 100


def files_of_small_shop(promotions: int) -> Iterator[tuple[Kind, str, bytes]]:
    """What to import, in order: kind, name and contents of each file."""
    yield "programme", "programme.json", programme(promotions)
    yield "members", "members.csv", "".join(members_csv(MEMBERS)).encode()
    yield "cards", "cards.csv", "".join(cards_csv(MEMBERS)).encode()


def small_shop(folder: Path, *, promotions: int, printer: str | None = None) -> Path:
    """Configures and fills a register in `folder`, by the real import. Raises `RegisterFailed`."""
    settings_of(folder, printer=printer)
    for kind, name, content in files_of_small_shop(promotions):
        (folder / name).write_bytes(content)
        bring(folder, kind, folder / name)
    return folder
