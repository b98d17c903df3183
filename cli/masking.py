"""Numbers that may be cards' do not go into logs or lists."""

import re

from drivers.values import masked

CARD_DIGITS_MIN = 8
_DIGITS = re.compile(rf"\d{{{CARD_DIGITS_MIN},}}")


def mask_numbers(text: str) -> str:
    """Each run of eight digits or more with its middle hidden."""
    return _DIGITS.sub(lambda run: masked(run[0]), text)
