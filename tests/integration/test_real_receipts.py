"""A fixed sample of the real receipts through a real register's API; `make soak` plays all of them."""

from pathlib import Path

import pytest

from benchmarks.soak.receipts import HUGE_QUANTITY, RETURNS, SUB_PENNY, sample, whole
from benchmarks.soak.replay import NO_ORIGINAL, PRICED, REFUNDED
from benchmarks.soak.run import run
from cli.demo.receipts import SourceReceipt, read_real

RECEIPTS, LINES = 16_459, 320_705
LONGEST = 705


@pytest.fixture(scope="module")
def receipts(shared_data: Path) -> list[SourceReceipt]:
    return whole(read_real(shared_data / "online_retail.csv.gz"))


def test_every_line_of_a_real_shop_is_priced_or_refused_by_a_known_code(
    receipts: list[SourceReceipt], tmp_path: Path
) -> None:
    """A customer would stand before a till that has no answer to what real shops sell, and take back, every day."""
    chosen = sample(receipts)

    outcome = run(chosen, tmp_path)

    tally = outcome.tally
    sales = [receipt for receipt in chosen if not receipt.is_return]
    sold = sum(len(sale.lines) for sale in sales)
    assert tally.lines[PRICED] == sold
    assert tally.lines[REFUNDED] >= RETURNS
    assert tally.lines[NO_ORIGINAL] > 0
    assert set(tally.lines) <= {PRICED, REFUNDED, NO_ORIGINAL}
    assert min(tally.earned, tally.spent, tally.given_back, tally.taken_back, tally.replays) > 0
    assert outcome.entries > len(sales)


def test_the_sample_holds_what_tills_stumble_over(receipts: list[SourceReceipt]) -> None:
    """A sample of ordinary receipts would let a till into the shops that cannot sell fuel or take a deposit back."""
    assert (len(receipts), sum(len(receipt.lines) for receipt in receipts)) == (RECEIPTS, LINES)

    chosen = sample(receipts)

    sales = [receipt for receipt in chosen if not receipt.is_return]
    lines = [line for receipt in chosen for line in receipt.lines]
    assert max(len(receipt.lines) for receipt in chosen) == LONGEST
    assert any(receipt.customer is None for receipt in sales)
    assert any(len({line.sku for line in sale.lines}) < len(sale.lines) for sale in sales)
    assert any(sale.number.startswith("A") and sale.lines[0].price < 0 for sale in sales)
    assert any(line.quantity < 0 for sale in sales for line in sale.lines)
    assert any(line.price == 0 for line in lines)
    assert any(0 < line.price < SUB_PENNY for line in lines)
    assert any(abs(line.quantity) >= HUGE_QUANTITY for line in lines)
    assert any(not line.name for line in lines)
