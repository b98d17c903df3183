"""Bytes for a printer: the right code page, styles that end, nothing that a printer would obey by mistake."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from slips.codes import bar_count, bar_dots, bars, code128_data, qr_dots, qr_image
from slips.document import (
    Align,
    Barcode,
    Block,
    Columns,
    Cut,
    Document,
    Feed,
    Image,
    Qr,
    Rule,
    Size,
    Symbology,
    Text,
)
from slips.encoding import CodePage
from slips.errors import UnknownProfile, UnknownSlot
from slips.escpos import BAND_ROWS_MAX, render
from slips.profile import PROFILES, PrinterProfile, profile_named
from slips.raster import centred, obeyed, packed, shielded
from slips.text import as_text

EPSON = PROFILES["epson-tm-t20"]
SMALL = PROFILES["generic-58"]
PROFILE_LIST = list(PROFILES.values())
ROOT = Path(__file__).resolve().parents[2]

# What text jobs contain besides text; printable bytes follow each command, so one pattern takes them all away.
COMMANDS = re.compile(rb"\x1b[@]|\x1c\.|\x1b[tEad].|\x1d[LW]..|\x1d[!V].", re.DOTALL)
RASTER = re.compile(rb"\x1dv0\x00(..)(..)", re.DOTALL)


def job(*blocks: Block, profile: PrinterProfile = EPSON) -> bytes:
    return render(Document(blocks), profile)


def rows_printed(data: bytes) -> list[bytes]:
    """The rows of all raster commands, header and length checked."""
    rows: list[bytes] = []
    at = data.find(b"\x1dv0")
    while at >= 0:
        header = RASTER.match(data, at)
        assert header is not None
        width, height = (int.from_bytes(part, "little") for part in header.groups())
        assert 1 <= height <= BAND_ROWS_MAX
        end = header.end() + width * height
        assert end <= len(data)
        rows += [data[start : start + width] for start in range(header.end(), end, width)]
        at = data.find(b"\x1dv0", end)
    return rows


def picture_of(rows: list[bytes]) -> Pillow.Image:
    inverted = bytes(byte ^ 0xFF for byte in b"".join(rows))
    return Pillow.frombytes("1", (len(rows[0]) * 8, len(rows)), inverted).convert("L")


@pytest.mark.parametrize("profile", PROFILE_LIST, ids=lambda profile: profile.id)
@pytest.mark.parametrize("page", list(CodePage))
def test_each_printer_is_told_its_own_code_page(profile: PrinterProfile, page: CodePage) -> None:
    """The whole slip would be in letters of another alphabet."""
    chosen = profile.using(page)
    data = job(Text("Баланс 412 баллов"), profile=chosen)
    head = b"\x1b@\x1c.\x1bt" + bytes((chosen.slot,)) + b"\x1dL\x00\x00\x1dW" + profile.dots.to_bytes(2, "little")
    assert data == head + "Баланс 412 баллов\n".encode(page.value)


@pytest.mark.parametrize(
    ("profile", "cp866", "cp1251"),
    [("epson-tm-t88", 17, 46), ("pos-5890", 59, 73), ("nt-80", 59, 73), ("rp326", 7, 6), ("sp2000", 10, 34)],
)
def test_known_models_have_their_known_numbers(profile: str, cp866: int, cp1251: int) -> None:
    """A shop with that very model would have to find the number by trying."""
    assert PROFILES[profile].slots == {CodePage.CP866: cp866, CodePage.CP1251: cp1251}
    assert PROFILES[profile].slot == cp866


def test_widths_are_those_of_the_paper() -> None:
    """Lines would wrap inside the printer, or end in the middle of the paper."""
    assert {(profile.columns, profile.dots) for profile in PROFILE_LIST} == {(32, 384), (42, 512), (48, 576)}
    assert all(profile.columns * 12 <= profile.dots for profile in PROFILE_LIST)


def test_a_picked_number_replaces_the_known_one() -> None:
    """A clone with a number of its own could never be set up."""
    picked = SMALL.using(CodePage.CP866, 66)
    assert job(Text("я"), profile=picked).startswith(b"\x1b@\x1c.\x1bt\x42")
    assert SMALL.slot == 17
    with pytest.raises(UnknownSlot):
        SMALL.using(CodePage.CP1251, 256)
    with pytest.raises(UnknownSlot):
        PrinterProfile("x", "x", 32, 384, {CodePage.CP866: 1}, CodePage.CP1251)
    with pytest.raises(UnknownProfile, match="generic-80"):
        profile_named("epson")


@given(
    st.lists(
        st.one_of(
            st.builds(Text, st.text(max_size=80), st.sampled_from(Align), st.booleans(), st.sampled_from(Size)),
            st.builds(
                Columns,
                st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), min_size=1, max_size=2).map(tuple),
                bold=st.booleans(),
                size=st.sampled_from(Size),
            ),
            st.builds(Rule),
        ),
        max_size=4,
    ).map(tuple),
    st.sampled_from(PROFILE_LIST),
    st.sampled_from(CodePage),
)
def test_the_bytes_say_what_the_preview_shows(blocks: tuple[Block, ...], base: PrinterProfile, page: CodePage) -> None:
    """Head office would approve one slip, and the register would print another."""
    profile = base.using(page)
    printed = COMMANDS.sub(b"", render(Document(blocks), profile)).decode(page.value)
    shown = as_text(Document(blocks), profile.columns, page)
    plain = [re.sub(r"(\S) (?=\S|$)", r"\1", line) for line in (printed, shown)]
    # The terminal spaces double letters; without any spaces both must be the same.
    assert printed.count("\n") == shown.count("\n")
    assert plain[0].replace(" ", "") == plain[1].replace(" ", "")


def test_styles_are_switched_on_and_off() -> None:
    """After one bold total the rest of the slip, and the next slip, would be bold."""
    data = job(Text("A", bold=True, size=Size.DOUBLE), Text("b"), Text("C", size=Size.TALL), Cut())
    assert data.endswith(b"\x1bE\x01\x1d!\x11A\n\x1bE\x00\x1d!\x00b\n\x1d!\x01C\n\x1bE\x00\x1d!\x00\x1bd\x06\x1dV\x01")


def test_a_printer_without_a_knife_feeds_to_the_edge() -> None:
    """The last lines would stay inside the printer when the cashier tears the paper."""
    assert job(Feed(3), Cut(), profile=SMALL).endswith(b"\x1bd\x03\x1bd\x04")


def test_an_ean13_is_sent_with_its_length() -> None:
    """A printer would take the digits for text, or wait for a NUL that never comes."""
    data = job(Text("x", bold=True), Barcode("4006381333931"))
    assert data.endswith(
        b"\x1bE\x00\x1d!\x00\x1ba\x01\x1dh\x40\x1dw\x03\x1dH\x02\x1df\x00\x1dk\x43\x0d4006381333931\x1ba\x00"
    )


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("AB-12", b"{BAB-12"),
        ("{x}", b"{B{{x}"),
        ("123456", b"{C\x0c\x22\x38"),
        ("12345", b"{B12345"),
        ("162008", b"{B162008"),
        ("160501", b"{B160501"),
    ],
)
def test_code128_is_short_and_never_a_command(code: str, data: bytes) -> None:
    """The receipt number 162008, sent as pairs of digits, would clear the printer's buffer."""
    assert code128_data(code) == data
    assert job(Barcode(code, Symbology.CODE128)).endswith(b"\x1dk\x49" + bytes((len(data),)) + data + b"\x1ba\x00")


