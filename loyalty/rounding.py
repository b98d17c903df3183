"""Named roundings of integer ratios. Signs round away from zero alike, so that a return mirrors its sale."""


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer; halves go away from zero. `denominator` > 0."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def half_even(numerator: int, denominator: int) -> int:
    """The nearest integer; halves go to the even one. `denominator` > 0."""
    whole, rest = divmod(abs(numerator), denominator)
    magnitude = whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))
    return -magnitude if numerator < 0 else magnitude


def down(numerator: int, denominator: int) -> int:
    """Towards zero. `denominator` > 0."""
    magnitude = abs(numerator) // denominator
    return -magnitude if numerator < 0 else magnitude


def up(numerator: int, denominator: int) -> int:
    """Away from zero. `denominator` > 0."""
    magnitude = -(-abs(numerator) // denominator)
    return -magnitude if numerator < 0 else magnitude
