"""`kopilka doctor`: what may stand between a register and its next sale, and what to do about each."""
