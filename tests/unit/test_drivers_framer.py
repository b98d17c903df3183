"""Frames cut from bytes: by terminators, by quiet, by neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadSettings
from drivers.scanners.framer import CR, CRLF, LF, TAB, Frame, FrameEnd, Framer, FramingProfile

BARE = FramingProfile(terminators=(), idle_gap_ms=150)
CODE = b"4006381333931"


def ends(frames: list[Frame]) -> list[tuple[bytes, FrameEnd]]:
    return [(frame.data, frame.end) for frame in frames]


@pytest.mark.parametrize("terminator", [CR, LF, CRLF])
def test_each_way_to_say_enter_ends_a_code(terminator: bytes) -> None:
    """A scanner set to another Enter than the last one would go silent."""
    framer = Framer(FramingProfile())

    frames = framer.feed(CODE + terminator + CODE + terminator, 1.0)

    assert ends(frames) == [(CODE, FrameEnd.WHOLE)] * 2


def test_the_end_of_a_line_split_between_reads_is_one_end() -> None:
    """The second half of CR LF taken for a code would show an error after each scan."""
    framer = Framer(FramingProfile(terminators=(CR, CRLF)))

    frames = framer.feed(CODE + b"\r", 1.0) + framer.feed(b"\n" + CODE + b"\r", 1.1)

    assert ends(frames) == [(CODE, FrameEnd.WHOLE)] * 2


def test_crlf_alone_leaves_a_bare_cr_inside() -> None:
    """Where only CR LF ends a code, a lone CR is a fault to be shown, not an end to be guessed."""
    framer = Framer(FramingProfile(terminators=(CRLF,)))

    assert ends(framer.feed(b"12\r34\r\n", 1.0)) == [(b"12\r34", FrameEnd.WHOLE)]


def test_tab_ends_a_code_where_configured() -> None:
    """Scanners that fill forms end with TAB."""
    assert ends(Framer(FramingProfile(terminators=(TAB,))).feed(CODE + b"\t", 1.0)) == [(CODE, FrameEnd.WHOLE)]
    assert Framer(FramingProfile(terminators=(CR,))).feed(CODE + b"\t", 1.0) == []


def test_quiet_on_a_line_with_enter_yields_a_partial_never_a_code() -> None:
    """A card whose Enter was lost may be half a card; half a card is somebody else's."""
    framer = Framer(FramingProfile(idle_gap_ms=150))
    assert framer.feed(CODE, 1.0) == []
    assert framer.idle(1.149) == []

    assert ends(framer.idle(1.151)) == [(CODE, FrameEnd.IDLE)]


def test_gaps_of_99_ms_do_not_cut_a_code_without_enter() -> None:
    """Slow scanners pause up to 99 ms between characters; a cut there makes two wrong codes."""
    framer = Framer(BARE)
    now = 5.0
    for place in range(len(CODE)):
        assert framer.feed(CODE[place : place + 1], now) == []
        now += 0.099
        assert framer.idle(now) == []

    assert ends(framer.idle(now + 0.052)) == [(CODE, FrameEnd.WHOLE)]


def test_a_late_read_does_not_cut_a_code() -> None:
    """On a busy register our thread may sleep past the gap while the bytes wait: they still belong together."""
    framer = Framer(BARE)
    framer.feed(CODE[:6], 1.0)
    framer.feed(CODE[6:], 1.9)

    assert ends(framer.idle(2.1)) == [(CODE, FrameEnd.WHOLE)]


def test_half_a_frame_at_unplug_is_partial() -> None:
    """A cable pulled in mid-scan must not leave half a card waiting for the next customer's digits."""
    for profile in (BARE, FramingProfile()):
        framer = Framer(profile)
        framer.feed(CODE[:6], 1.0)

        assert ends(framer.cut()) == [(CODE[:6], FrameEnd.CUT)]
        assert framer.cut() == []

        frames = framer.feed(CODE + b"\r", 2.0) + framer.idle(9.0)
        assert [frame.data.rstrip() for frame in frames] == [CODE]


def test_an_overflow_is_discarded_up_to_the_next_enter() -> None:
    """A jammed scanner's flood must neither fill memory nor end in something that looks like a card."""
    framer = Framer(FramingProfile(length_max=20))

    frames = framer.feed(b"9" * 5000 + CODE + b"\r" + CODE + b"\r", 1.0)

    assert [frame.end for frame in frames] == [FrameEnd.OVERFLOW, FrameEnd.WHOLE]
    assert frames[1].data == CODE
    assert len(frames[0].data) <= 21


