"""The register's own keys: what a stolen disk must not tell."""

import stat
from pathlib import Path

import pytest

from agent.errors import KeyringError
from agent.keyring import Keyring, open_keyring, token_hash, write_secret


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return open_keyring(tmp_path / "keys", may_create=True)


def test_keys_are_for_the_daemon_alone(tmp_path: Path) -> None:
    """Another user of the machine must not be able to look members up."""
    open_keyring(tmp_path / "keys", may_create=True)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}


def test_the_same_card_is_found_after_a_restart(tmp_path: Path, keyring: Keyring) -> None:
    """Keys that changed with each start would make every customer a stranger."""
    again = open_keyring(tmp_path / "keys", may_create=False)
    assert again.card_lookup("2900001234566") == keyring.card_lookup("2900001234566")
    assert again.unseal(keyring.seal(b"Anna", about="name m-1"), about="name m-1") == b"Anna"


def test_leading_zeros_make_another_card(keyring: Keyring) -> None:
    """Card 0042 is not card 42: points would go to a stranger."""
    assert keyring.card_lookup("0042") != keyring.card_lookup("42")


def test_a_sealed_name_opens_only_for_its_own_member(keyring: Keyring) -> None:
    """Whoever can write to the database must not greet one customer by another's name."""
    with pytest.raises(KeyringError, match="does not open"):
        keyring.unseal(keyring.seal(b"Anna", about="name m-1"), about="name m-2")


def test_missing_keys_beside_data_are_said_and_not_replaced(tmp_path: Path) -> None:
    """New keys made in silence would make every card unknown, and nobody would know why."""
    with pytest.raises(KeyringError, match="Restore the key from the backup"):
        open_keyring(tmp_path / "keys", may_create=False)
    assert not (tmp_path / "keys").exists()


def test_a_cut_off_key_is_refused(tmp_path: Path) -> None:
    """A key half restored must not quietly seal new records with other bytes."""
    open_keyring(tmp_path / "keys", may_create=True)
    (tmp_path / "keys" / "record.key").write_bytes(b"short")
    with pytest.raises(KeyringError, match="5 bytes, not 32"):
        open_keyring(tmp_path / "keys", may_create=True)


def test_a_secret_is_never_written_over_another(tmp_path: Path) -> None:
    """Two processes that start at once must not each make a key of their own."""
    write_secret(tmp_path / "key", b"first")
    with pytest.raises(FileExistsError):
        write_secret(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"


def test_tokens_are_stored_as_hashes() -> None:
    """A configuration file in a repository must not be a key to every register."""
    assert token_hash("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
