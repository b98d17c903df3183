"""What the command line does with the ledger beyond reading it: rows for people, an export for auditors, a rebuild."""
