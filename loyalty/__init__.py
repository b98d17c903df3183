"""The pure centre: money, points, baskets, programmes, the engine and the arithmetic of the ledger.

Nothing here opens a file, reads a clock or starts a thread; the same inputs give the same bytes
on every machine, because head office computes every receipt again.
"""
