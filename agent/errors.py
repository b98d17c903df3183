"""What can go wrong on a register that the code around it must decide about.

AgentError(code, hint)
├── LedgerUnavailable            money operations are refused; nothing was stored, LedgerUnsure excepted
│   ├── LedgerDamaged            the file is not a whole database, or its chain is broken
│   ├── LedgerFailed             a write or fsync failed: what the page cache says is no longer trusted
│   │   └── LedgerUnsure         it failed in the commit: whether that one is stored shows after a restart
│   └── DiskFull                 no room for the transaction; the next one may find some
├── ForeignLedger                the data folder holds another register's ledger
├── ReferenceUnavailable         ref.db cannot be read just now: cards are not known, sales go on as guests'
│   └── ReferenceDamaged         it is not a whole database any more; it is rebuilt from the last imports
├── NoProgramme                  nothing has been imported yet to price with
├── ImportRefused                a file that cannot be imported at all
├── BadSettings                  the configuration file, every problem with its path
├── AlreadyRunning               another process owns this register's data
├── AddressTaken                 another program listens on the API's port
└── KeyringError                 a key file is missing beside data sealed with it, or unreadable
"""


class AgentError(Exception):
    """The root of the tree above. `code` is stable, `hint` says what to do."""

    code = "agent"

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}"


class LedgerUnavailable(AgentError):
    """Money operations are refused; nothing was stored."""

    code = "ledger_unavailable"


class LedgerDamaged(LedgerUnavailable):
    """The file is not a whole database, or its chain is broken."""

    code = "ledger_damaged"


class LedgerFailed(LedgerUnavailable):
    """A write or fsync failed. Rebello et al., ATC 2020: afterwards the page cache lies; only a restart helps."""

    code = "ledger_failed"


class LedgerUnsure(LedgerFailed):
    """The commit failed. Its bytes may have reached the disk: whether it is stored shows after a restart."""

    code = "ledger_unsure"


class DiskFull(LedgerUnavailable):
    """No room for the transaction."""

    code = "disk_full"


class ForeignLedger(AgentError):
    """The data folder holds another register's ledger."""

    code = "foreign_ledger"


class ReferenceUnavailable(AgentError):
    """ref.db cannot be read just now: another program holds it, or the system refuses."""

    code = "reference_unavailable"


class ReferenceDamaged(ReferenceUnavailable):
    """ref.db cannot be read."""

    code = "reference_damaged"


class NoProgramme(AgentError):
    """There is nothing to price with."""

    code = "no_programme"

    def __init__(self) -> None:
        super().__init__("no programme is here yet", hint="Import one: kopilka import programme FILE")


class ImportRefused(AgentError):
    """A file that cannot be imported at all; nothing was changed."""

    code = "import_refused"


class BadSettings(AgentError):
    """A configuration file with problems; `problems` are (path, message) pairs, all of them."""

    code = "bad_settings"

    def __init__(self, file: str, problems: tuple[tuple[str, str], ...]) -> None:
        listed = "; ".join(f"{path}: {message}" for path, message in problems)
        super().__init__(f"{file}: {listed}", hint="Correct the file and start again; nothing was changed")
        self.problems = problems


class AlreadyRunning(AgentError):
    """Another process owns this register's data."""

    code = "already_running"


class AddressTaken(AgentError):
    """Another program listens on the API's port."""

    code = "address_taken"


class KeyringError(AgentError):
    """A key file is missing or unreadable."""

    code = "keyring"
