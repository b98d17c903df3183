"""The calculation. `quote` prices a basket, `refund` takes goods back; everything else here serves these two."""

RULES_LEVEL = 1
"""What this engine calculates, as one number. A receipt is computed again by the level that priced it."""
