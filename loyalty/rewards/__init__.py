"""What a promotion gives: one file for each reward. `registry` lists them."""
