"""POS keys: who asked for what under which key, and what is remembered of it for ever. See docs/adr/0005."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class PosKey:
    """Who asked for what under which key. The same key never does anything twice, for ever."""

    client: str
    generation: int
    key: str
    operation: str

    def id(self) -> bytes:
        """What is stored of it."""
        return sha256(f"{self.client}\0{self.generation}\0{self.key}\0{self.operation}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Seen:
    """The same request came before. `answer` is what it was told; None once that was archived."""

    epoch: int
    seq: int
    summary: str
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class SeenDifferently:
    """The key was used before, for another body."""

    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What a key did, in the form in which it is remembered: its id, the body's hash, a summary, a packed answer."""

    key_id: bytes
    body_hash: bytes
    summary: str
    packed_answer: bytes | None
