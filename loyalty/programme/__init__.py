"""The programme: everything a shop's rules can say, read, checked and compiled."""
