"""Receipts to replay: real ones where the shared data is there, else the small invented file in this package.

Source of the real ones: UCI Online Retail, Chen et al. 2012, doi:10.1057/dbm.2012.17 (CC0). Its customers are
five-digit numbers; the demo gives each an EAN-13 card with the in-store prefix 29, since that is what scanners read.
"""

import csv
import gzip
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path

from cli.demo.errors import DemoFailed
from drivers.scanners.checks import digits_only, gs1_check_digit
from loyalty.errors import BadAmount
from loyalty.money import UnitPrice, parse_price
from loyalty.quantity import Milli, parse_quantity

SHARED = "KOPILKA_SHARED"
SHARED_FOLDER = "shared"
REAL_FILE = Path("data", "online_retail.csv.gz")
COLUMNS = ("receipt", "at", "store", "card", "sku", "name", "quantity", "unit_price")
RETURN_MARK = "C"
CARD_PREFIX = "29"
CARD_DIGITS = 12

SALES_PER_MEMBER = (8, 3)
"""Eight receipts to three members, so that they come again and have points to spend."""
GUEST_RECEIPTS_MAX = 10
STRANGER_RECEIPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line. Units: `quantity` in thousandths, below zero where goods come back; `price` in 1/10000 of a pound."""

    sku: str
    name: str
    quantity: Milli
    price: UnitPrice


@dataclass(frozen=True, slots=True)
class SourceReceipt:
    """A receipt as its shop recorded it. `at` is that shop's local time, `customer` None where no card was shown."""

    number: str
    at: str
    customer: str | None
    lines: tuple[SourceLine, ...]

    @property
    def is_return(self) -> bool:
        """Whether goods came back: its number says so."""
        return self.number.startswith(RETURN_MARK)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is replayed, in the order of its time. `members` are the customers that the register will know."""

    receipts: tuple[SourceReceipt, ...]
    members: tuple[str, ...]

    @property
    def sales(self) -> int:
        """How many of the receipts sell."""
        return sum(not receipt.is_return for receipt in self.receipts)


def real_file() -> Path | None:
    """The shared data: where KOPILKA_SHARED says, else beside a folder above this one or above the repository."""
    named = os.environ.get(SHARED)
    if named is not None:
        folders = [Path(named)]
    else:
        above = [*Path.cwd().parents, Path(__file__).resolve().parents[3]]
        folders = [folder / SHARED_FOLDER for folder in above]
    return next((folder / REAL_FILE for folder in folders if (folder / REAL_FILE).is_file()), None)


def read_real(file: Path) -> Iterator[SourceReceipt]:
    """The receipts of the shared file. Raises `DemoFailed` for one that cannot be read."""
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
            yield from read_receipts(stream, name=str(file))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DemoFailed(
            f"{file} cannot be read ({error}). Fetch it again, or name another folder in {SHARED}"
        ) from error


def read_invented() -> Iterator[SourceReceipt]:
    """The receipts of this package's own file: a small shop that never was."""
    file = resources.files(__package__).joinpath("data", "receipts.csv")
    with file.open("rb") as data, TextIOWrapper(data, encoding="utf-8", newline="") as stream:
        yield from read_receipts(stream, name=file.name)


def read_receipts(lines: Iterable[str], *, name: str) -> Iterator[SourceReceipt]:
    """Receipts of CSV lines with a header, a receipt's lines together. Raises `DemoFailed`."""
    rows = csv.DictReader(lines)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise DemoFailed(f"{name} has other columns than {', '.join(COLUMNS)}. Fetch the file again")
    for number, group in groupby(rows, key=lambda row: row["receipt"]):
        of_receipt = list(group)
        first = of_receipt[0]
        try:
            sold = tuple(map(_line, of_receipt))
        except (BadAmount, TypeError) as error:
            raise DemoFailed(f"{name}: receipt {number} cannot be read ({error}). Fetch the file again") from error
        yield SourceReceipt(number, first["at"], first["card"] or None, sold)


def choose(receipts: Iterable[SourceReceipt], *, sales: int) -> Choice:
    """Everything that the first customers bring, until there are `sales` receipts, and a few others' between.

    The others: guests without a card, and customers whose cards the register will not know. Reading stops as soon as
    there is enough.
    """
    times, people = SALES_PER_MEMBER
    members_max = max(1, sales * people // times)
    members: dict[str, None] = {}
    others = {"guest": GUEST_RECEIPTS_MAX, "stranger": STRANGER_RECEIPTS_MAX}
    chosen: dict[str, SourceReceipt] = {}
    sold = 0
    for receipt in receipts:
        customer = receipt.customer
        if customer is not None and not receipt.is_return and len(members) < members_max:
            members.setdefault(customer)
        if customer not in members:
            who = "guest" if customer is None else "stranger"
            if receipt.is_return or not others[who]:
                continue
            others[who] -= 1
        if (begun := chosen.get(receipt.number)) is not None:
            chosen[receipt.number] = replace(begun, lines=begun.lines + receipt.lines)
            continue
        if sold == sales and not receipt.is_return:
            break
        chosen[receipt.number] = receipt
        sold += not receipt.is_return
    return Choice(tuple(chosen.values()), tuple(members))


def card_of(customer: str) -> str:
    """The EAN-13 card of a customer's number. Raises `DemoFailed` for what is no short number."""
    if not digits_only(customer) or len(CARD_PREFIX + customer) > CARD_DIGITS:
        raise DemoFailed(f"customer {customer!r} is no number that fits a card. Fetch the file again")
    body = CARD_PREFIX + customer.rjust(CARD_DIGITS - len(CARD_PREFIX), "0")
    return body + gs1_check_digit(body)


def _line(row: dict[str, str]) -> SourceLine:
    return SourceLine(row["sku"], row["name"], parse_quantity(row["quantity"]), parse_price(row["unit_price"]))
