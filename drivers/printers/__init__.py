"""Printers: status, one job at a time, and how sure we are that it printed."""
