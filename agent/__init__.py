"""The register's daemon: use cases, stores, spool, local API, cashier's screen, supervisor."""
