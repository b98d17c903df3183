"""The figures to hold, each beside its limit and a raw baseline of the same run. See docs/performance.md."""
