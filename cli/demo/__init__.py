"""`kopilka demo`: a register, a scanner and a printer at work on real receipts, checked as they go."""
