"""A peer that speaks the register's local API with canned data, for testing the cashier's page alone.

It prices simply (3 % off with a card, 5 points per 100, redemption up to 30 %) and remembers what it was asked.
"""

import hashlib
import json
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agent.screen import CONTENT_SECURITY_POLICY, static_folder

TOKEN = "screen-token-for-tests"
KOPECK = Decimal("0.01")
MINIMUM_POINTS = 10
WAIT_S_MAX = 5.0
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
SLIP = """         ЛАВКА «У РЕКИ»
        ул. Речная, 5, Тверь
--------------------------------
22.11.2026 19:04    Касса S7-R2
Карта         29•••••••4566

Покупка               1 234,50
evening-3               -37,04
Оплата баллами         -359,00
ИТОГО                   838,46

Начислено            41 балл
Баланс               94 балла
  из них до 31.12.2026: 53
--------------------------------
      Спасибо за покупку!
"""
ANNA = {
    "card": {"masked": "29•••••••4566", "input": "scan", "verdict": "known"},
    "member": {"id": "m-17850", "name": "Анна Петровна", "tier": "gold"},
    "wallets": [
        {
            "id": "bonus",
            "balance": "412",
            "spendable": "400",
            "pending": "12",
            "debt": "0",
            "expiring": [{"points": "87", "on": "2026-12-31"}, {"points": "40", "on": "2027-01-15"}],
        }
    ],
    "tier": {"now": "gold", "next": "platinum", "missing": "18230.00"},
}


def stranger(verdict: str) -> dict[str, Any]:
    """What the register says of a card that is nobody's, blocked, or cannot be looked up."""
    card = {"masked": "29•••••••0001", "input": "scan", "verdict": verdict}
    return {"card": card, "member": None, "wallets": [], "tier": None}


def device(name: str, kind: str, state: str, detail: str = "") -> dict[str, Any]:
    """A device as `/v1/status` and the `device` event show it."""
    port = "/dev/serial/by-id/usb-scanner" if kind == "scanner" else "192.0.2.20:9100"
    return {"name": name, "kind": kind, "port": port, "state": state, "detail": detail, "counters": {"ok": 312}}


def status() -> dict[str, Any]:
    """A register that is well and alone."""
    return {
        "register": {"id": "R2", "store": "S7", "epoch": 1, "shop": "Лавка «У реки»"},
        "version": "0.1.0",
        "ready_since": "2026-11-22T05:02:00Z",
        "programme": {
            "id": "first-shop",
            "version": 1,
            "currency": "RUB",
            "decimals": 2,
            "wallets": [{"id": "bonus", "exponent": 0}],
        },
        "ledger": {"state": "ok", "entries": 18204, "detail": ""},
        "reference": {"state": "ok", "members": 4312, "as_of": "2026-11-22T04:00:00Z"},
        "line": {"state": "alone"},
        "clock": {"state": "ok", "rule_time": "2026-11-22T16:04:00Z"},
        "spool": {"queued": 0, "unconfirmed": 0},
        "devices": [device("counter-left", "scanner", "ready"), device("slip-printer", "printer", "ready")],
    }


