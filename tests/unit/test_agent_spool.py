"""Slips on their way: none lost, none stuck, none poured out late."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.clock import RuleClock
from agent.services import Services
from agent.stores.spool import NewSlip, SlipState
from drivers.values import Evidence, NotSent, Printed, SentUnconfirmed


class Machine:
    """A wall clock and a monotonic one, set by hand."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.monotonic = 1000.0


@pytest.fixture
def machine(services: Services, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(services.spool, "_clock", RuleClock(lambda: machine.wall, lambda: machine.monotonic))
    return machine


def queue(services: Services, key: str) -> int:
    with services.ledger.exclusive() as writer:
        sealed = services.spool.sealed(writer, NewSlip(key, "K1", b"[]", b"bytes of " + key.encode(), 48))
        with writer.transaction():
            slip = services.spool.enqueue(writer, sealed)
    services.spool.queued(sealed)
    return slip


def state(services: Services, slip: int) -> SlipState:
    row = services.spool.find_slip(slip)
    assert row is not None
    return row.state


@pytest.mark.usefixtures("machine")
def test_slips_print_in_the_order_of_their_sales(services: Services) -> None:
    """The second customer must not get the first one's slip."""
    first, second = queue(services, "a"), queue(services, "b")
    job = services.spool.next_job()
    assert job is not None
    assert (job.id, job.data) == (str(first), b"bytes of a")
    services.spool.sending(job.id)
    services.spool.finished(job.id, Printed(Evidence.PROCESS_ID))
    assert (state(services, first), state(services, second)) == (SlipState.PRINTED, SlipState.QUEUED)


@pytest.mark.usefixtures("machine")
def test_what_may_have_printed_is_never_sent_again(services: Services) -> None:
    """Two bonus slips for one sale, and the customer comes back with both."""
    slip = queue(services, "a")
    job = services.spool.next_job()
    assert job is not None
    services.spool.sending(job.id)
    services.spool.recover()
    assert state(services, slip) is SlipState.SENT_UNCONFIRMED
    assert services.spool.next_job() is None
    services.spool.finished(job.id, Printed(Evidence.PROCESS_ID))
    assert state(services, slip) is SlipState.PRINTED


@pytest.mark.usefixtures("machine")
def test_what_never_left_the_machine_is_tried_again(services: Services) -> None:
    """The printer was out of paper: the slip comes when there is some."""
    slip = queue(services, "a")
    job = services.spool.next_job()
    assert job is not None
    services.spool.finished(job.id, NotSent("paper out"))
    assert state(services, slip) is SlipState.QUEUED
    again = services.spool.next_job()
    assert again is not None
    assert again.id == job.id
    services.spool.recover()
    assert state(services, slip) is SlipState.QUEUED


def test_a_slip_that_waited_too_long_does_not_pour_out(services: Services, machine: Machine) -> None:
    """Paper is put in the next morning: yesterday's customers are gone."""
    slip = queue(services, "a")
    machine.monotonic += 121 * 60
    assert services.spool.next_job() is None
    assert services.spool.expire() == 1
    assert state(services, slip) is SlipState.EXPIRED


def test_correcting_the_clock_expires_no_slip(services: Services, machine: Machine) -> None:
    """The clock is put right a minute after the sale; the customer still waits for the slip."""
    slip = queue(services, "a")
    machine.wall += timedelta(days=30)
    machine.monotonic += 60
    assert services.spool.expire() == 0
    job = services.spool.next_job()
    assert job is not None
    assert job.id == str(slip)


@pytest.mark.usefixtures("machine")
def test_a_slip_that_does_not_open_lets_the_next_one_print(services: Services) -> None:
    """One damaged row must not silence the printer for everybody after."""
    broken, sound = queue(services, "a"), queue(services, "b")
    with services.ledger.exclusive() as writer, writer.transaction():
        writer.connection.execute("UPDATE slip SET bytes = x'00' WHERE id = ?", (broken,))
    job = services.spool.next_job()
    assert job is not None
    assert job.id == str(sound)
    assert state(services, broken) is SlipState.FAILED
    assert services.spool.discard(broken) is SlipState.CANCELLED


@pytest.mark.usefixtures("machine")
def test_a_person_may_discard_what_nobody_can_confirm(services: Services) -> None:
    """The cashier sees that it printed, and clears it away."""
    slip = queue(services, "a")
    job = services.spool.next_job()
    assert job is not None
    services.spool.sending(job.id)
    services.spool.finished(job.id, SentUnconfirmed(Evidence.WRITE_ONLY, "no answer"))
    assert services.spool.discard(slip) is SlipState.CANCELLED
    assert services.spool.discard(999) is None
