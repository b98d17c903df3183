"""Canonical JSON: the bytes that hashes are made of."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from loyalty.canonical import INTEGER_LIMIT, canonical
from loyalty.errors import NotCanonical

KEYS = st.text(alphabet=st.characters(max_codepoint=127), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_LIMIT + 1, INTEGER_LIMIT - 1) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)

GOLDEN = [
    ({}, b"{}"),
    ({"b": 1, "a": [True, None, -7]}, b'{"a":[true,null,-7],"b":1}'),
    ({"A": 1, "a": 2, "_": 3}, b'{"A":1,"_":3,"a":2}'),
    ('копилка \u2028 " \\ \n \x01 \x7f', '"копилка \u2028 \\" \\\\ \\n \\u0001 \x7f"'.encode()),
    (9007199254740991, b"9007199254740991"),
]


@pytest.mark.parametrize(("value", "expected"), GOLDEN)
def test_golden_bytes(value: object, expected: bytes) -> None:
    """Another byte here, and every ledger in the field would fail its proof after an update."""
    assert canonical(value) == expected


@given(VALUES)
def test_same_bytes_as_the_standards_own_implementation(value: object) -> None:
    """An auditor who checks a ledger with any RFC 8785 library must get our hashes."""
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"price": 1.5}, ".price"),
        ({"lines": [{"n": float("nan")}]}, ".lines[0].n"),
        ([INTEGER_LIMIT], "[0]"),
        ({"n": -INTEGER_LIMIT}, ".n"),
        ({"ключ": 1}, ".ключ"),
        ({1: 2}, ".1"),
        ({"bytes": b"x"}, ".bytes"),
        ({"text": "\ud800"}, ".text"),
    ],
)
def test_what_other_machines_would_read_differently_is_refused(value: object, path: str) -> None:
    """A float or a huge integer hashed on a till would be another number at head office."""
    with pytest.raises(NotCanonical) as refused:
        canonical(value)
    assert refused.value.path == path


def test_endless_nesting_is_refused() -> None:
    """A hostile body of a million brackets must be an error, not a crash of the till."""
    value: object = 1
    for _ in range(40):
        value = [value]
    with pytest.raises(NotCanonical):
        canonical(value)
