"""The one place that builds everything: settings in, a register out."""
