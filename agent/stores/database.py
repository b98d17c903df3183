"""Opening SQLite, and telling its failures apart: full, damaged, failing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

from agent.errors import DiskFull, LedgerDamaged, LedgerFailed, LedgerUnavailable, LedgerUnsure

BUSY_MS = 5_000
LEDGER_HINT = (
    "Sales with points are refused until it is mended: run `kopilka doctor`, then `kopilka ledger rebuild`; "
    "keep the file"
)
FAILED_HINT = "Nothing was stored. Check the disk (dmesg), then restart: systemctl restart kopilka"
UNSURE_HINT = (
    "Whether it is stored shows after a restart: check the disk (dmesg), systemctl restart kopilka, "
    "then send it again under the same key"
)

# The low byte is the primary result code; https://www.sqlite.org/rescode.html
_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# SQLite reports a full disk so when it cannot enlarge the shared memory beside the file.
_NO_ROOM_FOR_SHM = sqlite3.SQLITE_IOERR_SHMSIZE


def connect_writer(file: Path, *, synchronous: str) -> sqlite3.Connection:
    """The one connection that writes and checkpoints. `synchronous` is FULL for what must survive, else NORMAL.

    The caller serialises its use. Raises `sqlite3.Error` where the file is not a database.
    """
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA mmap_size = 0")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(file: Path) -> sqlite3.Connection:
    """A connection that cannot write, nor delete the WAL when it closes last."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return connection


def migrate(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """Brings the tables up to this release, one transaction a step."""
    migrations.apply(Database(connection, use_counts_table=False))


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file itself is no longer whole."""
    return _primary_code(error) in _DAMAGED


def lacks_tables(error: sqlite3.Error) -> bool:
    """Whether a statement did not fit the file: a table or column that must be there is not."""
    return _code(error) == sqlite3.SQLITE_ERROR


@contextmanager
def ledger_errors(file: Path) -> Iterator[None]:
    """Turns SQLite's failures into `DiskFull`, `LedgerDamaged`, `LedgerFailed`, or `LedgerUnavailable` for a while."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        code = _primary_code(error)
        if code == sqlite3.SQLITE_FULL or _code(error) == _NO_ROOM_FOR_SHM:
            raise DiskFull(
                f"no room left on the disk of {file.parent}",
                hint="Free some space: nothing was stored, the sale can be sent again",
            ) from error
        if code in _DAMAGED:
            raise LedgerDamaged(f"{file} is damaged ({error})", hint=LEDGER_HINT) from error
        if code in _BUSY:
            raise LedgerUnavailable(
                f"another program holds {file} ({error})", hint="Nothing was stored; close it and send it again"
            ) from error
        raise LedgerFailed(
            f"{file} could not be written or read ({error})",
            hint=FAILED_HINT,
        ) from error


def commit_failure(error: sqlite3.Error) -> sqlite3.Error | LedgerUnsure:
    """What a failed COMMIT is: after a failed write nobody knows whether it holds; anything else stored nothing."""
    if _primary_code(error) not in {sqlite3.SQLITE_FULL, *_DAMAGED, *_BUSY}:
        return LedgerUnsure(f"the ledger could not be written ({error})", hint=UNSURE_HINT)
    return error


def _primary_code(error: sqlite3.Error) -> int:
    return _code(error) & _PRIMARY


def _code(error: sqlite3.Error) -> int:
    # An error that Python itself raises has no code.
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code


def quick_check(connection: sqlite3.Connection) -> str:
    """`"ok"`, or SQLite's first complaint about the file. Raises `sqlite3.Error` where it cannot even look."""
    try:
        row = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        if is_damage(error):
            return str(error)
        raise
    return str(row[0])
