"""A printer's replies told apart, and what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.status import (
    BLOCK_BYTES_MAX,
    Automatic,
    Block,
    Demultiplexer,
    Garbage,
    InOrder,
    PrinterStatus,
    Question,
    RealTime,
    Reply,
)
from drivers.values import DeviceState

REAL_TIME_BYTES = [byte for byte in range(256) if byte & 0x93 == 0x12]
IN_ORDER_BYTES = [byte for byte in range(256) if byte & 0x90 == 0]
FIRST_BYTES = [byte for byte in range(256) if byte & 0x93 == 0x10]
BLOCK_TEXT = st.binary(min_size=1, max_size=20).map(lambda data: data.translate(None, b"\x00\x11\x13"))

replies = st.one_of(
    st.sampled_from(REAL_TIME_BYTES).map(RealTime),
    st.sampled_from(IN_ORDER_BYTES).map(InOrder),
    st.tuples(st.sampled_from(FIRST_BYTES), *[st.sampled_from(IN_ORDER_BYTES)] * 3).map(
        lambda parts: Automatic(bytes(parts))
    ),
    st.tuples(st.sampled_from(b"\x35\x37\x3b\x3d\x5f"), BLOCK_TEXT).map(
        lambda parts: Block(bytes((parts[0],)) + parts[1])
    ),
)


def bytes_of(reply: Reply) -> bytes:
    match reply:
        case RealTime(byte=byte) | InOrder(byte=byte):
            return bytes((byte,))
        case Automatic(data=data) | Garbage(data=data):
            return data
        case Block(data=data):
            return data + b"\x00"


@given(st.lists(replies, max_size=12), st.integers(min_value=1, max_value=7))
def test_mixed_replies_are_told_apart(sent: list[Reply], size: int) -> None:
    """An automatic "paper low" taken for the answer that a slip printed would lose a customer's slip."""
    stream = b"".join(bytes_of(reply) for reply in sent)
    demultiplexer = Demultiplexer()
    heard: list[Reply] = []
    for place in range(0, len(stream), size):
        heard += demultiplexer.feed(stream[place : place + size])

    assert heard == sent


def test_flow_control_is_no_reply() -> None:
    """A serial printer says XOFF in the middle of an answer when its buffer is full."""
    heard = Demultiplexer().feed(b"\x13\x12\x11\x37\x22\x13ab\x11cd\x00")

    assert heard == [RealTime(0x12), Block(b"\x37\x22abcd")]


def test_a_broken_automatic_status_does_not_swallow_the_next_reply() -> None:
    """A printer switched off in mid-reply must be heard when it is back."""
    assert Demultiplexer().feed(b"\x10\x00\x12") == [RealTime(0x12)]


def test_a_block_without_end_is_given_up() -> None:
    """Noise that begins like a block must not swallow every reply of the day."""
    heard = Demultiplexer().feed(b"\x37" + b"a" * BLOCK_BYTES_MAX + b"\x12")

    assert isinstance(heard[0], Garbage)
    assert heard[-1] == RealTime(0x12)


def test_noise_is_named_as_such() -> None:
    """Bytes at a wrong baud rate are no status."""
    assert Demultiplexer().feed(b"\xff") == [Garbage(b"\xff")]


def test_a_process_id_is_read_from_its_block() -> None:
    """The id is the best proof that a slip printed."""
    (block,) = Demultiplexer().feed(b"\x37\x22 A~9\x00")

    assert isinstance(block, Block)
    assert block.process_id == b" A~9"
    assert Block(b"\x5fEPSON").process_id is None


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({}, DeviceState.UNKNOWN),
        ({Question.OFFLINE_CAUSE: 0x12}, DeviceState.UNKNOWN),
        ({Question.OFFLINE_CAUSE: 0x12, Question.PAPER: 0x12, Question.PRINTER: 0x12}, DeviceState.READY),
        ({Question.OFFLINE_CAUSE: 0x16, Question.PAPER: 0x12, Question.PRINTER: 0x1A}, DeviceState.COVER_OPEN),
        ({Question.OFFLINE_CAUSE: 0x32, Question.PAPER: 0x72, Question.PRINTER: 0x1A}, DeviceState.PAPER_OUT),
        ({Question.OFFLINE_CAUSE: 0x32, Question.PAPER: 0x12, Question.PRINTER: 0x1A}, DeviceState.PAPER_OUT),
        ({Question.OFFLINE_CAUSE: 0x52, Question.PAPER: 0x12, Question.PRINTER: 0x1A}, DeviceState.ERROR),
        ({Question.OFFLINE_CAUSE: 0x12, Question.PAPER: 0x1E, Question.PRINTER: 0x12}, DeviceState.PAPER_LOW),
        ({Question.OFFLINE_CAUSE: 0x12, Question.PAPER: 0x12, Question.PRINTER: 0x1A}, DeviceState.OFFLINE),
        ({Question.PAPER_IN_ORDER: 0x00}, DeviceState.READY),
        ({Question.PAPER_IN_ORDER: 0x03}, DeviceState.PAPER_LOW),
        ({Question.PAPER_IN_ORDER: 0x0C}, DeviceState.PAPER_OUT),
    ],
)
def test_answers_become_a_state(answers: dict[Question, int], state: DeviceState) -> None:
    """The cashier acts on this word: close the cover, put in paper. Unknown is never shown as fine."""
    status = PrinterStatus()
    for question, byte in answers.items():
        status = status.with_answer(question, byte)

    assert status.state is state
    hindered = state in {DeviceState.COVER_OPEN, DeviceState.PAPER_OUT, DeviceState.ERROR, DeviceState.OFFLINE}
    assert bool(status.hindrance) is hindered


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (b"\x10\x00\x00\x0f", DeviceState.READY),
        (b"\x38\x00\x00\x0f", DeviceState.COVER_OPEN),
        (b"\x18\x00\x0f\x0f", DeviceState.PAPER_OUT),
        (b"\x10\x00\x03\x0f", DeviceState.PAPER_LOW),
        (b"\x18\x08\x00\x0f", DeviceState.ERROR),
        (b"\x18\x00\x00\x0f", DeviceState.OFFLINE),
    ],
)
def test_automatic_status_becomes_the_same_states(data: bytes, state: DeviceState) -> None:
    """A printer that reports by itself must be believed like one that was asked."""
    assert PrinterStatus().with_automatic(data).state is state


def test_the_questions_are_the_bytes_of_the_manual() -> None:
    """One wrong byte prints as rubbish on the customer's slip."""
    assert [question.command for question in Question] == [
        b"\x10\x04\x01",
        b"\x10\x04\x02",
        b"\x10\x04\x04",
        b"\x1d\x72\x01",
    ]
