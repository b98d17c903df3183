"""The engine's JSON: baskets and facts in, quotes and refunds out. Shapes are documented in `docs/programme-run.md`."""
