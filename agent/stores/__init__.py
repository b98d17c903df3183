"""Where a register keeps things: `ledger.db` for what must survive, `ref.db` for what can be brought again.

Nothing that safety needs lies across the two. docs/adr/0003 says why each is opened as it is.
"""
