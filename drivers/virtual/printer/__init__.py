"""An ESC/POS printer without the metal: it parses what it is sent, answers, and shows the paper."""
