"""What a register does on its own: slips that waited too long expire, old contents go, files are checked and mended."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import structlog

from agent.clock import milliseconds
from agent.errors import AgentError, ReferenceDamaged, ReferenceUnavailable
from agent.services import Services
from agent.stores.database import quick_check

ANSWERS_KEPT = timedelta(days=90)
SLIPS_KEPT = timedelta(days=30)
AT_ONCE = 500

log = structlog.get_logger("upkeep")


class Upkeep:
    """Each method is one step of one job; none raises for what it can leave to the next time."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def spool(self) -> None:
        """Slips past their time expire."""
        self._guarded("spool", self._services.spool.expire)

    def forget(self) -> None:
        """Stored answers and printed slips past their time lose their contents; keys and entries stay."""

        def drop() -> None:
            before = self._services.clock.now().at - ANSWERS_KEPT
            with self._services.ledger.exclusive() as writer:
                writer.forget_answers(before_ms=milliseconds(before), most=AT_ONCE)
            self._services.spool.purge(older_than=SLIPS_KEPT, most=AT_ONCE)

        self._guarded("forget", drop)

    def checkpoint(self) -> None:
        """The ledger's WAL goes into its file."""
        self._guarded("checkpoint", self._services.ledger.checkpoint)

    def ledger_file(self) -> None:
        """The whole ledger file is read once; damage stops money operations before it spreads."""

        def check() -> None:
            with self._services.readings.reading() as connection:
                found = quick_check(connection)
            if found != "ok":
                log.error("ledger_damaged", found=found)
                self._services.ledger.condemn(found)

        if self._services.ledger.trouble is None:
            self._guarded("ledger_file", check)

    def reference_probe(self) -> None:
        """A quick look; a reference that cannot be read is rebuilt from the kept imports."""
        try:
            self._services.reference.probe()
        except ReferenceDamaged as damage:
            self._rebuild(str(damage))
        except ReferenceUnavailable as error:
            log.warning("reference_unavailable", error=str(error))

    def reference_file(self) -> None:
        """The whole reference file is read once; damage makes it be rebuilt."""
        try:
            found = self._services.reference.complaint()
        except ReferenceDamaged as damage:
            found = str(damage)
        except ReferenceUnavailable as error:
            log.warning("job_put_off", job="reference_file", error=str(error))
            return
        if found is not None:
            self._rebuild(found)

    def _rebuild(self, why: str) -> None:
        status = self._services.status
        if status.rebuilding:
            return
        log.warning("reference_rebuild", why=why)
        status.rebuilding = True
        try:
            files = self._services.importer.rebuild()
            log.info("reference_rebuilt", imports=files)
        except (AgentError, OSError, sqlite3.Error) as error:
            log.exception("reference_rebuild_failed", error=str(error))
        finally:
            status.rebuilding = False
            status.reference_changed()

    def _guarded(self, job: str, step: Callable[[], object]) -> None:
        """A job that cannot run now is logged and runs again: the next time may find the disk well."""
        try:
            step()
        except AgentError as error:
            log.warning("job_put_off", job=job, error=str(error))
