"""What the demo checks: each of its checks must be able to fail."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from cli.demo.errors import DemoFailed
from cli.demo.paper import Paper
from cli.demo.pos import Answer
from cli.demo.receipts import Choice, SourceLine, SourceReceipt
from cli.demo.replay import RETRY_EVERY, REUSE_EVERY, Replay, Tally
from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.wires import TcpWire
from drivers.worker import Worker
from loyalty.money import UnitPrice
from loyalty.quantity import Milli

NOBODY: Any = None
WAIT_S = 5.0
LATE_S = 0.2


def answer(status: int, body: dict[str, Any], *, replayed: bool = False) -> Answer:
    return Answer(status, json.dumps(body).encode(), body, replayed)


class Register:
    """A register that answers guests by the book, until told otherwise."""

    def __init__(self, **oddities: Answer) -> None:
        self._oddities = oddities
        self._keys: dict[str, tuple[dict[str, Any], Answer]] = {}

    def quote(self, basket: dict[str, Any]) -> Answer:
        return self._oddities.get("quote") or answer(200, {"hash": basket["receipt_key"]})

    def confirm(self, key: str, body: dict[str, Any]) -> Answer:
        if key in self._keys:
            before, said = self._keys[key]
            if before != body:
                return self._oddities.get("reused") or answer(409, {"code": "key_reused"})
            return self._oddities.get("again") or Answer(200, said.data, said.body, replayed=True)
        quote = {"hash": body["quote_hash"], "accrual": {}, "redemption": {}}
        said = answer(201, {"receipt_key": key, "quote": quote, "slip": None, "warnings": [], "balances": {}})
        self._keys[key] = (body, said)
        return self._oddities.get("confirm") or said

    def refund(self, key: str, body: dict[str, Any]) -> Answer:
        return self._oddities.get("refund") or answer(409, {"code": "no_original", "key": key, "body": body})


def played(register: Any, *, sales: int = REUSE_EVERY) -> Tally:
    mug = SourceLine("MUG", "Mug", Milli(1000), UnitPrice(45_000))
    returned = SourceLine("MUG", "Mug", Milli(-1000), UnitPrice(45_000))
    receipts = [SourceReceipt(str(number), "t", None, (mug,)) for number in range(sales)]
    receipts.append(SourceReceipt("C1", "t", None, (returned,)))
    choice = Choice(tuple(receipts), ())
    replay = Replay(register, NOBODY, NOBODY, choice)
    for receipt in choice.receipts:
        replay.play(receipt)
    return replay.tally


def test_a_register_that_answers_by_the_book_passes() -> None:
    """A demo that fails a sound register would send people looking for faults that are not there."""
    tally = played(Register())

    assert (tally.sales, tally.guests, tally.lines) == (REUSE_EVERY,) * 3
    assert tally.replays == REUSE_EVERY // RETRY_EVERY
    assert tally.refusals == {"key_reused": 1, "no_original": 1}


def test_goods_that_cannot_be_priced_are_counted_by_their_code() -> None:
    """Receipts left out in silence would make the table say that everything was sold."""
    refused = answer(422, {"code": "bad_document", "problems": [{"code": "out_of_range"}]})

    tally = played(Register(quote=refused), sales=3)

    assert (tally.sales, tally.refusals) == (0, {"out_of_range": 3, "no_original": 1})


QUOTE = {"hash": "0", "accrual": {}, "redemption": {}}
SOLD = {"quote": QUOTE, "slip": None, "warnings": [], "balances": {}}


@pytest.mark.parametrize(
    ("oddities", "words"),
    [
        ({"quote": answer(503, {"code": "no_programme"})}, "503 no_programme"),
        ({"confirm": answer(409, {"code": "requote"})}, "409 requote"),
        ({"confirm": answer(201, {**SOLD, "quote": {**QUOTE, "hash": "other"}})}, "another result"),
        ({"confirm": answer(201, {**SOLD, "slip": {"id": "1"}})}, "the other way round"),
        ({"again": answer(200, SOLD, replayed=True)}, "other bytes"),
        ({"again": answer(201, SOLD)}, "answered with 201"),
        ({"reused": answer(201, SOLD)}, "refused with key_reused; the answer was 201"),
        ({"refund": answer(201, {})}, "refused with no_original; the answer was 201"),
    ],
)
def test_a_wrong_answer_fails_the_demo(oddities: dict[str, Answer], words: str) -> None:
    """A demo that ends well whatever the register answers shows nothing."""
    with pytest.raises(DemoFailed, match=words):
        played(Register(**oddities))


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    """Give a printer that is switched on."""
    printer = VirtualPrinter("paper", TcpWire())
    worker = Worker(printer)
    worker.start()
    yield printer
    worker.stop(WAIT_S)
    printer.close()


def send(printer: VirtualPrinter, data: bytes) -> None:
    host, port = printer.address.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port)), WAIT_S) as line:
        line.sendall(data)


def slip(key: str) -> bytes:
    return f"The Shop\nReceipt {key}\n\n\nBALANCE 5\n".encode() + b"\x1dV\x00"


def test_slips_are_told_apart_by_their_receipts(printer: VirtualPrinter) -> None:
    """The slip that is shown would be anybody's."""
    send(printer, slip("1") + slip("2"))
    paper = Paper(printer)

    paper.all_there(Tally(slips={"1", "2"}, redeemed={"2"}), deadline_s=WAIT_S)

    assert paper.best is not None
    assert "Receipt 2" in paper.best.text()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (slip("1") + slip("2") + slip("1"), "1 slips printed twice, 1 among them"),
        (slip("1"), "1 slips did not print, 2 among them"),
        (slip("1") + slip("3"), "a slip of no receipt"),
        (slip("1") + b"\x1b\xff" + slip("2"), "unknown command"),
    ],
)
def test_wrong_paper_fails_the_demo(printer: VirtualPrinter, data: bytes, words: str) -> None:
    """A customer would get a slip twice, another's, none, or rubbish, and the demo would call it a success."""
    send(printer, data)
    printer.wait_for_strips(data.count(b"\x1dV"), WAIT_S)

    with pytest.raises(DemoFailed, match=words):
        Paper(printer).all_there(Tally(slips={"1", "2"}), deadline_s=LATE_S)
