"""Which receipts the demo plays, and which sale a return is matched to."""

import gzip
from collections.abc import Iterable
from itertools import count, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.demo.errors import DemoFailed
from cli.demo.receipts import (
    COLUMNS,
    GUEST_RECEIPTS_MAX,
    STRANGER_RECEIPTS_MAX,
    SourceLine,
    SourceReceipt,
    card_of,
    choose,
    read_invented,
    read_real,
    read_receipts,
    real_file,
)
from cli.demo.returns import MatchedReturn, Matching, PartReturned, SoldGoods
from drivers.scanners.checks import ean13_ok
from loyalty.money import UnitPrice
from loyalty.quantity import Milli, parse_quantity

MUG = UnitPrice(45_000)
HEADER = ",".join(COLUMNS)


def line(sku: str, quantity: str, price: UnitPrice = MUG) -> SourceLine:
    return SourceLine(sku, sku, parse_quantity(quantity), price)


def receipt(number: str, customer: str | None, *lines: SourceLine) -> SourceReceipt:
    return SourceReceipt(number, "2026-03-02T09:24:00", customer, lines or (line("MUG", "1"),))


def goods(*sales: SourceReceipt) -> SoldGoods:
    sold = SoldGoods()
    for sale in sales:
        sold.add(sale)
    return sold


def back(original: str, **parts: str) -> MatchedReturn:
    return MatchedReturn(
        original, tuple(PartReturned(line.removeprefix("line"), parse_quantity(q)) for line, q in parts.items())
    )


def test_a_return_goes_to_the_latest_sale() -> None:
    """A customer who bought the same mug twice would get back the points of the wrong receipt."""
    sold = goods(receipt("1", "ann", line("MUG", "2")), receipt("2", "ann", line("POT", "1"), line("MUG", "2")))

    assert sold.take_back(receipt("C3", "ann", line("MUG", "-1"))) == Matching((back("2", line2="1"),), Milli(0))


def test_a_large_return_is_shared_among_sales() -> None:
    """Goods of two receipts brought back at once would be refused, though both were bought here."""
    sold = goods(receipt("1", "ann", line("MUG", "2")), receipt("2", "ann", line("MUG", "1")))

    matching = sold.take_back(receipt("C3", "ann", line("MUG", "-3")))

    assert matching == Matching((back("2", line1="1"), back("1", line1="2")), Milli(0))


@pytest.mark.parametrize(
    "returned",
    [
        receipt("C3", "bob", line("MUG", "-1")),
        receipt("C3", "ann", line("POT", "-1")),
        receipt("C3", "ann", line("MUG", "-1", UnitPrice(44_999))),
        receipt("C3", None, line("MUG", "-1")),
    ],
)
def test_a_return_of_what_was_not_sold_has_no_original(returned: SourceReceipt) -> None:
    """Money would be paid out for somebody else's goods, or at another price."""
    sold = goods(receipt("1", "ann"), receipt("2", None))

    assert sold.take_back(returned) == Matching((), Milli(1000))


def test_what_came_back_cannot_come_back_again() -> None:
    """The demo would ask for a refund that the register must refuse, and take that for a fault of the register."""
    sold = goods(receipt("1", "ann", line("MUG", "2"), line("MUG", "-1")))

    first = sold.take_back(receipt("C2", "ann", line("MUG", "-1")))
    second = sold.take_back(receipt("C3", "ann", line("MUG", "-3")))

    assert first == Matching((back("1", line1="1"),), Milli(0))
    assert second == Matching((back("1", line1="1"),), Milli(2000))


pieces = st.integers(1, 9)


@given(st.lists(pieces, max_size=6), st.lists(pieces, max_size=6))
def test_never_more_comes_back_than_was_sold(bought: list[int], brought: list[int]) -> None:
    """A refund of more than was sold would be refused at the counter; one of less would cheat the customer."""
    sold = goods(*(receipt(str(number), "ann", line("MUG", str(n))) for number, n in enumerate(bought)))

    matchings = [sold.take_back(receipt(f"C{n}", "ann", line("MUG", f"-{n}"))) for n in brought]

    matched = sum(part.quantity for m in matchings for one in m.matched for part in one.parts)
    assert matched == 1000 * min(sum(bought), sum(brought))
    assert matched + sum(m.without_original for m in matchings) == 1000 * sum(brought)


def test_lines_of_a_receipt_are_read_as_one() -> None:
    """A basket would be sold line by line, and its discounts and points be others."""
    file = [HEADER, "1,t,UK,17850,A,Mug,6,2.55", "1,t,UK,17850,B,,1,0.001", "C2,u,UK,,A,Mug,-1,2.55"]

    first, second = read_receipts(file, name="file")

    assert first == SourceReceipt(
        "1",
        "t",
        "17850",
        (SourceLine("A", "Mug", Milli(6000), UnitPrice(25_500)), SourceLine("B", "", Milli(1000), UnitPrice(10))),
    )
    assert (second.customer, second.is_return, first.is_return) == (None, True, False)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["a,b", "1,2"], "other columns"),
        ([HEADER, "1,t,UK,17850,A,Mug,six,2.55"], "receipt 1 cannot be read"),
        ([HEADER, "1,t,UK,17850,A,Mug"], "receipt 1 cannot be read"),
    ],
)
def test_a_foreign_file_is_named(lines: list[str], words: str) -> None:
    """Whoever put another file there would get a traceback instead of a word on what is wrong."""
    with pytest.raises(DemoFailed, match=words) as failure:
        list(read_receipts(lines, name="the file"))

    assert "the file" in failure.value.reason


