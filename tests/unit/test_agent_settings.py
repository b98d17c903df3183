"""The configuration file: validated whole, every problem at once."""

from pathlib import Path

import pytest

from agent.errors import BadSettings
from agent.settings import read_settings

GOOD = """
data = "data"
[register]
id = "R2"
store = "S7"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "register.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    """Store IT sets up hundreds of registers: what has a good default need not be written."""
    settings = read_settings(write(tmp_path, GOOD))
    assert settings.data == tmp_path / "data"
    assert settings.api.port == 8787
    assert settings.privacy.keep_names is False


def test_every_problem_is_named_with_its_place(tmp_path: Path) -> None:
    """Finding mistakes one restart at a time costs store IT a morning."""
    text = GOOD + '[api]\nport = 70000\nhost = "0.0.0.0"\n[[cards]]\nlenght = 13\n'
    text += '[[scanners]]\nname = "left"\nport = ""\n'
    with pytest.raises(BadSettings) as refused:
        read_settings(write(tmp_path, text))
    assert {path for path, _ in refused.value.problems} == {
        "api.port",
        "api.host",
        "cards.0.length",
        "cards.0.lenght",
        "scanners.0.port",
    }


def test_the_api_listens_on_loopback_only(tmp_path: Path) -> None:
    """One typing mistake must not open a till to the shop's Wi-Fi."""
    with pytest.raises(BadSettings):
        read_settings(write(tmp_path, GOOD + '[api]\nhost = "192.168.7.2"\n'))


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container sets a port without editing the file."""
    monkeypatch.setenv("KOPILKA_API__PORT", "9999")
    assert read_settings(write(tmp_path, GOOD)).api.port == 9999


@pytest.mark.parametrize("text", ["data = ", "\x00", 'data = "d"\n[register]\nid = "R 2"\nstore = "S7"\n'])
def test_a_broken_file_is_an_error_and_not_a_traceback(tmp_path: Path, text: str) -> None:
    """A file cut off by a full disk must be said in words."""
    with pytest.raises(BadSettings):
        read_settings(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Nobody should have to guess which file was looked for."""
    with pytest.raises(BadSettings, match=r"nowhere\.toml"):
        read_settings(tmp_path / "nowhere.toml")


def test_two_scanners_of_one_name_are_refused(tmp_path: Path) -> None:
    """`counter-left` twice in the status helps nobody who stands before two counters."""
    scanner = '[[scanners]]\nname = "left"\nport = "/dev/ttyACM0"\n'
    with pytest.raises(BadSettings, match="same name"):
        read_settings(write(tmp_path, GOOD + scanner + scanner))


def test_a_printer_on_the_network_needs_its_scheme(tmp_path: Path) -> None:
    """An address taken for a serial port is a printer that stays absent, and nobody sees why."""
    with pytest.raises(BadSettings, match=r"write tcp://192\.168\.7\.20:9100"):
        read_settings(write(tmp_path, GOOD + '[printer]\nport = "192.168.7.20:9100"\n'))
    assert read_settings(write(tmp_path, GOOD + '[printer]\nport = "tcp://192.168.7.20:9100"\n')).printer is not None
    assert read_settings(write(tmp_path, GOOD + '[printer]\nport = "/dev/ttyUSB0"\n')).printer is not None
