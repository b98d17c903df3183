"""Imported files, kept sealed beside ref.db so that it can be rebuilt. They hold card numbers and names."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import zstandard

from agent.keyring import Keyring

FILE_BYTES_MAX = 268_435_456
Kind = Literal["programme", "members", "cards", "catalogue"]
UNREADABLE = ".unreadable"
_NAME = re.compile(r"([0-9]{5,})-(members|cards|catalogue|programme)-([0-9a-f]{64})\.sealed")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A kept import: its place in the order, its kind, the SHA-256 of its contents."""

    number: int
    kind: Kind
    sha256: str
    path: Path


class Archive:
    """The folder of kept imports."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._keyring = keyring

    def keep(self, kind: Kind, digest: str, data: bytes) -> None:
        """Keeps a file durably. The newest programme replaces older ones; an equal file moves to the end."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = self.files()
        number = before[-1].number + 1 if before else 1
        path = self._folder / f"{number:05}-{kind}-{digest}.sealed"
        sealed = self._keyring.seal(zstandard.compress(data), about=f"import {digest}")
        partial = path.with_suffix(".partial")
        with partial.open("wb") as stream:
            stream.write(sealed)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(0o600)
        partial.replace(path)
        for kept in before:
            if kept.kind == kind and (kept.sha256 == digest or kind == "programme"):
                kept.path.unlink()

    def files(self) -> list[KeptFile]:
        """What is kept, in the order of import."""
        if not self._folder.is_dir():
            return []
        matches = ((path, _NAME.fullmatch(path.name)) for path in self._folder.iterdir())
        return sorted(
            (KeptFile(int(match[1]), cast("Kind", match[2]), match[3], path) for path, match in matches if match),
            key=lambda kept: kept.number,
        )

    def put_aside(self, kept: KeptFile) -> None:
        """Takes a file that cannot be read any more out of the order, for a person to look at."""
        kept.path.rename(kept.path.with_name(kept.path.name + UNREADABLE))

    def read(self, kept: KeptFile) -> bytes:
        """The file as it was imported. Raises `KeyringError`, `OSError`."""
        packed = self._keyring.unseal(kept.path.read_bytes(), about=f"import {kept.sha256}")
        return zstandard.decompress(packed, max_output_size=FILE_BYTES_MAX)
