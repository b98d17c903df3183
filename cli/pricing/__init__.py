"""Pricing without a register: documents from files, a sample receipt, a quote worked through for a person."""
