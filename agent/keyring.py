"""The register's own keys: one finds cards without storing their numbers, one seals personal data at rest.

They lie beside the databases, not in them, each in a file of mode 0600: a copied database tells nothing.
Source of the construction: HMAC-SHA256 (RFC 2104), AES-256-GCM (NIST SP 800-38D).
"""

import hmac
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.errors import KeyringError

KEY_BYTES = 32
NONCE_BYTES = 12
LOOKUP_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keyring:
    """The two keys, ready to use. Safe to call from any thread."""

    lookup_key: bytes
    record: AESGCM

    def card_lookup(self, code: str) -> bytes:
        """The 16 bytes under which a card is found; nothing leads back to its number without the key."""
        return hmac.digest(self.lookup_key, code.encode(), "sha256")[:LOOKUP_BYTES]

    def seal(self, plain: bytes, *, about: str) -> bytes:
        """Encrypts; `about` (a member id, a file's name) is bound in, so that records cannot be swapped."""
        nonce = token_bytes(NONCE_BYTES)
        return nonce + self.record.encrypt(nonce, plain, about.encode())

    def unseal(self, sealed: bytes, *, about: str) -> bytes:
        """The inverse of `seal`. Raises `KeyringError` for other keys, another `about`, or changed bytes."""
        try:
            return self.record.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyringError(
                f"a sealed record about {about!r} does not open",
                hint="Its key file was replaced or the record was changed; restore keys/ from the backup",
            ) from error


def open_keyring(folder: Path, *, may_create: bool) -> Keyring:
    """The keys in `folder`, made on a register's first start.

    Raises `KeyringError` when they are missing beside existing data (`may_create` False) or unreadable.
    """
    return Keyring(
        lookup_key=_key(folder / "card-lookup.key", may_create=may_create),
        record=AESGCM(_key(folder / "record.key", may_create=may_create)),
    )


def token_hash(token: str) -> str:
    """What is stored of a bearer token."""
    return sha256(token.encode()).hexdigest()


def write_secret(file: Path, secret: bytes) -> None:
    """Writes a new file of mode 0600 durably, whole or not at all; never over an existing one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secret)
        stream.flush()
        os.fsync(stream.fileno())
    # A link, since a rename would replace what another process has put there.
    file.hardlink_to(partial)
    partial.unlink()


def _key(file: Path, *, may_create: bool) -> bytes:
    try:
        if not file.exists() and may_create:
            write_secret(file, token_bytes(KEY_BYTES))
        key = file.read_bytes()
    except OSError as error:
        raise KeyringError(
            f"{file}: {error.strerror}", hint="Restore the key from the backup: what it sealed opens with no other"
        ) from error
    if len(key) != KEY_BYTES:
        raise KeyringError(f"{file} has {len(key)} bytes, not {KEY_BYTES}", hint="Restore the key from the backup")
    return key