def price(basket: dict[str, Any], scans: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A quote for a basket of one line."""
    line = basket["lines"][0]
    shelf = Decimal(line["price"]).quantize(KOPECK)
    shown = scans.get(basket["card"]["scan"]) if "card" in basket else None
    known = shown is not None and shown["card"]["verdict"] == "known"
    discount = (shelf * 3 / 100).quantize(KOPECK, ROUND_HALF_UP) if known else Decimal(0)
    effects = [{"promotion": "evening-3", "discount": str(discount)}] if discount else []
    asked = basket["redeem"].get("bonus", "0")
    redemption, spent = {}, Decimal(0)
    if known and shown is not None:
        cap = int((shelf - discount) * 30 / 100)
        bounds = {"balance": int(shown["wallets"][0]["spendable"]), "cap": cap}
        if asked != "max":
            bounds["asked"] = int(asked)
        decided_by = min(bounds, key=lambda name: bounds[name])
        allowed = bounds[decided_by]
        bounds.pop("asked", None)
        if 0 < allowed < MINIMUM_POINTS:
            allowed, decided_by = 0, "minimum"
        spent = Decimal(allowed).quantize(KOPECK)
        redemption["bonus"] = {
            "asked": asked,
            "allowed": str(allowed),
            "bounds": {name: str(points) for name, points in bounds.items()},
            "decided_by": decided_by,
            "step": "1",
            "lots": [],
        }
    to_pay = shelf - discount - spent
    earned = int((to_pay * 5 / 100).to_integral_value(ROUND_DOWN)) if known else 0
    quote: dict[str, Any] = {
        "programme": {"id": "first-shop", "version": 1},
        "valid_until": "2026-11-22T16:15:00Z",
        "totals": {
            "shelf": str(shelf),
            "discount": str(discount.quantize(KOPECK)),
            "points_spent": str(spent.quantize(KOPECK)),
            "to_pay": str(to_pay),
        },
        "lines": [
            {
                "id": line["id"],
                "shelf": str(shelf),
                "effects": effects,
                "points_spent": str(spent),
                "total": str(to_pay),
            }
        ],
        "redemption": redemption,
        "accrual": {"bonus": {"points": str(earned), "active_from": "2026-01-01"}} if known else {},
        "hints": [{"promotion": "big-basket", "missing": "765.50", "gain": "8 %"}] if shelf < 2000 else [],
        "card": shown and {"verdict": shown["card"]["verdict"], "masked": shown["card"]["masked"]},
    }
    quote["hash"] = "sha256:" + hashlib.sha256(json.dumps(quote, sort_keys=True).encode()).hexdigest()
    return quote


@dataclass
class Answer:
    """What the peer says to the next call that fits: a problem, or half an answer, with the work done or not."""

    method: str
    prefix: str
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    do_it_first: bool = False


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    body: dict[str, Any]
    language: str


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that hangs up on a call that no longer matters is what pages do."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class RegisterPeer:
    """The peer: its state, what it was asked, and switches for what goes wrong."""

    def __init__(self) -> None:
        self._listeners: list[queue.Queue[bytes | None]] = []
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.begin()

    def begin(self) -> None:
        """Forgets everything: a new register."""
        self.status = status()
        self.scans: dict[str, dict[str, Any]] = {}
        self.cards = {"2900001234566": ANNA}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.voided: set[str] = set()
        self.refunds: dict[str, dict[str, Any]] = {}
        self.slips: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self.answers: list[Answer] = []
        self.down = False
        self.quote_gates: list[threading.Event] = []
        self.confirm_gate = threading.Event()
        self.confirm_gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["RegisterPeer"]:
        self._thread.start()
        try:
            yield self
        finally:
            self.cut_events()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def event(self, name: str, data: dict[str, Any]) -> None:
        """Sends one live event to every page that listens."""
        self.raw_event(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())

    def raw_event(self, data: bytes) -> None:
        for listener in list(self._listeners):
            listener.put(data)

    def listening(self) -> bool:
        return bool(self._listeners)

    def cut_events(self) -> None:
        """Ends every event stream, as a dying register does."""
        for listener in list(self._listeners):
            listener.put(None)

    def scan(self, shown: dict[str, Any] = ANNA, *, scan_id: str = "scan-1") -> None:
        """A card on the serial line: the two events that it causes."""
        self.scans[scan_id] = shown
        masked = shown["card"]["masked"]
        scan = {"scan_id": scan_id, "device": "counter-left", "verdict": "ok", "kind": "card", "masked": masked}
        self.event("scan", {**scan, "reason": ""})
        self.event("identified", {**shown, "scan_id": scan_id})

    def asked(self, method: str, prefix: str) -> list[Call]:
        return [call for call in self.calls if call.method == method and call.path.startswith(prefix)]

    def listen(self) -> queue.Queue[bytes | None]:
        listener: queue.Queue[bytes | None] = queue.Queue()
        self._listeners.append(listener)
        return listener

    def leave(self, listener: queue.Queue[bytes | None]) -> None:
        self._listeners.remove(listener)

    def planned(self, call: Call) -> Answer | None:
        for answer in self.answers:
            if answer.method == call.method and call.path.startswith(answer.prefix):
                self.answers.remove(answer)
                return answer
        return None

    def serve(self, call: Call) -> tuple[int, dict[str, Any]]:
        """The answer to a call that nothing was planned for."""
        match call.method, call.path.split("?")[0].split("/")[2:]:
            case "GET", ["status"]:
                return 200, self.status
            case "POST", ["identify"]:
                scan_id = f"hand-{len(self.scans)}"
                self.scans[scan_id] = self.cards.get(call.body["code"], stranger("unknown"))
                return 200, {**self.scans[scan_id], "scan_id": scan_id}
            case "POST", ["quotes"]:
                if self.quote_gates:
                    self.quote_gates.pop(0).wait(WAIT_S_MAX)
                return 200, price(call.body, self.scans)
            case "PUT", ["receipts", key]:
                return self._confirm(key, call.body)
            case "PUT", ["receipts", key, "void"]:
                self.voided.add(key)
                money = self.receipts[key]["answer"]["quote"]["totals"]["to_pay"]
                back = {"bonus": "359"}
                return 201, {"void_key": key, "money": money, "points_back": back, "points_taken": {}, "debt": {}}
            case "PUT", ["refunds", key]:
                self.refunds[key] = call.body
                back, taken = {"bonus": "120"}, {"bonus": "14"}
                answer = {"points_back": back, "points_taken": taken, "debt": {"bonus": "3"}, "slip": None}
                return 201, {"refund_key": key, "money": "419.23", **answer}
            case "GET", ["receipts"]:
                return 200, {"receipts": [self._summary(key) for key in reversed(self.receipts)]}
            case "GET", ["receipts", key] if key in self.receipts:
                return 200, self._detail(key)
            case "GET", ["slips", slip]:
                return 200, self.slips[slip]
            case "POST", ["slips", slip, "reprint" | "discard" as what]:
                self.slips[slip]["state"] = "queued" if what == "reprint" else "cancelled"
                return 200, {"id": slip}
        return 404, {"type": "about:blank", "title": "Not found", "status": 404, "code": "not_found", "detail": "Нет"}

    def _confirm(self, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.confirm_gate.wait(WAIT_S_MAX)
        if key in self.receipts:
            return 200, self.receipts[key]["answer"]
        quote = price({name: part for name, part in body.items() if name != "quote_hash"}, self.scans)
        slip = f"slip-{len(self.slips) + 1}"
        self.slips[slip] = {"id": slip, "state": "queued", "text": SLIP, "columns": 32}
        answer = {
            "receipt_key": key,
            "entry": {"register": "R2", "epoch": 1, "seq": len(self.receipts) + 1, "hash": "00"},
            "quote": quote,
            "balances": {"bonus": "94"} if quote["accrual"] else {},
            "slip": {"id": slip},
            "warnings": [],
        }
        self.receipts[key] = {"body": body, "answer": answer}
        return 201, answer

    def _summary(self, key: str) -> dict[str, Any]:
        answer = self.receipts[key]["answer"]
        refunded = any(refund["original"]["receipt_key"] == key for refund in self.refunds.values())
        slip = self.slips[answer["slip"]["id"]]
        return {
            "key": key,
            "at": "2026-11-22T16:04:00Z",
            "to_pay": answer["quote"]["totals"]["to_pay"],
            "member_masked": (answer["quote"]["card"] or {}).get("masked"),
            "voided": key in self.voided,
            "refunded": "419.23" if refunded else "0.00",
            "slip": {"id": slip["id"], "state": slip["state"]},
        }

    def _detail(self, key: str) -> dict[str, Any]:
        totals = self.receipts[key]["answer"]["quote"]["totals"]
        line = {"id": "1", "sku": "AMOUNT", "quantity": "2", "returnable": "2", "total": totals["to_pay"]}
        weighed = {"id": "2", "sku": "CHEESE", "quantity": "0.642", "returnable": "0.642", "total": "0.00"}
        return {
            "key": key,
            "at": "2026-11-22T16:04:00Z",
            "lines": [line, weighed],
            "to_pay": totals["to_pay"],
            "points_spent": {"bonus": totals["points_spent"].removesuffix(".00")},
            "points_earned": {"bonus": "41"},
            "voided": key in self.voided,
        }


def _handler_of(peer: RegisterPeer) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """The tests say what matters."""

        def _answer(self, status: int, kind: str, data: bytes, *, keep_s: int = 0) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", f"max-age={keep_s}" if keep_s else "no-store")
            self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            self.end_headers()
            self.wfile.write(data)

        def _json(self, status: int, document: dict[str, Any]) -> None:
            kind = "application/json" if status < 400 else "application/problem+json"
            self._answer(status, kind, json.dumps(document).encode())

        def _page(self) -> None:
            path = self.path.split("?")[0]
            file = static_folder() / ("index.html" if path == "/" else path.removeprefix("/screen/"))
            if file.is_file():
                self._answer(200, TYPES[file.suffix], file.read_bytes(), keep_s=600)
            else:
                self._json(404, {"title": "no such file"})

        def _events(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            listener = peer.listen()
            try:
                self.wfile.write(b": hello\n\n")
                while (data := listener.get()) is not None:
                    self.wfile.write(data)
            except OSError:
                """The page went away."""
            finally:
                peer.leave(listener)
                self.close_connection = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(length)) if length else {}
            if not self.path.startswith("/v1/"):
                return self._page()
            if peer.down:
                self.close_connection = True
                return None
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._json(401, {"status": 401, "code": "unauthorized", "detail": "Ключ не подходит"})
            if self.path == "/v1/events":
                return self._events()
            call = Call(self.command, self.path, body, self.headers.get("Accept-Language", ""))
            peer.calls.append(call)
            planned = peer.planned(call)
            if planned is None:
                return self._json(*peer.serve(call))
            if planned.do_it_first:
                peer.serve(call)
            if planned.status:
                return self._json(planned.status, planned.body)
            return self._break_off()

        def _break_off(self) -> None:
            """Half an answer: a browser repeats a request by itself on a connection that closed without a byte."""
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"receipt_key"')
            self.close_connection = True

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - names of http.server

    return Handler
