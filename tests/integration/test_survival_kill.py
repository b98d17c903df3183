"""The real process killed again and again while four POS sell: nothing is lost, nothing is done twice."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest

from drivers.virtual.printer.server import VirtualPrinter
from drivers.virtual.printer.switches import Switches
from loyalty.ledger.entry import Entry
from loyalty.ledger.reversal import RefundFacts, VoidFacts
from loyalty.ledger.sale import SaleFacts

SEED = 20_261_122
KILLS_MIN = 50
KILLS_MAX = 80
"""Chance decides what a kill meets; these many must be enough to have met everything."""
REDISCOVERED_MIN = 3
HALFWAY_MIN = 3
POS_COUNT = 4
KILLED_AT_START = 0.15
KILLED_EARLY = 0.2
KILLED_PRINTING = 0.2
START_S = 1.2
EARLY_S = 0.3
ANSWERS_MAX = 12
SLIP_BYTES_MIN = 100
MORE_S = 0.01
ASKED_AGAIN = 0.3
DEAF_S = 20.0
PAPER_S = 60.0
PRINTER_THINKS_S = 0.04
"""Long enough that kills meet slips halfway, short enough that the paper keeps up."""


@dataclass
class Asked:
    """One request under one key, and the bytes that answered it."""

    path: str
    body: bytes
    fact: tuple[str, str]
    answer: bytes | None = None


@dataclass
class Sold:
    """A receipt that may still come back, and in how many pieces."""

    key: str
    left: int = 2


class Shop:
    """Where the register answers now. POS wait here while it does not."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._address = ""
        self._opening = 0
        self._closing_time = False

    @property
    def opening(self) -> int:
        with self._changed:
            return self._opening

    @property
    def closing_time(self) -> bool:
        with self._changed:
            return self._closing_time

    def open(self, address: str, *, last: bool = False) -> None:
        with self._changed:
            self._address = address
            self._opening += 1
            self._closing_time = last
            self._changed.notify_all()

    def next_opening(self, after: int) -> tuple[int, str]:
        with self._changed:
            self._changed.wait_for(lambda: self._opening > after)
            return self._opening, self._address


