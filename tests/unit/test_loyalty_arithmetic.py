"""Spreading and splitting to the minor unit."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.engine.allocate import spread
from loyalty.engine.splits import splits

weights_lists = st.lists(st.integers(0, 10**10), min_size=1, max_size=12)


@settings(max_examples=60)
@given(weights_lists, st.data())
def test_a_spread_adds_up_and_never_exceeds_a_weight(weights, data) -> None:
    """A discount that does not add up leaves the cashier a kopeck short at the end of the day."""
    amount = data.draw(st.integers(0, sum(weights)))
    shares = spread(amount, weights, range(len(weights)))

    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@settings(max_examples=60)
@given(weights_lists, st.data())
def test_a_share_is_within_one_unit_of_the_exact_one(weights, data) -> None:
    """Nobody's line may bear more than its part of a discount."""
    amount = data.draw(st.integers(0, sum(weights)))
    shares = spread(amount, weights, range(len(weights)))

    assert all(
        abs(share * sum(weights) - amount * weight) < max(1, sum(weights))
        for share, weight in zip(shares, weights, strict=True)
    )


def test_odd_units_go_to_the_largest_remainder_then_by_rank() -> None:
    """The same basket must give the same line the same kopeck on every register."""
    assert spread(100, [1, 1, 1], [2, 0, 1]) == [33, 34, 33]
    assert spread(10, [3, 3, 1], [0, 1, 2]) == [4, 4, 2]
    assert spread(5, [1, 2, 4], [0, 1, 2]) == [1, 1, 3]
    assert spread(7, [0, 0], [0, 1]) == [0, 0]


def test_odd_units_of_unequal_remainders() -> None:
    """The rank decides only between equals; else a dear line would take every odd kopeck."""
    # 4 over 2:1 is 2.67 and 1.33: the kopeck left over belongs to the first, whatever the rank says.
    assert spread(4, [2, 1], [1, 0]) == [3, 1]


@given(st.integers(-(10**8), 10**8).filter(bool), st.integers(-(10**10), 10**10))
@settings(max_examples=100)
def test_splits_add_up(quantity, total) -> None:
    """A fiscal printer refuses a line whose units do not add up."""
    parts = splits(quantity, total)

    assert len(parts) <= 2
    assert sum(part.total for part in parts) == total
    assert sum(part.quantity for part in parts) == quantity
    for part in parts:
        if part.unit_price is None:
            assert quantity % 1000
        else:
            assert part.quantity * part.unit_price == part.total * 1000
    prices = [part.unit_price for part in parts]
    assert len(prices) == 1 or prices[0] == prices[1] + 1


def test_a_return_mirrors_its_sale() -> None:
    """A return of three units must show the prices that the sale showed."""
    assert [(part.quantity, part.unit_price, part.total) for part in splits(3000, 200)] == [
        (2000, 67, 134),
        (1000, 66, 66),
    ]
    assert [(part.quantity, part.unit_price, part.total) for part in splits(-3000, -200)] == [
        (-2000, 67, -134),
        (-1000, 66, -66),
    ]
