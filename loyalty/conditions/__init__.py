"""When a promotion applies: one file for each condition. `registry` lists them."""