@dataclass
class Pos(threading.Thread):
    """Sells, takes back and voids; asks again, with the same key and body, whatever was not answered."""

    number: int
    shop: Shop
    token: str
    cards: list[str]
    chance: random.Random
    done: list[Asked] = field(default_factory=list)
    sold: list[Sold] = field(default_factory=list)
    waiting: Asked | None = None
    unanswered: Counter[int] = field(default_factory=Counter)
    rediscovered: int = 0
    noticed: int = 0
    fault: BaseException | None = None
    _keys: int = 0

    def __post_init__(self) -> None:
        super().__init__(name=f"pos-{self.number}", daemon=True)

    # A thread is hashed by itself; two with equal fields are still two.
    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        try:
            while not (self.shop.closing_time and self.noticed == self.shop.opening):
                opening, address = self.shop.next_opening(self.noticed)
                with self.line(address) as line:
                    self._sell(line, opening)
                self.noticed = opening
        except BaseException as fault:  # noqa: BLE001 - told by the test, on its own thread
            self.fault = fault

    def line(self, address: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        # Certificates are read for every client, also for one that never speaks TLS.
        return httpx.Client(base_url=address, headers=headers, timeout=DEAF_S, trust_env=False, verify=False)

    def _sell(self, line: httpx.Client, opening: int) -> None:
        """Until the register dies, or the day ends and nothing waits for an answer."""
        try:
            if self.done and self.chance.random() < ASKED_AGAIN:
                self.ask_again(line, self.chance.choice(self.done))
            while self.waiting is not None or not self.shop.closing_time:
                self.waiting = self.waiting or self._something()
                self._ask(line, self.waiting, opening)
                self.waiting = None
        except httpx.TransportError:
            return

    def _ask(self, line: httpx.Client, asked: Asked, opening: int) -> None:
        try:
            response = line.put(asked.path, content=asked.body)
        except httpx.ConnectError:
            raise
        except httpx.TransportError:
            self.unanswered[opening] += 1
            raise
        assert response.status_code in (200, 201), response.text
        if response.status_code == 200:
            assert response.headers["Kopilka-Replayed"] == "true"
            self.rediscovered += 1
        asked.answer = response.content
        self.done.append(asked)
        if asked.fact[0] == "sale":
            self.sold.append(Sold(asked.fact[1]))

    def ask_again(self, line: httpx.Client, asked: Asked) -> None:
        """What was answered once is answered for ever, with the same bytes."""
        response = line.put(asked.path, content=asked.body)
        assert response.status_code == 200, response.text
        assert response.content == asked.answer

    def _something(self) -> Asked:
        chance = self.chance.random()
        if chance < 0.2 and (returnable := [sold for sold in self.sold if sold.left]):
            return self._refund(self.chance.choice(returnable))
        if chance < 0.3 and (whole := [sold for sold in self.sold if sold.left == 2]):
            return self._void(self.chance.choice(whole))
        return self._sale()

    def _key(self) -> str:
        self._keys += 1
        return f"P{self.number}-{self._keys:04}"

    def _sale(self) -> Asked:
        key = self._key()
        price = f"{self.chance.randint(20, 900)}.{self.chance.randint(0, 99):02}"
        line = {"id": "1", "sku": f"SKU-{self.chance.randint(1, 40)}", "quantity": "2", "price": price}
        basket: dict[str, Any] = {"receipt_key": key, "lines": [line]}
        if self.chance.random() < 0.8:
            basket["card"] = {"code": self.chance.choice(self.cards), "input": "scan"}
            if self.chance.random() < 0.5:
                basket["redeem"] = {"bonus": "max"}
        return Asked(f"/v1/receipts/{key}", json.dumps(basket).encode(), ("sale", key))

    def _refund(self, sold: Sold) -> Asked:
        sold.left -= 1
        key = self._key()
        body = {"original": {"receipt_key": sold.key}, "lines": [{"id": "1", "quantity": "1"}]}
        return Asked(f"/v1/refunds/{key}", json.dumps(body).encode(), ("refund", key))

    def _void(self, sold: Sold) -> Asked:
        sold.left = 0
        return Asked(f"/v1/receipts/{sold.key}/void", b'{"cashier": "C-7"}', ("void", sold.key))


def fact_of(entry: Entry) -> tuple[str, str] | None:
    """What a POS asked for when this entry came to be; None for an opening balance."""
    match entry.facts:
        case SaleFacts(receipt=key):
            return "sale", key
        case RefundFacts(refund=key):
            return "refund", key
        case VoidFacts(original=original):
            return "void", original.receipt
    return None


def told_by(entry: Entry) -> str | None:
    """How the entry's slip names itself on paper; None for an opening balance, which has no slip."""
    match fact_of(entry):
        case "sale", key:
            return f"sale {key}"
        case _, key:
            return f"return {key}"
    return None


@dataclass
class Day:
    """One day of selling and killing: who sold, what the kills met."""

    pos: list[Pos]
    kills: int = 0
    lossy_kills: int = 0
    halfway: set[int] = field(default_factory=set)

    def asked(self) -> list[Asked]:
        return [asked for pos in self.pos for asked in pos.done]

    def answers(self) -> int:
        """How many requests were answered so far."""
        return sum(len(pos.done) for pos in self.pos)

    def answered(self, enough: int) -> bool:
        """Whether there are so many answers, or none will come."""
        return self.answers() >= enough or bool(self.faults())

    def printing(self, printer: VirtualPrinter, begun: int) -> bool:
        """Whether the printer has taken so many bytes, or none will come."""
        return len(printer.received) >= begun or bool(self.faults())

    def rediscovered(self) -> int:
        """Requests whose entry was stored while the answer was lost."""
        return sum(pos.rediscovered for pos in self.pos)

    def met_everything(self) -> bool:
        return (
            self.kills >= KILLS_MIN
            and self.lossy_kills * 2 >= self.kills
            and self.rediscovered() >= REDISCOVERED_MIN
            and len(self.halfway) >= HALFWAY_MIN
        )

    def faults(self) -> list[BaseException]:
        return [pos.fault for pos in self.pos if pos.fault is not None]


@pytest.fixture
def customers(kit):
    """Few members for four POS, so that they collide; one has next to nothing to spend."""
    points = (9_000, 3_000, 1_500, 600, 150, 20)
    return [kit.Customer(f"m-{n}", f"290000000000{n}", f"Покупатель {n}", points=p) for n, p in enumerate(points)]


def killed_all_day(register, printer, kit, customers) -> Day:
    """Sells and kills until the kills have met everything, then lets the last requests be answered."""
    chance = random.Random(SEED)
    shop = Shop()
    cards = [one.card for one in customers]
    names = ["pos", "pos-2", "pos-3", "pos-4"]
    day = Day(
        [
            Pos(number, shop, kit.TOKENS[name], cards, random.Random(chance.random()))
            for number, name in enumerate(names, start=1)
        ]
    )
    for pos in day.pos:
        pos.start()
    printer.device.switch(Switches(answer_delay_s=PRINTER_THINKS_S))
    while not day.met_everything():
        assert day.kills < KILLS_MAX, day
        moment = chance.random()
        if moment < KILLED_AT_START:
            register.launch()
            time.sleep(chance.uniform(0, START_S))
            register.kill()
        else:
            register.start()
            shop.open(register.address)
            if moment < KILLED_AT_START + KILLED_EARLY:
                time.sleep(chance.uniform(0, EARLY_S))
            elif moment < KILLED_AT_START + KILLED_EARLY + KILLED_PRINTING:
                begun = len(printer.device.received) + SLIP_BYTES_MIN
                kit.wait_until(partial(day.printing, printer.device, begun), seconds=DEAF_S, what="a slip on its way")
            else:
                enough = day.answers() + chance.randint(1, ANSWERS_MAX)
                kit.wait_until(partial(day.answered, enough), seconds=DEAF_S, what=f"{enough} answers")
                time.sleep(chance.uniform(0, MORE_S))
            register.kill()
            kit.wait_until(
                lambda: all(pos.noticed == shop.opening for pos in day.pos) or day.faults(),
                seconds=DEAF_S,
                what="every POS has noticed that the register is gone",
            )
            day.lossy_kills += any(pos.unanswered[shop.opening] for pos in day.pos)
        assert day.faults() == []
        day.kills += 1
        day.halfway |= {slip for (slip,) in register.rows("SELECT id FROM slip WHERE state = 'sending'")}

    printer.device.switch(Switches())
    register.start()
    shop.open(register.address, last=True)
    for pos in day.pos:
        pos.join(DEAF_S)
        assert not pos.is_alive()
    assert day.faults() == []
    return day


def test_kills_lose_nothing_and_double_nothing(
    new_register: Callable[..., Any], printer: Any, kit: Any, customers: Any
) -> None:
    """A power cut would cost a customer points or grant them twice, or print a slip again that looks like the first."""
    register = new_register(printer=printer.section)
    register.bring(kit.imports(customers))

    day = killed_all_day(register, printer, kit, customers)

    asked = day.asked()
    entries = register.entries()
    # Each key once, whatever was asked how often; and nothing that nobody asked for.
    assert Counter(fact for entry in entries if (fact := fact_of(entry))) == Counter(one.fact for one in asked)
    assert {len(entries)} == {len(asked) + len(customers)}
    [(keys,)] = register.rows("SELECT count(*) FROM pos_key")
    assert keys == len(entries)

    for pos in day.pos:
        with pos.line(register.address) as line:
            for one in pos.done:
                pos.ask_again(line, one)
    verdict = register.verdict()
    assert verdict.complaint is None
    assert (verdict.entries, verdict.members) == (len(entries), len(customers))
    assert register.rows("SELECT min(points) >= 0 FROM lot") == [(1,)]
    with register.client() as client:
        for customer in customers:
            [wallet] = client.post("/v1/identify", json={"code": customer.card}).json()["wallets"]
            assert int(wallet["spendable"]) >= 0
            assert int(wallet["balance"]) + int(wallet["debt"]) >= 0

        # The paper: what was halfway at a kill waits for a person, and nothing came out twice.
        kit.wait_until(
            lambda: client.get("/v1/status").json()["spool"]["queued"] == 0, seconds=PAPER_S, what="slips printed"
        )
        slips = {slip: (key, state) for slip, key, state in register.rows("SELECT id, key, state FROM slip")}
        assert {slips[slip][1] for slip in day.halfway} == {"sent_unconfirmed"}
        assert {state for _, state in slips.values()} == {"printed", "sent_unconfirmed"}
        due = {f"1/{entry.seq}": told_by(entry) for entry in entries if entry.member is not None}
        assert {key for key, _ in slips.values()} == {key for key, told in due.items() if told is not None}
        printed = Counter(kit.printed_keys(printer.lines()))
        assert set(printed.values()) == {1}
        assert printed.keys() <= set(due.values())
        assert printed.keys() >= {due[key] for key, state in slips.values() if state == "printed"}

        # A person asks for one that nobody is sure of: it comes marked.
        before = printer.device.strips_total
        copied = client.post(f"/v1/slips/{min(day.halfway)}/reprint", json={"cashier": "C-7"})
        assert copied.status_code == 201
        assert printer.device.wait_for_strips(before + 1, 10)
        assert "COPY" in printer.lines()

    assert register.terminate() == 0
    print(  # noqa: T201 - shown with -s and on failure: what this run was
        f"{day.kills} kills, {day.lossy_kills} left requests unanswered, {day.rediscovered()} of those were stored,"
        f" {len(day.halfway)} slips halfway, {len(entries)} entries"
    )
