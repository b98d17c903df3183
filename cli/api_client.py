"""Calls to the running daemon, over loopback with the command line's own token."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from agent.instance import Running
from cli.errors import Declined, NotRunning

CONNECT_S = 2.0
ANSWER_S = 10.0
IMPORT_S = 3_600.0
"""A million members with opening balances take minutes on a small register."""
PROBLEMS_SHOWN_MAX = 200

LOOK = "See why with: journalctl -u kopilka, then systemctl restart kopilka"

Document = dict[str, Any]


class Api:
    """The daemon's local API as the command line may use it. Methods raise `NotRunning` and `Declined`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def status(self) -> Document:
        """How the register is."""
        return self._answer("GET", "/v1/status", None, ANSWER_S)

    def bring(self, *, kind: str, file: str, name: str) -> Document:
        """Imports `file`, which waits in the incoming folder; `name` is what it is called in reports."""
        return self._answer("POST", "/v1/imports", {"kind": kind, "file": file, "name": name}, IMPORT_S)

    def _answer(self, method: str, path: str, body: Document | None, wait_s: float) -> Document:
        try:
            response = self._client.request(method, path, json=body, timeout=httpx.Timeout(wait_s, connect=CONNECT_S))
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise NotRunning(f"the daemon does not answer at {self._client.base_url} ({why})", LOOK) from error
        if response.is_success:
            answer: Document = response.json()
            return answer
        raise _declined(response)


@contextmanager
def api_of(holder: Running, token_file: Path, transport: httpx.BaseTransport | None = None) -> Iterator[Api]:
    """The API of the process that holds the register. Raises `NotRunning` while it has none yet."""
    if not holder.port:
        raise NotRunning(
            f"pid {holder.pid} holds the register and does not answer yet: it is starting, or importing",
            "Try again in a moment",
        )
    try:
        token = token_file.read_text(encoding="ascii")
    except OSError as error:
        raise NotRunning(f"{token_file}: {error.strerror}", LOOK) from error
    host = f"[{holder.host}]" if ":" in holder.host else holder.host
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    # Proxies from the environment must not see loopback calls.
    with httpx.Client(
        base_url=f"http://{host}:{holder.port}", headers=headers, trust_env=False, transport=transport
    ) as client:
        yield Api(client)


def _declined(response: httpx.Response) -> Declined:
    """A problem document (RFC 9457) in words."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    what = problem.get("cause") or problem.get("detail") or f"the daemon answered {response.status_code}"
    details = tuple(f"{part['path'] or '(document)'}: {part['message']}" for part in problem.get("problems", ()))
    return Declined(
        str(what).rstrip("."),
        f"Nothing was changed (code {problem.get('code', response.status_code)})",
        details[:PROBLEMS_SHOWN_MAX],
    )
