"""Events to screens: fresh or nothing, and never a brake on the till."""

import asyncio
import threading

import pytest

from agent.events import LISTENERS_MAX, QUEUE_MAX, Event, EventBus, TooManyListeners


def test_an_event_from_a_devices_thread_reaches_every_screen() -> None:
    """Two screens on one register both greet the customer."""

    async def story() -> list[Event]:
        bus = EventBus()
        bus.attach(asyncio.get_running_loop())
        listeners = [bus.listen(), bus.listen()]
        waiting = [asyncio.ensure_future(anext(listener)) for listener in listeners]
        await asyncio.sleep(0)
        thread = threading.Thread(target=bus.publish, args=("scan", {"n": 1}))
        thread.start()
        heard = await asyncio.gather(*waiting)
        thread.join()
        return list(heard)

    assert asyncio.run(story()) == [Event("scan", {"n": 1})] * 2


def test_a_listener_that_falls_behind_is_dropped_and_the_others_go_on() -> None:
    """A frozen tablet must not fill the register's memory or slow the other screen."""

    async def story() -> tuple[int, int]:
        bus = EventBus()
        bus.attach(asyncio.get_running_loop())
        slow, quick = bus.listen(), bus.listen()
        first = asyncio.ensure_future(anext(slow))
        heard = 0
        pending = asyncio.ensure_future(anext(quick))
        await asyncio.sleep(0)
        for number in range(QUEUE_MAX + 10):
            bus.publish("scan", {"n": number})
            await pending
            heard += 1
            pending = asyncio.ensure_future(anext(quick))
            await asyncio.sleep(0)
        await first
        rest = [event async for event in slow]
        pending.cancel()
        return heard, len(rest)

    heard, rest = asyncio.run(story())
    assert heard == QUEUE_MAX + 10
    assert rest == 0


def test_the_daemons_end_ends_every_stream() -> None:
    """A stop must not wait for a screen that listens for ever."""

    async def story() -> list[Event]:
        bus = EventBus()
        bus.attach(asyncio.get_running_loop())
        listener = bus.listen()
        heard = asyncio.ensure_future(_all(listener))
        await asyncio.sleep(0)
        bus.close()
        return await asyncio.wait_for(heard, 5)

    assert asyncio.run(story()) == []


def test_listeners_are_limited() -> None:
    """A page that reconnects in a loop must not exhaust the register."""

    async def story() -> None:
        bus = EventBus()
        bus.attach(asyncio.get_running_loop())
        waiting = []
        for _ in range(LISTENERS_MAX):
            waiting.append(asyncio.ensure_future(anext(bus.listen())))
            await asyncio.sleep(0)
        with pytest.raises(TooManyListeners):
            await anext(bus.listen())
        for task in waiting:
            task.cancel()

    asyncio.run(story())


def test_without_an_api_events_go_nowhere() -> None:
    """An import without the daemon must not fail for want of a screen."""
    EventBus().publish("scan", {})


async def _all(listener) -> list[Event]:
    return [event async for event in listener]
