"""Calls to the daemon, and its status in words."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.instance import Running
from cli.api_client import api_of
from cli.commands.status import rows, short
from cli.errors import CliError, Declined, NotRunning
from cli.output import clock, table

# Calls to the daemon


HOLDER = Running(4711, "2026-11-22T08:02:11+00:00", "127.0.0.1", 8787)


def ask(tmp_path: Path, answer: Callable[[httpx.Request], httpx.Response]) -> dict[str, Any]:
    token = tmp_path / "cli.token"
    token.write_text("secret", encoding="ascii")
    with api_of(HOLDER, token, httpx.MockTransport(answer)) as api:
        return api.status()


def test_a_call_carries_the_token_and_a_deadline(tmp_path: Path) -> None:
    """A daemon that hangs must not hang the command as well."""
    seen = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen.update(token=request.headers["authorization"], **request.extensions["timeout"])
        return httpx.Response(200, json={"well": True})

    assert ask(tmp_path, answer) == {"well": True}
    assert seen["token"] == "Bearer secret"
    assert 0 < seen["connect"] < seen["read"] < 60


def test_a_daemon_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """A hanging daemon and a stopped one need different hands."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("timed out", request=request)

    with pytest.raises(NotRunning, match=r"does not answer at http://127\.0\.0\.1:8787"):
        ask(tmp_path, answer)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (
            httpx.Response(503, json={"code": "ledger_damaged", "detail": "No sales.", "cause": "it is damaged"}),
            "it is",
        ),
        (httpx.Response(401, json={"code": "token_unknown", "detail": "Who is that?"}), "Who is that?. Nothing"),
        (httpx.Response(502, text="<html>"), "answered 502"),
        (httpx.Response(500, json=["odd"]), "answered 500"),
    ],
)
def test_a_refusal_becomes_words(tmp_path: Path, response: httpx.Response, said: str) -> None:
    """A bare number would leave store IT guessing."""
    with pytest.raises(Declined) as refused:
        ask(tmp_path, lambda _: response)

    assert said in str(refused.value)


def test_a_lost_token_file_says_what_to_do(tmp_path: Path) -> None:
    """Somebody deleted a file; the answer is one restart, not a search."""
    with pytest.raises(CliError) as error, api_of(HOLDER, tmp_path / "cli.token"):
        pass

    assert "restart kopilka" in str(error.value)


# Words


def status_document(**changes: Any) -> dict[str, Any]:
    return {
        "register": {"id": "R2", "store": "S7", "epoch": 3, "shop": "Лавка"},
        "ready_since": "2026-11-22T05:02:00Z",
        "programme": {"id": "shop", "version": 4},
        "ledger": {"state": "ok", "entries": 18204, "detail": ""},
        "reference": {"state": "ok", "members": 4312, "cards": 1, "products": 0, "as_of": None},
        "clock": {"state": "ok"},
        "spool": {"queued": 0, "unconfirmed": 0},
        "devices": [
            {
                "name": "left",
                "kind": "scanner",
                "port": "/dev/serial/by-id/usb-Honeywell_1450g_22222B0D4B-if00",
                "state": "ready",
                "detail": "",
                "counters": {"ok": 312, "parity_suspect": 2, "failures": 1, "duplicate": 5},
            }
        ],
        **changes,
    }


def test_a_status_reads_at_a_glance(capsys: pytest.CaptureFixture[str]) -> None:
    """Store IT reads this on the telephone, to somebody who has never seen it."""
    table(rows(status_document()))

    lines = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert lines[0].startswith("register   R2 of store S7, epoch 3")
    assert lines[1].endswith("ready, 312 scans, 2 rejected (parity)")
    assert "18 204 entries" in lines[4]
    assert "4 312 members, 1 card, 0 products" in lines[3]
    assert len({line.index("ready") for line in lines[:2]}) == 1


def test_what_is_wrong_shows_in_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    """A status that looks well while sales are refused is worse than none."""
    table(
        rows(
            status_document(
                programme=None,
                ready_since=None,
                ledger={"state": "damaged", "entries": 0, "detail": "…"},
                reference={"state": "rebuilding", "members": 0, "cards": 0, "products": 0, "as_of": None},
                clock={"state": "behind"},
                spool={"queued": 3, "unconfirmed": 1},
            )
        )
    )

    said = capsys.readouterr().out
    for words in ("starting", "kopilka import programme", "refused", "rebuilding", "behind", "3 waiting", "1 may have"):
        assert words in said


def test_a_long_port_keeps_both_ends() -> None:
    """Two scanners of one make differ only at the end of their names."""
    shown = short("/dev/serial/by-id/usb-Honeywell_1450g_22222B0D4B-if00")

    assert shown.startswith("/dev/serial/by-id")
    assert shown.endswith("4B-if00")
    assert len(shown) == 28
    assert short("192.168.7.20:9100") == "192.168.7.20:9100"


def test_a_time_of_another_day_says_its_day() -> None:
    """`ready since 08:02` would hide that the register has hung for a week."""
    assert clock("2020-01-31T08:02:00Z").startswith("2020-01-31 ")
    assert len(clock(datetime.now(UTC))) == len("08:02")
