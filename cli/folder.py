"""Where a register keeps what."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a register keeps what."""

    data: Path

    @property
    def ledger(self) -> Path:
        return self.data / "ledger.db"

    @property
    def reference(self) -> Path:
        return self.data / "ref.db"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def imports(self) -> Path:
        return self.data / "imports"

    @property
    def incoming(self) -> Path:
        return self.data / "incoming"

    @property
    def cli_token(self) -> Path:
        return self.data / "cli.token"