def test_an_overflow_without_terminators_ends_with_quiet() -> None:
    """Without an Enter, quiet is the only way back into step."""
    framer = Framer(FramingProfile(terminators=(), idle_gap_ms=150, length_max=20))
    assert [frame.end for frame in framer.feed(b"9" * 50, 1.0)] == [FrameEnd.OVERFLOW]
    assert framer.patience_s(1.0, 0.5) <= 0.15
    assert framer.idle(1.2) == []

    framer.feed(CODE, 2.0)
    assert ends(framer.idle(2.2)) == [(CODE, FrameEnd.WHOLE)]


def test_a_frame_that_lasts_too_long_is_given_up() -> None:
    """A code that dribbles in for seconds is a wrong baud rate, not a card."""
    framer = Framer(FramingProfile(frame_ms_max=1000))
    frames: list[Frame] = []
    for step in range(13):
        frames += framer.feed(CODE[step : step + 1], 1.0 + step * 0.1)

    assert [frame.end for frame in frames] == [FrameEnd.TOO_SLOW]
    assert framer.feed(b"\r", 3.0) == []
    assert ends(framer.feed(CODE + b"\r", 4.0)) == [(CODE, FrameEnd.WHOLE)]


def test_a_prefix_is_taken_off_and_missed_when_missing() -> None:
    """Where scanners mark their codes, unmarked bytes come from something else."""
    framer = Framer(FramingProfile(prefix=b"$1"))

    frames = framer.feed(b"$1" + CODE + b"\r" + CODE + b"\r", 1.0)

    assert ends(frames) == [(CODE, FrameEnd.WHOLE), (CODE, FrameEnd.MISFRAMED)]


def test_stx_and_etx_frame_a_code() -> None:
    """Bytes outside the marks, and a mark that was lost, must not become part of a card."""
    framer = Framer(FramingProfile(stx_etx=True))

    frames = framer.feed(b"zz\x02" + CODE + b"\x03\r\nzz\x02123\x02" + CODE + b"\x03", 1.0)

    assert ends(frames) == [(CODE, FrameEnd.WHOLE), (b"123", FrameEnd.MISFRAMED), (CODE, FrameEnd.WHOLE)]


def test_the_time_of_a_frame_is_that_of_its_last_byte() -> None:
    """How old a scan is decides whether it may still reach a receipt."""
    framer = Framer(FramingProfile())
    framer.feed(CODE[:5], 10.0)

    assert framer.feed(CODE[5:] + b"\r", 10.4)[0].at == 10.4


def test_patience_is_long_only_while_the_line_is_quiet() -> None:
    """Short polls on a quiet line would burn the register's processor all night."""
    framer = Framer(BARE)
    assert framer.patience_s(1.0, 0.5) == 0.5
    framer.feed(b"4", 1.0)

    assert framer.patience_s(1.0, 0.5) == pytest.approx(0.15)
    assert framer.patience_s(9.0, 0.5) == 0.001


@pytest.mark.parametrize(
    "settings",
    [
        {"terminators": (b"\n\r",)},
        {"terminators": (), "idle_gap_ms": 99},
        {"idle_gap_ms": 5},
        {"length_max": 0},
        {"length_max": 10**6},
        {"frame_ms_max": 100},
    ],
)
def test_a_profile_that_cuts_codes_is_refused(settings: dict[str, object]) -> None:
    """A gap shorter than scanners pause would work in the office and fail in the shop."""
    with pytest.raises(BadSettings):
        FramingProfile(**settings)


CODES = st.lists(st.binary(min_size=1, max_size=40).map(lambda data: data.translate(None, b"\r\n")), max_size=8)


@given(codes=CODES, cuts=st.lists(st.integers(min_value=1, max_value=30), max_size=60))
def test_how_bytes_are_sliced_into_reads_changes_nothing(codes: list[bytes], cuts: list[int]) -> None:
    """The system slices a line's bytes as it likes; the codes must be those that were scanned."""
    codes = [code for code in codes if code]
    stream = b"".join(code + b"\r\n" for code in codes)
    framer = Framer(FramingProfile())
    frames: list[Frame] = []
    place = 0
    for cut in [*cuts, len(stream)]:
        frames += framer.feed(stream[place : place + cut], 1.0)
        place += cut

    assert ends(frames) == [(code, FrameEnd.WHOLE) for code in codes]
