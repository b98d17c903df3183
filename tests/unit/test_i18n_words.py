"""Words, numbers, money and dates in Russian and English."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n import MissingValue, UnknownCode, UnknownLocale, words

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 баллов"),
        (1, "1 балл"),
        (2, "2 балла"),
        (4, "4 балла"),
        (5, "5 баллов"),
        (11, "11 баллов"),
        (12, "12 баллов"),
        (14, "14 баллов"),
        (21, "21 балл"),
        (22, "22 балла"),
        (100, "100 баллов"),
        (101, "101 балл"),
        (111, "111 баллов"),
        (1234, f"1{NBSP}234 балла"),
        (-1, "-1 балл"),
        (-22, "-22 балла"),
    ],
)
def test_russian_points_are_counted_as_people_say_them(n: int, text: str) -> None:
    """A slip that says "2 баллов" looks like a machine translation, and a shop is ashamed of it."""
    assert words("ru").count("unit.points", n) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0 points"), (1, "1 point"), (2, "2 points"), (1500, "1,500 points")])
def test_english_points_are_counted(n: int, text: str) -> None:
    """An English slip would say "1 points"."""
    assert words("en").count("unit.points", n) == text


@pytest.mark.parametrize(
    ("locale", "n", "text"),
    [("ru", 1250, "12,50 балла"), ("ru", 1200, "12 баллов"), ("ru", 50, "0,50 балла"), ("en", 150, "1.50 points")],
)
def test_hundredths_of_points_take_the_right_word(locale: str, n: int, text: str) -> None:
    """Wallets with two decimals would print "12,50 баллов", which is no Russian, or lose the fraction."""
    assert words(locale).count("unit.points", n, exponent=2) == text


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "text"),
    [
        ("ru", 123456, None, f"1{NBSP}234,56"),
        ("ru", 123456, "RUB", f"1{NBSP}234,56{NBSP}₽"),
        ("ru", -5, "RUB", f"-0,05{NBSP}₽"),
        ("en", -123456, "GBP", "-£1,234.56"),
        ("en", 100, "KZT", f"1.00{NBSP}KZT"),
    ],
)
def test_money_is_written_as_its_readers_write_it(locale: str, minor: int, currency: str | None, text: str) -> None:
    """A customer would read 1,234 roubles where 1.234 was meant."""
    assert words(locale).money(minor, decimals=2, currency=currency) == text


def test_money_without_decimals_has_no_comma() -> None:
    """Yen with a fraction would be a price that does not exist."""
    assert words("ru").money(1500, decimals=0) == f"1{NBSP}500"


@given(st.integers(min_value=-(10**15), max_value=10**15), st.integers(min_value=0, max_value=4))
def test_a_written_number_can_be_read_back(value: int, decimals: int) -> None:
    """A digit lost in grouping would print another sum than the one that was paid."""
    for locale in ("ru", "en"):
        written = words(locale).number(value, decimals=decimals)
        separators = {words(locale).say("format.group"), words(locale).say("format.decimal")}
        assert int("".join(sign for sign in written if sign not in separators)) == value


def test_days_cannot_be_read_two_ways() -> None:
    """The 11th of December and the 12th of November would be the same words, and points would lapse unseen."""
    assert words("ru").day(date(2026, 12, 11)) == "11.12.2026"
    assert words("en").day(date(2026, 12, 11)) == "11 Dec 2026"
    assert words("ru").moment(datetime(2026, 11, 2, 9, 5)) == "02.11.2026 09:05"  # noqa: DTZ001 - a shop's local time
    assert len({words("en").day(date(2026, month, 1)) for month in range(1, 13)}) == 12


@pytest.mark.parametrize("locale", ["ru", "ru-RU", "ru_RU.UTF-8", "RU"])
def test_a_system_locale_names_its_language(locale: str) -> None:
    """A register whose system says ru_RU.UTF-8 would start in no language at all."""
    assert words(locale) is words("ru")


@pytest.mark.parametrize("locale", ["de", "", "C", "rubbish"])
def test_an_unknown_language_is_told(locale: str) -> None:
    """A wrong setting would be noticed by the first customer, not at the start."""
    with pytest.raises(UnknownLocale, match="ru, en"):
        words(locale)


def test_a_missing_text_or_value_is_told() -> None:
    """A cashier would read "problem.paper_out" or "{key}" on the screen."""
    for code in ("slip.no_such", ""):
        with pytest.raises(UnknownCode):
            words("ru").say(code)
        assert words("ru").find(code) is None
    with pytest.raises(UnknownCode):
        words("ru").count("slip.no_such", 2)
    with pytest.raises(MissingValue, match="key"):
        words("ru").say("slip.receipt")
