"""Bringing members, cards, the catalogue and programmes to a register that has no head office."""
