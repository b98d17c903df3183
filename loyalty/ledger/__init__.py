"""The arithmetic of the ledger: entries, their chain, and what their effects do to a member's account."""