@given(st.from_regex(r"[ -~]{1,40}", fullmatch=True))
def test_the_width_of_bars_is_known_before_they_are_drawn(code: str) -> None:
    """A barcode would be promised room that it does not have, and print as nothing."""
    block = Barcode(code, Symbology.CODE128)
    assert bar_count(block) == len(bars(block))
    assert set(bars(block)) == {"0", "1"}


def test_bars_too_wide_for_the_paper_become_digits() -> None:
    """A narrow printer leaves out what does not fit, and the customer would hold an empty coupon."""
    wide = Barcode("S7-R2-000412-2026-11-22", Symbology.CODE128)
    assert bar_dots(wide, SMALL.dots) is None
    assert job(wide, profile=SMALL).endswith(b"    S7-R2-000412-2026-11-22\n")
    assert bar_dots(wide, EPSON.dots) is None
    assert bar_dots(Barcode("S7-R2-000412", Symbology.CODE128), EPSON.dots) == 3
    assert bar_dots(Barcode("S7-R2-000412", Symbology.CODE128), SMALL.dots) == 2
    assert bar_dots(Barcode("4006381333931"), SMALL.dots) == 3


def test_a_qr_code_is_drawn_by_a_printer_that_can() -> None:
    """Each QR code would take three kilobytes and half a second on a serial line."""
    data = job(Qr("https://example.com/x"))
    assert len(data) < 100
    store = b"\x1d(k\x18\x001P0https://example.com/x\x1d(k\x03\x001Q0\x1ba\x00"
    assert data.endswith(b"\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1" + store)