def test_a_torn_download_is_named(tmp_path: Path) -> None:
    """Half a file would make half a demo, or a traceback, and nobody would fetch the file again."""
    whole = gzip.compress(HEADER.encode() + b"\n" + b"1,t,UK,17850,A,Mug,6,2.55\n" * 1000)
    torn = tmp_path / "online_retail.csv.gz"
    torn.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(DemoFailed, match="cannot be read"):
        list(read_real(torn))


def visits(*customers: str | None) -> Iterable[SourceReceipt]:
    return (receipt(str(number), customer) for number, customer in enumerate(customers))


def test_the_first_customers_are_the_members_and_come_again() -> None:
    """With new faces only nobody would have points to spend, and the demo would show half of the system."""
    customers = ["ann", "bob", "cy", "ann", "dan", "bob", "ann", "cy", "ann", "eve", "ann", "ann"]

    choice = choose(visits(*customers), sales=8)

    assert choice.members == ("ann", "bob", "cy")
    assert [sale.customer for sale in choice.receipts] == customers[:8]


def test_guests_and_strangers_are_a_few() -> None:
    """Receipts of people without points would crowd out the members'."""
    members = [f"member {number}" for number in range(15)]
    strangers = [f"stranger {number}" for number in range(50)]

    choice = choose(visits(*members, *repeat(None, 50), *strangers, *repeat("member 0", 50)), sales=40)

    others = [sale.customer for sale in choice.receipts if sale.customer not in choice.members]
    assert others.count(None) == GUEST_RECEIPTS_MAX
    assert len(others) == GUEST_RECEIPTS_MAX + STRANGER_RECEIPTS_MAX


def test_returns_are_no_sales() -> None:
    """Three hundred receipts are promised; returns among them would make them fewer."""
    sales = [receipt(str(number), "ann") for number in range(6)]
    returned = [receipt(f"C{number}", "ann", line("MUG", "-1")) for number in range(3)]

    choice = choose([*sales[:3], *returned, *sales[3:]], sales=5)

    assert choice.sales == 5
    assert [one.number for one in choice.receipts] == ["0", "1", "2", "C0", "C1", "C2", "3", "4"]


def test_reading_stops_when_there_is_enough() -> None:
    """A person who waits for a demo must not wait for the other three hundred thousand lines."""
    endless = (receipt(str(number), "ann") for number in count())

    assert choose(endless, sales=5).sales == 5


def test_the_invented_file_is_enough() -> None:
    """A clone without the real data promises three hundred receipts of a hundred members all the same."""
    choice = choose(read_invented(), sales=300)

    assert choice.sales == 300
    assert len(choice.members) >= 100
    assert {sale.customer for sale in choice.receipts} >= set(choice.members)
    assert any(one.is_return for one in choice.receipts)


def test_the_real_file_is_enough(shared_data: Path) -> None:
    """The demo promises three hundred real receipts of a hundred members."""
    choice = choose(read_real(shared_data / "online_retail.csv.gz"), sales=300)

    assert choice.sales == 300
    assert len(choice.members) >= 100
    assert choice.members[0] == "17850"


@given(st.integers(0, 9_999_999_999).map(str))
def test_every_customer_gets_a_card_that_scanners_read(customer: str) -> None:
    """A card with a wrong check digit is rejected at the counter."""
    card = card_of(customer)

    assert ean13_ok(card)
    assert card.startswith("29")
    assert int(card[2:12]) == int(customer)


@pytest.mark.parametrize("customer", ["12345678901", "A1", "", "١٢"])
def test_what_is_no_number_gets_no_card(customer: str) -> None:
    """Two customers squeezed into one card would share their points."""
    with pytest.raises(DemoFailed):
        card_of(customer)


def test_the_shared_data_is_found_from_the_folder_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the demo in a clone beside ../shared would see the invented shop only."""
    file = tmp_path / "shared" / "data" / "online_retail.csv.gz"
    file.parent.mkdir(parents=True)
    file.touch()
    clone = tmp_path / "clone"
    clone.mkdir()
    monkeypatch.delenv("KOPILKA_SHARED", raising=False)
    monkeypatch.chdir(clone)

    assert real_file() == file


def test_a_named_folder_without_data_means_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for the invented file by naming an empty folder must not get the real one from elsewhere."""
    monkeypatch.setenv("KOPILKA_SHARED", str(tmp_path))

    assert real_file() is None
