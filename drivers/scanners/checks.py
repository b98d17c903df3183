"""Check digits of the codes that shops use.

Sources: GS1 General Specifications 7.9 (modulo 10, weights 3 and 1); ISO/IEC 7812-1 annex B (Luhn).
"""

GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def digits_only(code: str) -> bool:
    """Whether the code is not empty and all ASCII digits; other scripts have digits too."""
    return code.isascii() and code.isdecimal()


def gs1_check_digit(body: str) -> str:
    """The check digit that belongs behind `body`, as in EAN-8, UPC-A, EAN-13, GTIN-14 and SSCC."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def gtin_ok(code: str) -> bool:
    """Whether the code is an EAN-8, UPC-A, EAN-13 or GTIN-14 with the right check digit."""
    return len(code) in GTIN_LENGTHS and digits_only(code) and gs1_check_digit(code[:-1]) == code[-1]


def ean13_ok(code: str) -> bool:
    """Whether the code is an EAN-13 with the right check digit."""
    return len(code) == 13 and gtin_ok(code)  # noqa: PLR2004 - the name says the number


def luhn_ok(code: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it."""
    if not digits_only(code):
        return False
    total = 0
    for place, digit in enumerate(reversed(code)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of a number's two digits
    return total % 10 == 0
