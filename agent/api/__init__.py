"""The local API: loopback HTTP and JSON for the POS, the cashier's screen and the command line. docs/api.md."""
