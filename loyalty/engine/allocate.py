"""Spreading an amount over lines, to the minor unit."""

from collections.abc import Sequence


def spread(amount: int, weights: Sequence[int], ties: Sequence[int]) -> list[int]:
    """Shares of `amount` in proportion to `weights`, whose sum is `amount` exactly.

    Odd units go to the largest remainders; among equal ones to the lowest rank in `ties`. Weights are ≥ 0;
    where their sum is 0, so is every share. A share never exceeds its weight while `amount` ≤ Σ weights.
    Source: the method of largest remainder (Hamilton).
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares, remainders = [], []
    for weight in weights:
        share, remainder = divmod(amount * weight, whole)
        shares.append(share)
        remainders.append(remainder)
    odd = amount - sum(shares)
    if odd:
        for index in sorted(range(len(weights)), key=lambda index: (-remainders[index], ties[index]))[:odd]:
            shares[index] += 1
    return shares
