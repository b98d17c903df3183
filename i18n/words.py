"""Texts, numbers, money and dates as a reader of one language expects them.

Formats come from the catalogue too (`format.*`, `currency.*`), so that a language is its `.po` file and nothing else.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

from i18n.errors import MissingValue, UnknownCode, UnknownLocale

if TYPE_CHECKING:
    from datetime import date, datetime, time

LOCALES = ("ru", "en")


class Words:
    """The words of one language. Immutable, safe to share between threads; get one from `words`."""

    def __init__(self, locale: str, catalogue: GNUTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue

    def say(self, code: str, /, **values: object) -> str:
        """The text of `code` with its placeholders filled. Raises `UnknownCode`, `MissingValue`."""
        text = self.find(code, **values)
        if text is None:
            raise UnknownCode(self.locale, code)
        return text

    def find(self, code: str, /, **values: object) -> str | None:
        """Like `say`, but None for a code that has no text: for codes that came from data. Raises `MissingValue`."""
        text = self._catalogue.gettext(code)
        # gettext answers an unknown message with the message itself; no text of ours equals its code.
        # The empty message is the catalogue's header.
        return None if text == code or not code else _filled(code, text, values)

    def count(self, code: str, n: int, /, *, exponent: int = 0, **values: object) -> str:
        """A counted text, such as `"21 балл"`, with `{n}` written as a number.

        Units: `n` in units of 10^-`exponent`: 1250 with exponent 2 is 12.5.
        Raises `UnknownCode`, `MissingValue`.
        """
        whole, fraction = divmod(abs(n), 10**exponent)
        # A fraction takes the word that stands with two (2 балла, 12,5 балла; 2 points, 0.5 points):
        # Russian grammar asks for the genitive singular, English for the plural.
        text = self._catalogue.ngettext(code, code, 2 if fraction else whole)
        if text == code:
            raise UnknownCode(self.locale, code)
        written = self.number(n, decimals=exponent) if fraction else self.number(-whole if n < 0 else whole)
        return _filled(code, text, {"n": written, **values})

    def number(self, value: int, *, decimals: int = 0) -> str:
        """123456 with two decimals is `"1 234,56"` in Russian. `value` in units of 10^-`decimals`."""
        whole, fraction = divmod(abs(value), 10**decimals)
        digits = f"{whole:,}".replace(",", self.say("format.group"))
        tail = f"{self.say('format.decimal')}{fraction:0{decimals}}" if decimals else ""
        return f"{'-' if value < 0 else ''}{digits}{tail}"

    def money(self, minor: int, *, decimals: int, currency: str | None = None) -> str:
        """An amount of minor units; with its currency's sign where an ISO 4217 code is given."""
        amount = self.number(abs(minor), decimals=decimals)
        if currency is not None:
            signed = self.find(f"currency.{currency}", amount=amount)
            amount = signed if signed is not None else self.say("currency.other", amount=amount, code=currency)
        return f"-{amount}" if minor < 0 else amount

    def day(self, day: date) -> str:
        """`"22.11.2026"` in Russian, `"22 Nov 2026"` in English, where 11/12 would be read both ways."""
        month = self.say(f"format.month_{day.month:02}")
        return self.say("format.day", day=f"{day.day:02}", month=month, year=f"{day.year:04}")

    def clock(self, at: datetime | time) -> str:
        """Hours and minutes of a local time: `"14:05"`."""
        return self.say("format.clock", hour=f"{at.hour:02}", minute=f"{at.minute:02}")

    def moment(self, at: datetime) -> str:
        """Day and time of a local moment."""
        return self.say("format.moment", day=self.day(at), clock=self.clock(at))


def words(locale: str) -> Words:
    """The words of `"ru"`, `"en-GB"`, `"ru_RU.UTF-8"`: the language decides. Raises `UnknownLocale`."""
    language = locale.replace("_", "-").split("-", 1)[0].split(".", 1)[0].lower()
    if language not in LOCALES:
        raise UnknownLocale(locale, LOCALES)
    return _loaded(language)


@cache
def _loaded(language: str) -> Words:
    compiled = resources.files(__package__).joinpath("catalogues", f"{language}.mo").read_bytes()
    return Words(language, GNUTranslations(BytesIO(compiled)))


def _filled(code: str, text: str, values: dict[str, object]) -> str:
    try:
        return text.format_map(values)
    except KeyError as missing:
        raise MissingValue(code, str(missing.args[0])) from missing
