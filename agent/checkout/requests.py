"""Requests that move money: who asks, under which key, with which body; and the answers they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from agent.stores.keys import PosKey, Seen, SeenDifferently
from agent.stores.writer import LedgerWriter
from loyalty.canonical import canonical


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """One request under one key. `body` is decoded JSON."""

    key: PosKey
    body: Mapping[str, Any]

    def body_hash(self) -> bytes:
        """The body in canonical form, hashed: another order of fields is the same request.

        Raises `NotCanonical` for a body with a float, a huge integer or a non-ASCII key.
        """
        return sha256(canonical(dict(self.body))).digest()


@dataclass(frozen=True, slots=True)
class Replayed:
    """The same request came before: its stored answer, or None and the summary once answers were archived."""

    answer: bytes | None
    summary: str


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used before, for another body: nothing was stored. `seq` is the entry it belongs to."""

    key: str
    seq: int


@dataclass(frozen=True, slots=True)
class Done:
    """Stored, durable. `answer` is JSON, kept for retries."""

    answer: bytes
    seq: int


def earlier(writer: LedgerWriter, request: MoneyRequest, body_hash: bytes) -> Replayed | KeyReused | None:
    """What became of the request's key before, None if it is new."""
    match writer.seen(request.key, body_hash):
        case Seen(answer=answer, summary=summary):
            return Replayed(answer, summary)
        case SeenDifferently(seq=seq):
            return KeyReused(request.key.key, seq)
        case None:
            return None
