"""Files that a person names on the command line."""

import os
import sys
from pathlib import Path
from typing import IO

from cli.errors import NoFile

STDIN = "-"


def read_named(file: Path, *, bytes_max: int) -> bytes:
    """The file's bytes, standard input for `-`. Raises `NoFile`, also for more than `bytes_max`."""
    try:
        if str(file) == STDIN:
            data = sys.stdin.buffer.read(bytes_max + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(bytes_max + 1)
    except OSError as error:
        raise NoFile(f"{file}: {error.strerror}", "Check the file's name and that you may read it") from error
    if len(data) > bytes_max:
        raise NoFile(f"{file} is larger than {bytes_max} bytes", "Split it and take the parts one by one")
    return data


def new_private_file(file: Path) -> IO[bytes]:
    """A new file that only its owner may read. Raises `NoFile`, also where there is one of that name."""
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise NoFile(f"{file}: {error.strerror}", "Name a new file in a folder that you may write to") from error


def write_durably(file: Path, data: bytes) -> None:
    """A new private file with those bytes, on the disk when this returns. Raises `NoFile`, `OSError`."""
    with new_private_file(file) as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Makes renames in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
