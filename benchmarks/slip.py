"""The slip: what drawing it costs, and the way from the POS's request to the first byte at a printer.

The register prints to a TCP peer that parses what it gets. Between two sales there is time to print, as at a counter:
the processor is asleep when the next one comes, which makes everything slower than in a busy loop.
"""

import random
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import msgspec

from benchmarks.figures import Baseline, Figure, Sample, Scale, repeated_ms, steady, timed_ms
from benchmarks.goods import basket, card_of
from benchmarks.recorded import LINES, PROMOTIONS
from benchmarks.shop import Pos, RegisterFailed, register_at, wait_for_devices
from benchmarks.small import MEMBERS, small_shop
from drivers.virtual.printer.model import EPSON_80
from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.wires import TcpWire
from drivers.worker import Worker
from i18n import words
from loyalty.money import Currency, Minor
from loyalty.points import Points
from slips.bonus import BonusSlip, Expiring, Heading, PromotionLine, bonus_slip
from slips.escpos import render
from slips.profile import profile_named
from slips.stored import document_json
from slips.warming import warm_up

TARGET_MS = 30.0
WARM_UP = 10
PRINTED_S = 10.0
STOP_S = 2.0
# The printer's answer is stored after the slip is cut; a sale meanwhile would wait for that transaction.
BETWEEN_S = 0.02
INITIALISE = b"\x1b@"
STORED = 201
PROFILE = "epson-tm-t20"


class TimedWire(TcpWire):
    """A print port that knows when the first byte of the latest slip came."""

    first_byte_at = 0.0

    def receive(self, ready: list[int]) -> bytes:
        """See Wire."""
        data = super().receive(ready)
        if INITIALISE in data:
            self.first_byte_at = perf_counter()
        return data


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """The figure of till.md, and two costs that the confirmation's figure leaves out."""
    confirmed, printed, loopback = _sell(scale, folder)
    bare = Baseline("the same bytes over loopback", loopback)
    return [
        Figure("drawing a slip: template, layout, bytes", "–", _drawn(scale.rounds), bare, None, note="in a busy loop"),
        Figure("confirm over HTTP with a slip, at a counter's pace", "–", confirmed, bare, None),
        Figure(
            "slip: confirm sent → first byte at a TCP printer",
            f"p99 ≤ {TARGET_MS:.0f} ms",
            printed,
            bare,
            printed.p99 <= TARGET_MS,
            note="the printer is asked for its state, the spool commits twice",
        ),
    ]


def _sell(scale: Scale, folder: Path) -> tuple[Sample, Sample, Sample]:
    """Milliseconds to each answer, to each slip's first byte, and of its bytes over bare loopback."""
    confirmed, printed, loopback = [], [], []
    chance = random.Random(2)
    with (
        _printer() as (printer, wire),
        register_at(small_shop(folder / "shop", promotions=PROMOTIONS, printer=printer.address)) as register,
        closing(Pos(register.port)) as pos,
        steady(),
    ):
        wait_for_devices(pos)
        for number in range(WARM_UP + scale.rounds):
            body = basket(LINES, card=card_of(number % MEMBERS), chance=chance)
            began = perf_counter()
            answer = pos.put(f"/v1/receipts/B-{number}", body)
            answered = perf_counter()
            assert answer.status == STORED, answer.data
            if not printer.wait_for_strips(number + 1, PRINTED_S):
                raise RegisterFailed(f"the slip of sale {number} did not come")
            confirmed.append((answered - began) * 1_000)
            printed.append((wire.first_byte_at - began) * 1_000)
            loopback.append(_loopback_ms(printer.strips[-1].data))
            time.sleep(BETWEEN_S)
        assert not printer.problems, printer.problems
    found, first, bare = (Sample(tuple(values[WARM_UP:])) for values in (confirmed, printed, loopback))
    return found, first, bare


@contextmanager
def _printer() -> Iterator[tuple[VirtualPrinter, TimedWire]]:
    wire = TimedWire()
    printer = VirtualPrinter("measured", wire, EPSON_80)
    worker = Worker(printer)
    worker.start()
    try:
        yield printer, wire
    finally:
        worker.stop(STOP_S)


def _loopback_ms(data: bytes) -> float:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def send() -> None:
            with socket.create_connection(listener.getsockname()) as line:
                line.sendall(data)
                caller, _ = listener.accept()
                with caller:
                    caller.recv(1)

        return timed_ms(send)


def _drawn(times: int) -> Sample:
    """Milliseconds of drawing a slip such as these sales print, in this process."""
    profile, say = profile_named(PROFILE), words("en")
    facts = BonusSlip(
        heading=Heading(
            shop="The Measured Shop",
            register="R1",
            receipt="B-100",
            at=datetime(2026, 11, 22, 19, 4, tzinfo=UTC),
            currency=Currency.of("RUB"),
            masked_card="29•••••••4566",
            tier="gold",
        ),
        shelf=Minor(1_000_00),
        to_pay=Minor(600_00),
        discount=Minor(100_00),
        points_money=Minor(300_00),
        promotions=(PromotionLine("aisle-7", Minor(80_00)), PromotionLine("basket-2", Minor(20_00))),
        points_spent=Points(300),
        earned=Points(30),
        balance=Points(1_730),
        active_from=date(2026, 11, 22),
        expiring=Expiring(Points(1_700), date(2027, 5, 21)),
    )
    warm_up()

    def draw() -> None:
        document = bonus_slip(facts, say)
        assert document is not None
        render(document, profile)
        msgspec.json.encode(document_json(document))

    return repeated_ms(draw, times)
