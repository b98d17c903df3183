"""Magnetic stripes: the tracks of a loyalty card, and bank cards, which nobody here may keep.

Source: ISO/IEC 7811-6 and 7813 (track 1 `%…^…^…?`, track 2 `;…=…?`).
"""

import re
from dataclasses import dataclass

from drivers.scanners.checks import luhn_ok

PAN_LENGTHS = range(13, 20)

_TRACK_1 = re.compile(r"%(?P<number>[^?^]*)(?:\^[^?]*)?\?.?")
_TRACK_2 = re.compile(r";(?P<number>[^?=]*)(?:=[^?]*)?\?.?")
_BEFORE_EXPIRY = re.compile(r"(?=(?P<digits>\d{13,})\s?(?:=|D|\^[^^?]*\^)\d\d(?:0[1-9]|1[0-2]))")


@dataclass(frozen=True, slots=True)
class Stripe:
    """A swipe that was read whole: the number of its most telling track."""

    number: str
    symbology: str


def looks_like_bank_card(text: str) -> bool:
    """Whether a bank card's number and expiry stand anywhere in `text`, whole frame or not.

    13 to 19 digits with a Luhn check digit, a separator of track 1 or 2, a year and a month.
    """
    for found in _BEFORE_EXPIRY.finditer(text):
        digits = found["digits"]
        if any(luhn_ok(digits[-length:]) for length in PAN_LENGTHS if length <= len(digits)):
            return True
    return False


def is_stripe(text: str) -> bool:
    """Whether a swipe, read well or not, is in `text`."""
    return text.startswith((";", "%"))


def read_stripe(text: str) -> Stripe | None:
    """The number on a swipe's track 2, else on its track 1; None if no track was read whole."""
    for pattern, symbology in ((_TRACK_2, "track2"), (_TRACK_1, "track1")):
        found = pattern.search(text)
        if found and found["number"] and found["number"] != "E":  # a reader says ;E? for a track it could not read
            return Stripe(number=found["number"], symbology=symbology)
    return None
