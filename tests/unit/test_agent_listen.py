"""The API's socket."""

import socket

from agent.supervisor import listen


def test_an_answer_leaves_at_once() -> None:
    """Each request at the till would take 40 ms longer: asyncio switches Nagle's wait off only on such a socket."""
    with listen("127.0.0.1", 0) as line, socket.create_connection(line.getsockname()) as caller:
        accepted, _ = line.accept()
        with accepted:
            protocols = {line.proto, accepted.proto}
            caller.shutdown(socket.SHUT_RDWR)

    assert protocols == {socket.IPPROTO_TCP}
