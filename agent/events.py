"""What just happened on the register, told to whoever listens: screens, the POS, `kopilka` watching.

Events are hints for people, not the record: a listener that falls behind is dropped and asks for the status again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

QUEUE_MAX = 256
LISTENERS_MAX = 32


@dataclass(frozen=True, slots=True)
class Event:
    """A name and plain data, ready for JSON."""

    name: str
    data: Mapping[str, Any]


class TooManyListeners(Exception):
    """More listeners than a register has screens; the caller answers 503."""


class EventBus:
    """Takes events on any thread, hands them to listeners on the API's loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: set[asyncio.Queue[Event | None]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """The loop that listeners live on; None when it ends."""
        self._loop = loop

    def publish(self, name: str, data: Mapping[str, Any]) -> None:
        """Never blocks, never raises for a slow listener."""
        self.soon(lambda: self._deliver(Event(name, data)))

    def soon(self, call: Callable[[], None]) -> None:
        """Calls on the API's loop, as soon as that gets to it; never while there is none."""
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(call)
        except RuntimeError:
            # The loop closed between the look and the call: the daemon is stopping, nobody listens.
            self._loop = None

    def check_room(self) -> None:
        """Raises `TooManyListeners`, while the answer can still say so."""
        if len(self._queues) >= LISTENERS_MAX:
            raise TooManyListeners

    async def listen(self) -> AsyncIterator[Event]:
        """Events from now on, until the listener falls `QUEUE_MAX` behind or the daemon stops."""
        self.check_room()
        queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE_MAX)
        self._queues.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """Ends every listener; on the loop only."""
        for queue in list(self._queues):
            self._drop(queue)

    def _deliver(self, event: Event) -> None:
        for queue in list(self._queues):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self._drop(queue)

    def _drop(self, queue: asyncio.Queue[Event | None]) -> None:
        self._queues.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
