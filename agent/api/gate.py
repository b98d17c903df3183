"""Who may call: a bearer token per client, from this machine's own pages only.

A page on the internet can make a browser on the register call loopback addresses, under any host name it likes
(DNS rebinding): so the Host must be loopback's, an Origin must be ours or configured, and the token is asked always.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from agent.api.problems import ApiProblem
from agent.keyring import token_hash

Role = Literal["pos", "screen", "cli"]
BEARER = "Bearer "
TOKEN_MAX = 256
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may call. `generation` rises when it may use receipt keys again."""

    name: str
    role: Role
    generation: int = 1


class Gate:
    """Knows the clients by the hashes of their tokens. A Litestar guard, through `check`."""

    def __init__(self, clients: Mapping[str, Client], *, allowed_origins: Iterable[str]) -> None:
        """`clients` maps SHA-256 hex of a token to its client."""
        self._clients = dict(clients)
        self._allowed_origins = frozenset(allowed_origins)

    # Litestar would run plain functions as guards on a thread of its pool, each for every request.
    async def check_origin(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Refuses foreign hosts and origins, on every route, pages included."""
        host = connection.headers.get("host", "")
        if _without_port(host) not in LOOPBACK_HOSTS:
            raise ApiProblem(400, "host_refused", host=host[:64])
        origin = connection.headers.get("origin")
        if origin is not None and origin != f"http://{host}" and origin not in self._allowed_origins:
            raise ApiProblem(403, "origin_refused", origin=origin[:64])

    async def check_token(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Puts the calling `Client` into the connection's state, or refuses."""
        header = connection.headers.get("authorization", "")
        token = header.removeprefix(BEARER) if header.startswith(BEARER) else ""
        # Looking up a hash leaks nothing of the token by its timing.
        client = self._clients.get(token_hash(token)) if 0 < len(token) <= TOKEN_MAX else None
        if client is None:
            raise ApiProblem(401, "token_unknown", headers={"WWW-Authenticate": 'Bearer realm="kopilka"'})
        connection.scope["state"]["client"] = client


def client_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Client:
    """The client that `Gate.check_token` let in."""
    client = connection.scope["state"]["client"]
    if not isinstance(client, Client):
        raise ApiProblem(401, "token_unknown")
    return client


async def cli_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard for what only store IT may do."""
    if client_of(connection).role != "cli":
        raise ApiProblem(403, "role_refused")


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0].lower()
