"""What the daemon logs: one JSON object a line, and never a card number."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from agent.settings import LogSettings
from cli.logs import configure, mask_event
from cli.masking import CARD_DIGITS_MIN, mask_numbers

CARD = "2900001234566"


@pytest.fixture
def logged() -> Iterator[Callable[..., list[str]]]:
    """Configure logging to a stream, log, give the lines; the process's own logging comes back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def log(act: Callable[[], None], **settings: Any) -> list[str]:
        stream = io.StringIO()
        configure(LogSettings(**settings), stream)
        act()
        return stream.getvalue().splitlines()

    yield log
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_the_journal_gets_one_json_object_a_line(logged) -> None:
    """Store IT could not search the journal for what happened to a sale."""
    (line,) = logged(lambda: structlog.get_logger("test").info("ready", register="R2", name="Касса"))

    event = json.loads(line)
    assert event["event"] == "ready"
    assert event["register"] == "R2"
    assert event["level"] == "info"
    assert event["logger"] == "test"
    assert event["timestamp"].endswith("Z")
    assert "Касса" in line


def test_a_library_speaks_the_same_way(logged) -> None:
    """A warning of the web server would be lost among JSON lines that no tool can read."""
    (line,) = logged(lambda: logging.getLogger("uvicorn.error").warning("port %s", "is odd"))

    assert json.loads(line)["event"] == "port is odd"


def test_a_librarys_everyday_words_stay_out(logged) -> None:
    """A week of routine lines would push the one that matters out of the journal."""
    assert logged(lambda: logging.getLogger("uvicorn.error").info("started")) == []


def test_the_level_is_kept(logged) -> None:
    """A register with a small disk would fill it with what nobody asked for."""
    assert logged(lambda: structlog.get_logger().info("small talk"), level="warning") == []


def test_a_card_number_leaves_no_trace(logged) -> None:
    """A log that is sent to a vendor would carry customers' cards away."""

    def act() -> None:
        log = structlog.get_logger()
        log.info("card 2900001234566", code=CARD, nested={"list": [CARD, {CARD: int(CARD)}]}, raw=CARD.encode())
        logging.getLogger("library").warning("card %s", CARD)
        try:
            int(f"{CARD}x")
        except ValueError:
            log.exception("failed")

    text = "\n".join(logged(act))

    assert "ValueError" in text
    assert "29•••••••4566" in text
    assert CARD not in text


def test_a_terminal_gets_words(logged) -> None:
    """Whoever starts a register by hand would have to read JSON."""
    (line,) = logged(lambda: structlog.get_logger().info("ready", card=CARD), format="text")

    assert "ready" in line
    assert not line.startswith("{")
    assert CARD not in line


@given(st.text(alphabet="0123456789 -abc", max_size=60))
def test_no_run_of_digits_survives(text: str) -> None:
    """One odd place in a text must not let a card number through."""
    run = longest = 0
    for letter in mask_numbers(text):
        run = run + 1 if letter.isdigit() else 0
        longest = max(longest, run)

    assert longest < CARD_DIGITS_MIN


@given(st.integers(min_value=10 ** (CARD_DIGITS_MIN - 1), max_value=10**18))
def test_a_card_as_a_number_is_masked_too(number: int) -> None:
    """A card that went through a spreadsheet is a number, and as secret as before."""
    event = mask_event(None, "info", {"event": "x", "code": number, "small": 42, "on": True})

    assert str(number) not in str(event)
    assert event["small"] == 42
    assert event["on"] is True
