"""The demo's point of sale: what an integrator writes against the register's local API."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from cli.demo.errors import DemoFailed
from cli.demo.receipts import SourceLine, SourceReceipt
from cli.demo.returns import MatchedReturn, line_id
from loyalty.money import Currency, price_text
from loyalty.quantity import quantity_text

POUNDS = Currency.of("GBP")
WALLET = "bonus"
DELIVERY_SKUS = frozenset({"POST", "DOT", "C2"})
"""Postage and carriage in the real receipts."""

ANSWER_S = 10.0
EVENTS_PASSED_MAX = 2_000
"""So many other events may come before the one that is waited for."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register said. `data` are the very bytes; `replayed` that it had said so before."""

    status: int
    data: bytes
    body: Document
    replayed: bool

    @property
    def refusal(self) -> str | None:
        """The stable code of a problem document, None where the answer is none."""
        return None if self.status < httpx.codes.BAD_REQUEST else str(self.body.get("code", self.status))


class Pos:
    """One client of the register's API. Raises `DemoFailed` where the register does not answer."""

    def __init__(self, address: str, token: str) -> None:
        """`address` is the API's, such as http://127.0.0.1:8787."""
        self._http = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
            timeout=ANSWER_S,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def quote(self, basket: Document) -> Answer:
        """What a basket costs and earns."""
        return self._say("POST", "/v1/quotes", basket)

    def confirm(self, key: str, body: Document) -> Answer:
        """Makes a basket a sale."""
        return self._say("PUT", f"/v1/receipts/{key}", body)

    def refund(self, key: str, body: Document) -> Answer:
        """Takes goods of a receipt back."""
        return self._say("PUT", f"/v1/refunds/{key}", body)

    def device_states(self) -> dict[str, str]:
        """State by device."""
        devices = self._say("GET", "/v1/devices").body["devices"]
        return {device["name"]: device["state"] for device in devices}

    def events(self) -> "Events":
        """What happens on the register from now on."""
        return Events(self._http.stream("GET", "/v1/events"))

    def _say(self, method: str, path: str, body: Document | None = None) -> Answer:
        try:
            said = self._http.request(method, path, json=body)
            answer = said.json()
        except (httpx.HTTPError, ValueError) as error:
            why = str(error) or type(error).__name__
            raise DemoFailed(f"the register did not answer {method} {path} as it must: {why}") from error
        return Answer(said.status_code, said.content, answer, "Kopilka-Replayed" in said.headers)


class Events:
    """Server-sent events, read as they come. A context manager."""

    def __init__(self, stream: AbstractContextManager[httpx.Response]) -> None:
        self._stream = stream
        self._lines: Iterator[str] = iter(())

    def __enter__(self) -> Self:
        self._lines = self._stream.__enter__().iter_lines()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.__exit__(kind, error, trace)

    def next(self, *names: str) -> tuple[str, Document]:
        """The next event of one of those names. Raises `DemoFailed` if none comes in time."""
        wanted = " or ".join(names)
        try:
            for _ in range(EVENTS_PASSED_MAX):
                name, data = self._event()
                if name in names:
                    return name, data
        except httpx.HTTPError as error:
            raise DemoFailed(f"the register told of no {wanted} within {ANSWER_S:.0f} s") from error
        except StopIteration as error:
            raise DemoFailed(f"the register stopped telling its events before {wanted} came") from error
        raise DemoFailed(f"the register told of {EVENTS_PASSED_MAX} other events, but of no {wanted}")

    def _event(self) -> tuple[str, Document]:
        name = ""
        while True:
            field, _, value = next(self._lines).partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                return name, json.loads(value)


def basket(sale: SourceReceipt, *, scan: str | None, redeem: bool) -> Document:
    """A receipt's basket for the API. `scan` is the handle of the card just scanned; the POS never sees its number."""
    return {
        "receipt_key": sale.number,
        **({"card": {"scan": scan}} if scan is not None else {}),
        **({"redeem": {WALLET: "max"}} if redeem else {}),
        "attributes": {"original_at": sale.at},
        "tenders": ["cash"],
        "lines": [_line(number, line) for number, line in enumerate(sale.lines, start=1)],
    }


def refund_of(part: MatchedReturn) -> Document:
    """The body of a refund of some goods of one sale."""
    return {
        "original": {"receipt_key": part.original},
        "lines": [{"id": back.line, "quantity": quantity_text(back.quantity)} for back in part.parts],
        "cashier": "demo",
    }


def with_hash(basket: Mapping[str, Any], quote: Document) -> Document:
    """The body that confirms the quote which the customer saw."""
    return {**basket, "quote_hash": quote["hash"]}


def _line(number: int, line: SourceLine) -> Document:
    return {
        "id": line_id(number),
        "sku": line.sku,
        "name": line.name,
        "kind": "delivery" if line.sku in DELIVERY_SKUS else "goods",
        "quantity": quantity_text(line.quantity),
        "price": price_text(line.price, POUNDS),
    }
