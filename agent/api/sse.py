"""Server-sent events as the HTML standard writes them.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from agent.events import Event

HEARTBEAT_S = 15.0


async def heartbeats(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    """Events as they come, and a comment where none comes for a while, so that a dead line is noticed."""
    following = asyncio.ensure_future(anext(events))
    # Once the client reads that it is connected, no event passes it by: the listener must be in place before.
    await asyncio.sleep(0)
    yield b": connected\n\n"
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=HEARTBEAT_S)
            if not done:
                yield b": still here\n\n"
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            yield b"event: " + event.name.encode() + b"\ndata: " + msgspec.json.encode(event.data) + b"\n\n"
            following = asyncio.ensure_future(anext(events))
    finally:
        following.cancel()
