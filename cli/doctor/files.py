"""The data folder: who may read it, its keys, and room on the disk."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from agent.keyring import KEY_BYTES
from cli.configuration import account_name
from cli.doctor.findings import Finding, fail, ok, warn
from cli.folder import Folder
from cli.output import number

OTHERS = stat.S_IRWXG | stat.S_IRWXO
FREE_FAIL_BYTES = 100 * 1024**2
FREE_WARN_BYTES = 1024**3
MIB = 1024**2
KEYS = ("card-lookup.key", "record.key")


def check_files(folder: Folder) -> Iterator[Finding]:
    """Permissions, keys, room."""
    if not folder.data.is_dir():
        yield warn("data folder", f"{folder.data} is not there yet", "It is made when the register first starts")
        return
    yield _folder(folder.data)
    yield _keys(folder)
    yield _room(folder.data)


def _folder(data: Path) -> Finding:
    found = data.stat()
    owner = account_name(found.st_uid)
    if found.st_mode & OTHERS:
        return fail(
            "data folder", f"{data} is open to other accounts ({stat.filemode(found.st_mode)})", f"chmod 700 {data}"
        )
    strange = [path.name for path in sorted(data.iterdir()) if path.lstat().st_uid != found.st_uid]
    if strange:
        return fail(
            "data folder",
            f"{', '.join(strange)} belong to another account than {owner}, who could not open them",
            f"chown -R {owner}: {data}",
        )
    return ok("data folder", f"{data}, for {owner} alone")


def _keys(folder: Folder) -> Finding:
    files = [folder.keys / name for name in KEYS]
    missing = [file.name for file in files if not file.exists()]
    if missing:
        if folder.ledger.exists() or folder.reference.exists():
            return fail(
                "keys",
                f"{', '.join(missing)} missing beside data that were sealed with them",
                f"Restore {folder.keys} from the backup: no other key opens the data",
            )
        return ok("keys", "none yet; they are made when the register first starts")
    for file in files:
        found = file.stat()
        if found.st_mode & OTHERS:
            return fail("keys", f"{file} is open to other accounts", f"chmod 600 {file}")
        if found.st_size != KEY_BYTES:
            return fail("keys", f"{file} has {found.st_size} bytes, not {KEY_BYTES}", "Restore it from the backup")
    return ok("keys", f"{len(files)}, for their owner alone")


def _room(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    found = f"{number(free // MIB)} MiB free"
    read_only = os.statvfs(data).f_flag & os.ST_RDONLY
    if read_only:
        return fail("disk", "is mounted read-only", "Look for its errors (dmesg), check it, mount it again")
    if free < FREE_FAIL_BYTES:
        return fail("disk", found, "Free some space: without it no sale can be stored")
    if free < FREE_WARN_BYTES:
        return warn("disk", found, "Free some space before it runs out")
    return ok("disk", found)
