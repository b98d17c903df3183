"""What the OpenAPI document promises of answers: their shapes, and which problems an address may answer with.

The answers themselves are made in `agent.checkout.answers` and `agent.api.documents`; a test holds both together.
"""

from typing import Any

import msgspec
from litestar.openapi import ResponseSpec

from agent.api.problems import MEDIA_TYPE


class ProblemPart(msgspec.Struct):
    """One thing wrong in a body: a JSON path, a stable code, English words."""

    path: str
    code: str
    message: str


class ProblemDocument(msgspec.Struct):
    """RFC 9457. `code` is stable; `detail` is in the language of Accept-Language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    path: str | None = None
    cause: str | None = None
    problems: list[ProblemPart] = []


class EntryPlace(msgspec.Struct):
    """Where an answer stands in the register's ledger."""

    register: str
    epoch: int
    seq: int
    hash: str


class CardAnswer(msgspec.Struct):
    """A card's verdict (`known`, `unknown`, `blocked`, `unavailable`) and masked number."""

    verdict: str
    masked: str


class SlipId(msgspec.Struct):
    """A slip in the spool."""

    id: str


class SaleAnswer(msgspec.Struct):
    """A stored sale. `quote` is the quote's document with an empty trace."""

    receipt_key: str
    entry: EntryPlace
    quote: dict[str, Any]
    card: CardAnswer | None
    balances: dict[str, str]
    slip: SlipId | None
    warnings: list[str]


class ReceiptName(msgspec.Struct):
    """A receipt by its key."""

    receipt_key: str


class ReturnedMoney(msgspec.Struct):
    """What one line's return pays."""

    id: str
    money: str


class Reversed(msgspec.Struct, kw_only=True):
    """A stored refund or void."""

    original: ReceiptName
    entry: EntryPlace
    money: str
    lines: list[ReturnedMoney]
    points_back: dict[str, str]
    points_taken: dict[str, str]
    debt: dict[str, str]
    balances: dict[str, str]
    slip: SlipId | None
    warnings: list[str]


class RefundAnswer(Reversed, kw_only=True):
    """A stored refund under its own key."""

    refund_key: str


class VoidAnswer(Reversed, kw_only=True):
    """A stored void under the receipt's key."""

    void_key: str


_PROBLEMS = {
    400: "The request cannot be read, or its Host is not this register's",
    401: "The token is missing or not known",
    403: "Not from this origin, or not with this client's role",
    404: "There is nothing under this name",
    409: "Refused as things stand; nothing was stored. `code` says why",
    413: "The body is too large",
    422: "Problems in the body, each with its path",
    429: "Too many requests in a second",
    503: "The ledger, the reference or the programme is not there",
    507: "The disk is full; nothing was stored",
}

EVERYWHERE = (400, 401, 403, 413, 429)


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The problem documents that an address may answer with, besides those of every address under /v1."""
    return {
        status: ResponseSpec(
            ProblemDocument, generate_examples=False, description=_PROBLEMS[status], media_type=MEDIA_TYPE
        )
        for status in (*EVERYWHERE, *statuses)
    }


def stored_as(answer: type[msgspec.Struct]) -> dict[int, ResponseSpec]:
    """What a request under a key answers: stored, stored before (the same bytes), or a problem."""
    return {
        201: ResponseSpec(answer, generate_examples=False, description="Stored and durable"),
        200: ResponseSpec(answer, generate_examples=False, description="It came before: the same bytes"),
        **problems(409, 422, 503, 507),
    }