@pytest.mark.parametrize("content", ["https://example.com/x", "ж" * 150, "7" * 300, "k"])
def test_a_qr_code_is_sent_as_dots_where_the_printer_cannot_draw_it(content: str) -> None:
    """A cheap printer would print the QR code's commands as rubbish, or a code that no phone reads."""
    rows = rows_printed(job(Qr(content), profile=SMALL))
    assert len(rows[0]) * 8 == SMALL.dots
    (found,) = zxingcpp.read_barcodes(picture_of(rows))
    assert found.text == content


@pytest.mark.parametrize(("length", "size"), [(1, 6), (14, 6), (15, 6), (200, 5), (300, 4)], ids=str)
def test_a_long_qr_code_is_made_to_fit(length: int, size: int) -> None:
    """A code wider than the paper is cut off by the printer."""
    block = Qr("x" * length)
    assert qr_dots(block, SMALL.dots) == size
    assert qr_image(block, SMALL.dots).width_dots <= SMALL.dots
    assert qr_dots(Qr("x", 3), SMALL.dots) == 3


@given(st.binary(max_size=200), st.sampled_from([b"\x10\x14\x08", b"\x10\x05\x02", b"\x10\x04\x01", b"\x10\x10\x14"]))
def test_a_shielded_picture_holds_no_command(data: bytes, command: bytes) -> None:
    """A logo would clear the printer's buffer in mid-slip, open the drawer or switch the printer off."""
    dots = data + command + data + command * 3
    safe = shielded(dots)
    assert not obeyed(safe)
    assert len(safe) == len(dots)
    # At most a dot is added in a byte; none is taken away.
    assert all(
        after & before == before and (after ^ before) in {0, 0x40} for before, after in zip(dots, safe, strict=True)
    )


@given(st.binary(min_size=72, max_size=72 * 8).map(lambda data: data[: len(data) // 72 * 72]))
def test_a_picture_without_commands_is_left_alone(data: bytes) -> None:
    """Every logo would be speckled."""
    clean = data.replace(b"\x10", b"\x11")
    assert shielded(clean) == clean


@pytest.mark.parametrize("command", [b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", b"\x10\x05\x02"])
def test_a_logo_that_would_clear_the_buffer_prints(command: bytes) -> None:
    """On the models that obey it the slip would come out empty from the logo on."""
    width = EPSON.dots // 8
    dots = (b"\xaa" * 7 + command).ljust(width * 300, b"\x00")
    data = job(Image(EPSON.dots, 300, dots), Text("Итого"))
    assert command in dots
    assert not obeyed(data)
    rows = rows_printed(data)
    assert len(rows) == 300
    assert b"".join(rows) == shielded(dots)
    assert data.endswith("Итого\n".encode("cp866"))


def test_a_picture_is_centred_and_cut_to_the_paper() -> None:
    """A logo would stick to the left edge, or a wide one would print as stripes."""
    assert rows_printed(job(Image(8, 2, b"\xf0\x0f"), profile=SMALL)) == [
        bytes(23) + b"\xf0" + bytes(24),
        bytes(23) + b"\x0f" + bytes(24),
    ]
    wide = Image(SMALL.dots + 16, 1, b"\x01" * 50)
    assert centred(wide, SMALL.dots) == b"\x01" * 48
    assert packed([[True, False, True], [False] * 8 + [True]]) == b"\xa0\x00\x80"


SIDE_EFFECTS = """
import logging, sys
if {configured}:
    logging.basicConfig(format="mine %(message)s")
before = list(logging.root.handlers)
from slips.warming import warm_up
warm_up()
assert "escpos" in sys.modules
assert logging.root.handlers == before, logging.root.handlers
"""


@pytest.mark.parametrize("configured", [True, False])
@pytest.mark.parametrize("kept", [True, False])
def test_importing_the_byte_builder_leaves_nothing_behind(tmp_path: Path, *, configured: bool, kept: bool) -> None:
    """Each start would leave a folder in the temp directory, and every log line would appear twice."""
    temp, cache = tmp_path / "temp", tmp_path / "cache"
    temp.mkdir()
    cache.mkdir()
    environment = {"TMPDIR": str(temp), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    if kept:
        environment["ESCPOS_CAPABILITIES_PICKLE_DIR"] = str(cache)
    done = subprocess.run(
        [sys.executable, "-c", SIDE_EFFECTS.format(configured=configured)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(temp.iterdir()) == []
    assert bool(list(cache.iterdir())) == kept


def test_nothing_is_said_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    """The `--json` output of a command that prints a slip would no longer be JSON."""
    for profile in PROFILE_LIST:
        job(Barcode("4006381333931"), Qr("x"), Image(8, 1, b"\xff"), Cut(), profile=profile)
    assert capfd.readouterr() == ("", "")
