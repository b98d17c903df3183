"""Damaged databases: members come back from the kept imports, money stops where the ledger is not whole."""

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

SEED = 1_905
SALES = 60
MEMBERS = 3_000
PAGE = 4_096
REBUILT_S = 30.0
OPENINGS = 2
REFUSED = 3
"""Exit code of a command that the register refused; docs/cli.md."""


def random_bytes_over(file: Path, *, start: int = 0, length: int | None = None) -> None:
    """Writes nonsense over a file as it lies, its length kept."""
    size = file.stat().st_size if length is None else length
    with file.open("r+b") as stream:
        stream.seek(start)
        stream.write(random.Random(SEED).randbytes(size))
        stream.flush()
        os.fsync(stream.fileno())


def settled(file: Path) -> None:
    """Everything into the file itself, its WAL gone."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


# ref.db: what can be brought again


def no_file(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("damage", [random_bytes_over, no_file], ids=lambda damage: damage.__name__)
def test_a_reference_damaged_while_the_till_was_off_comes_back(
    new_register: Callable[..., Any], kit: Any, damage: Callable[[Path], None]
) -> None:
    """After a bad night of the disk no customer would be known, and their points would seem lost."""
    register = new_register().bring()
    damage(register.data / "ref.db")

    register.start()

    with register.client() as client:
        # Until it is rebuilt the shop sells by the programme that is kept beside it.
        sold = client.put("/v1/receipts/at-once", json=kit.basket("100.00", card=kit.ANNA.card))
        assert sold.status_code == 201
        kit.wait_until(
            lambda: client.post("/v1/identify", json={"code": kit.ANNA.card}).json()["member"] is not None,
            seconds=REBUILT_S,
            what="Anna is known again",
        )
        known = client.post("/v1/identify", json={"code": kit.ANNA.card}).json()
        status = client.get("/v1/status").json()
    assert known["wallets"][0]["balance"] == str(kit.ANNA.points)
    assert (status["reference"]["state"], status["reference"]["members"]) == ("ok", len(kit.CUSTOMERS))
    # What was already opened from these files is not opened again.
    assert register.verdict().entries == OPENINGS + 1
    assert register.terminate() == 0
    again = register.start()
    with again.client() as client:
        assert client.post("/v1/identify", json={"code": kit.ANNA.card}).json()["card"]["verdict"] == "known"


def test_a_reference_damaged_while_selling_is_noticed_by_its_first_reader(register_inside: Any, kit: Any) -> None:
    """Cards of one half of the customers would stay unknown for hours, until somebody restarts the register."""
    crowd = [kit.Customer(f"m-{n:05}", f"29{n:011}", f"Покупатель {n}") for n in range(MEMBERS)]
    register_inside.bring({"members": kit.members_file(crowd), "cards": kit.cards_file(crowd)})
    settled(register_inside.data / "ref.db")
    # Only what was read before is still in memory.
    random_bytes_over(register_inside.data / "ref.db", start=PAGE)
    verdicts = set()
    for number in range(0, MEMBERS, 100):
        basket = kit.basket("100.00", card=crowd[number].card)
        answer = register_inside.confirm(f"meanwhile-{number}", basket)
        verdicts.add(answer["card"]["verdict"])
    assert "unavailable" in verdicts
    assert register_inside.status()["reference"]["state"] == "damaged"

    register_inside.upkeep.reference_probe()

    assert register_inside.status()["reference"]["state"] == "ok"
    assert register_inside.status()["reference"]["members"] == MEMBERS + len(kit.CUSTOMERS)
    sold = register_inside.confirm("after", kit.basket("100.00", card=crowd[0].card))
    assert sold["card"]["verdict"] == "known"


def test_damage_that_nobody_has_read_yet_is_found_by_the_check(register_inside: Any, kit: Any) -> None:
    """A rarely read page would fail in the one minute when its customer stands at the till."""
    crowd = [kit.Customer(f"m-{n:05}", f"29{n:011}", f"Покупатель {n}") for n in range(MEMBERS)]
    register_inside.bring({"members": kit.members_file(crowd), "cards": kit.cards_file(crowd)})
    file = register_inside.data / "ref.db"
    settled(file)
    random_bytes_over(file, start=file.stat().st_size // PAGE // 2 * PAGE, length=PAGE)

    register_inside.upkeep.reference_file()

    assert register_inside.services.reference.complaint() is None
    assert register_inside.status()["reference"]["members"] == MEMBERS + len(kit.CUSTOMERS)


# ledger.db: what must survive


def a_page_in_the_middle(file: Path) -> None:
    random_bytes_over(file, start=file.stat().st_size // PAGE // 2 * PAGE, length=PAGE)


def half_of_the_file(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def nothing_of_the_file(file: Path) -> None:
    os.truncate(file, 0)


def another_magic(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.write(b"Not a database")


def other_bytes_in_the_last_entry(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        [(seq, body)] = connection.execute("SELECT seq, body FROM entry ORDER BY seq DESC LIMIT 1").fetchall()
        changed = body[:-1] + bytes([body[-1] ^ 1])
        connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (changed, seq))
        connection.commit()


def refuses_money(register: Any, kit: Any, *first: tuple[str, Any]) -> None:
    """Every money operation says `ledger_damaged` and what to do; everything else goes on."""
    basket = kit.basket("100.00", card=kit.ANNA.card)
    for path, body in (
        *first,
        ("/v1/receipts/new", basket),
        ("/v1/receipts/guest", kit.without_card(basket)),
        ("/v1/receipts/sale-1/void", {}),
        ("/v1/refunds/back", {"original": {"receipt_key": "sale-1"}}),
    ):
        refused = register.api.put(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (503, "ledger_damaged"), path
        assert "kopilka doctor" in refused.json()["detail"]
    assert register.status()["ledger"]["state"] == "damaged"
    assert "kopilka doctor" in register.status()["ledger"]["detail"]
    shown = register.api.post("/v1/identify", json={"code": kit.ANNA.card})
    assert (shown.status_code, shown.json()["member"]["id"]) == (200, kit.ANNA.id)
    assert register.api.post("/v1/quotes", json=kit.without_card(basket)).status_code == 200
    assert register.api.get("/v1/receipts").status_code in (200, 503)
    for job in ("spool", "checkpoint", "ledger_file", "forget", "reference_probe"):
        getattr(register.upkeep, job)()


def sold_and_closed(register: Any, kit: Any) -> Path:
    """A ledger of some pages, as a register leaves it at night."""
    for number in range(SALES):
        register.confirm(f"sale-{number}", kit.basket("99.00", "1.50", card=kit.ANNA.card))
    register.close()
    return register.data / "ledger.db"


@pytest.mark.parametrize(
    "damage",
    [half_of_the_file, nothing_of_the_file, no_file, another_magic, other_bytes_in_the_last_entry],
    ids=lambda damage: damage.__name__,
)
def test_a_ledger_damaged_while_the_till_was_off_stops_money_and_nothing_else(
    register_inside: Any, kit: Any, damage: Callable[[Path], None]
) -> None:
    """The register would not start at all, or it would sell on in a chain that nobody can prove."""
    damage(sold_and_closed(register_inside, kit))

    register_inside.open()

    refuses_money(register_inside, kit)


def test_damage_in_the_middle_of_the_ledger_is_found_by_the_check(register_inside: Any, kit: Any) -> None:
    """Old entries would be gone or changed, and the shop would learn of it from head office months later."""
    a_page_in_the_middle(sold_and_closed(register_inside, kit))
    register_inside.open()

    register_inside.clocks.go_on(timedelta(seconds=15))
    register_inside.upkeep.ledger_file()

    refuses_money(register_inside, kit)


def test_an_old_entry_that_cannot_be_read_stops_money_when_it_is_needed(register_inside: Any, kit: Any) -> None:
    """Goods would be taken back by a receipt that is no longer what was sold."""
    file = sold_and_closed(register_inside, kit)
    with closing(sqlite3.connect(file)) as connection:
        query = "UPDATE entry SET body = ? WHERE seq = (SELECT seq FROM receipt WHERE key = 'sale-1')"
        connection.execute(query, (random.Random(SEED).randbytes(300),))
        connection.commit()
    register_inside.open()

    refuses_money(register_inside, kit, ("/v1/receipts/sale-1/void", {}))


def test_a_ledger_damaged_while_selling_stops_money(register_inside: Any, kit: Any) -> None:
    """Every further sale would be written upon a broken one."""
    for number in range(SALES):
        register_inside.confirm(f"sale-{number}", kit.basket("99.00", "1.50", card=kit.ANNA.card))
    register_inside.upkeep.checkpoint()
    a_page_in_the_middle(register_inside.data / "ledger.db")

    register_inside.upkeep.ledger_file()

    refuses_money(register_inside, kit)


def test_the_process_stays_up_beside_a_damaged_ledger(new_register: Callable[..., Any], kit: Any) -> None:
    """A register that does not come up shows nobody what is wrong, and cannot even greet a customer."""
    register = new_register().bring()
    another_magic(register.data / "ledger.db")

    register.start()

    with register.client() as client:
        refused = client.put("/v1/receipts/new", json=kit.basket("100.00"))
        status = client.get("/v1/status").json()
        shown = client.post("/v1/identify", json={"code": kit.ANNA.card}).json()
    assert (refused.status_code, refused.json()["code"]) == (503, "ledger_damaged")
    assert status["ledger"]["state"] == "damaged"
    assert shown["member"]["id"] == kit.ANNA.id
    assert register.terminate() == 0


def test_a_ledger_of_another_register_is_no_damage_and_no_start(new_register: Callable[..., Any], kit: Any) -> None:
    """A copied configuration would write two registers' sales into one chain."""
    new_register().bring()
    other = new_register(register={"id": "R9"})

    process = other.launch()

    assert process.wait(kit.STOP_S) == REFUSED
    assert "R2" in other.log()
    assert "R9" in other.log()
    assert "Traceback" not in other.log()
