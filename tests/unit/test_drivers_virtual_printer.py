"""The printer's twin: it must be as strict as a real printer, or what passes here prints as rubbish in a shop."""

from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.virtual.printer.codes import BadCode, bars, qr
from drivers.virtual.printer.model import EPSON_58, EPSON_80, POS_5890, RP_326, SP_2000, PrinterModel
from drivers.virtual.printer.orders import execute
from drivers.virtual.printer.paper import STRIP_ITEMS_MAX, Paper
from drivers.virtual.printer.parser import Command, Parser, Problem, Text, Token
from drivers.virtual.printer.picture import Typeface, strip_image, strip_png
from drivers.virtual.printer.strip import PaperStrip, TextLine

FONTS = Path(__file__).resolve().parents[2] / "slips" / "fonts"
ESC, FS, GS = b"\x1b", b"\x1c", b"\x1d"
START = ESC + b"@" + FS + b"." + ESC + b"t\x11"
CUT = GS + b"V\x00"


@pytest.fixture(scope="module")
def typeface() -> Typeface:
    return Typeface(next(path for path in sorted(FONTS.glob("*.ttf")) if "Bold" not in path.name))


def printed(data: bytes, model: PrinterModel = EPSON_80) -> tuple[list[PaperStrip], list[Problem]]:
    paper = Paper(model)
    strips: list[PaperStrip] = []
    problems: list[Problem] = []
    for token in Parser().feed(data):
        outcome = token if isinstance(token, Problem) else execute(paper, token)
        if isinstance(outcome, PaperStrip):
            strips.append(outcome)
        elif outcome is not None:
            problems.append(outcome)
    rest = paper.cut()
    return strips + ([rest] if rest else []), problems


def lines(data: bytes, model: PrinterModel = EPSON_80) -> list[str]:
    strips, problems = printed(data, model)
    assert problems == []
    return [line for strip in strips for line in strip.text().split("\n")]


def faults(data: bytes, model: PrinterModel = EPSON_80) -> list[str]:
    return [problem.why for problem in printed(data, model)[1]]


def ru(text: str) -> bytes:
    return text.encode("cp866")


def qr_order(data: bytes, *, level: bytes = b"1", module: int = 6) -> bytes:
    size = (len(data) + 3).to_bytes(2, "little")
    return (
        GS + b"(k\x04\x001A2\x00" + GS + b"(k\x03\x001C" + bytes((module,)) + GS + b"(k\x03\x001E" + level
        + GS + b"(k" + size + b"1P0" + data + GS + b"(k\x03\x001Q0"
    )  # fmt: skip


def test_russian_text_is_read_through_the_slot() -> None:
    """The wrong slot prints Greek on every slip of a chain."""
    assert lines(START + ru("Спасибо! ёЁ\n")) == ["Спасибо! ёЁ"]
    assert lines(ESC + b"@" + ESC + b"t\x2e" + "Баллы\n".encode("cp1251")) == ["Баллы"]
    for model, slot in ((RP_326, 7), (SP_2000, 10), (POS_5890, 59)):
        assert lines(ESC + b"@" + FS + b"." + ESC + b"t" + bytes((slot,)) + ru("Чек\n"), model) == ["Чек"]


def test_a_slot_of_another_model_is_a_problem() -> None:
    """Slot 17 is Cyrillic on one printer and Greek on the next."""
    assert faults(START, RP_326) == ["ESC t: slot 17 is no code page of RP326"]


def test_a_printer_that_starts_in_kanji_mode_prints_chinese_until_told() -> None:
    """Cheap clones print Russian as Chinese characters unless each slip says FS . after ESC @."""
    told = ESC + b"@" + FS + b"." + ESC + b"t\x3b" + ru("Чек 1\n")

    assert lines(told, POS_5890) == ["Чек 1"]
    strips, problems = printed(ESC + b"@" + ESC + b"t\x3b" + ru("Чек 1\n"), POS_5890)
    assert "Чек" not in strips[0].text()
    assert "Kanji" in problems[0].why
    _, problems = printed(told + ESC + b"@" + ESC + b"t\x3b" + ru("Чек 2\n"), POS_5890)
    assert "Kanji" in problems[0].why, "ESC @ goes back to Kanji mode"


def test_columns_wrap_where_the_paper_ends() -> None:
    """A price pushed to the next line belongs to no product."""
    assert lines(START + b"x" * 48 + b"\n") == ["x" * 48]
    assert lines(START + b"x" * 49 + b"\n") == ["x" * 48, "x"]
    assert lines(START + b"x" * 33 + b"\n", EPSON_58) == ["x" * 32, "x"]
    assert lines(START + GS + b"!\x10" + b"x" * 25 + b"\n") == ["x" * 24, "x"]
    assert lines(START + ESC + b"M\x01" + b"x" * 65 + b"\n") == ["x" * 64, "x"]


def test_alignment_margins_and_tabs_place_text() -> None:
    """What the layout puts in the middle must come out in the middle."""
    assert lines(START + ESC + b"a\x01mid\n" + ESC + b"a\x02right\n") == [" " * 22 + "mid", " " * 43 + "right"]
    assert lines(START + GS + b"L\x18\x00in\n") == ["  in"]
    assert lines(START + GS + b"W\x48\x00" + b"abcdefgh\n") == ["abcdef", "gh"]
    assert lines(START + b"a\tb\n" + ESC + b"D\x04\x00" + b"a\tb\n") == ["a       b", "a   b"]
    assert lines(START + ESC + b"$\x3c\x00x" + ESC + b"\\\x0c\x00y\n") == ["     x y"]
    assert lines(START + b"ab" + ESC + b"a\x01cd\n") == ["abcd"], "within a line alignment is ignored"


def test_styles_are_kept_with_their_words() -> None:
    """The total is bold and large, the rest is not."""
    strips, problems = printed(
        START + ESC + b"E\x01" + GS + b"!\x11A" + ESC + b"E\x00" + GS + b"!\x00" + ESC + b"-\x02" + GS + b"B\x01b\n"
        + ESC + b"!\xb9c\n"
    )  # fmt: skip

    assert problems == []
    first, second = strips[0].items
    assert isinstance(first, TextLine)
    assert isinstance(second, TextLine)
    large, small = first.runs
    assert (large.style.bold, large.style.width, large.style.height) == (True, 2, 2)
    assert (small.style.bold, small.style.underline, small.style.inverse, small.x) == (False, 2, True, 24)
    assert first.height == 48
    style = second.runs[0].style
    assert (style.font, style.bold, style.width, style.height, style.underline) == (1, True, 2, 2, 1)


def test_feeds_and_cuts_make_strips() -> None:
    """Two customers' slips on one strip would be torn anywhere."""
    strips, problems = printed(START + b"one\n" + ESC + b"d\x02" + CUT + b"two" + GS + b"VB\x10" + CUT)

    assert problems == []
    assert [strip.text() for strip in strips] == ["one\n\n", "two"]
    heights = [item.height for item in strips[0].items]
    assert heights == [30, 30, 30]
    assert lines(START + ESC + b"3\x18a\n" + ESC + b"2b" + ESC + b"J\x50") == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x1bz", "unknown command"),
        (b"\x1dZ", "unknown command"),
        (b"\x1c!", "unknown command"),
        (b"\x1b*\x21\x01\x00abc", "unknown command"),
        (b"\x07", "a control character that is no command"),
        (b"\x1dV\x05", "GS V with an unknown mode"),
        (b"\x1dk\x50\x03abc", "GS k with an unknown symbology"),
        (b"\x1dk\x02" + b"1" * 300, "GS k without its closing NUL"),
        (b"\x1dv1", "GS v is known only as GS v 0"),
        (b"\x1dv0\x09\x01\x00\x01\x00", "GS v 0 with an impossible mode or size"),
        (b"\x1dv0\x00\xff\xff\xff\xff", "GS v 0 larger than the printer's memory"),
        (b"\x1d(Q\x02\x00ab", "unknown GS ( command"),
        (b"\x1d(k\x01\x001", "GS ( with too few parameters"),
        (b"\x1d8M", "GS 8 is known only as GS 8 L"),
        (b"\x1bD" + b"\x01" * 40, "ESC D without its closing NUL"),
        (b"\x1bc1\x00", "unknown ESC c command"),
        (b"\x1ba\x03", "ESC a: alignment is 0, 1 or 2"),
        (b"\x1bM\x05", "ESC M: this printer has fonts 0 and 1"),
        (b"\x1b-\x07", "ESC -: underline is 0, 1 or 2"),
        (b"\x1d!\x88", "GS !: sizes go from 1 to 8"),
        (b"\x1dw\x09", "GS w: module widths go from 2 to 6"),
        (b"\x1dh\x00", "GS h: a barcode needs a height"),
        (b"\x1dH\x09", "GS H: the text of a barcode is 0, 1, 2 or 3"),
        (b"\x1df\x09", "GS f: this printer has fonts 0 and 1"),
        (b"\x1bD\x08\x04\x00", "ESC D: tab stops must rise"),
        (b"\x1dkC\x0d4006381333932", "GS k: EAN-13 with a wrong check digit"),
        (b"\x1dkD\x03123", "GS k: EAN-8 needs 7 or 8 digits"),
        (b"\x1dkI\x03abc", "GS k: CODE128 data must begin with {A, {B or {C"),
        (b"\x1dkI\x02{B", "GS k: CODE128 without data"),
        (b"\x1dkE\x01a", "GS k: CODE39 with characters it does not have"),
        (b"\x1dkF\x03123", "GS k: ITF needs an even number of digits"),
        (b"\x1dkK\x011", "GS k: symbology 10 is not built into this printer"),
        (b"\x1dw\x06\x1dkI\x12{B" + b"a" * 16, "GS k: the barcode is wider than the paper, so printers print nothing"),
        (qr_order(b""), "GS ( k: no QR code can carry that"),
        (qr_order(b"x" * 3000), "GS ( k: no QR code can carry that"),
        (qr_order(b"x" * 2900, level=b"3"), "GS ( k: too much for a QR code of that level"),
        (qr_order(b"x" * 1000, module=16), "GS ( k: the QR code is wider than the paper, so printers print nothing"),
        (b"\x1d(k\x03\x001C\x11", "GS ( k: QR function 67 with parameters it does not have"),
        (b"\x1d(k\x03\x000A2", "GS ( k: of the two-dimensional codes this printer knows QR"),
        (b"\x1dv0\x00\x50\x00\x01\x00" + bytes(80), "GS v 0: an image 640 dots wide on paper of 576"),
        (b"\x1d(L\x02\x0002", "GS ( L: nothing stored to print"),
        (b"\x1d(L\x02\x0012", "GS ( L: of the graphics functions this printer knows group 0"),
        (b"\x1d(L\x02\x0009", "GS ( L: graphics function 57 is not built in"),
        (b"\x1d(L\x0b\x000p0\x01\x011\x10\x00\x01\x00x", "GS ( L: image data that does not fit its size"),
        (b"\x1dr\x01", "GS r: not a printing command"),
    ],
)
def test_what_a_printer_would_not_understand_is_named(data: bytes, why: str) -> None:
    """Bytes that one printer forgives print as rubbish on the next; the demo must fail on them."""
    assert faults(START + data)[:1] == [why]


def test_the_text_of_a_barcode_stands_where_asked(typeface: Typeface) -> None:
    """Where the bars are torn the cashier types the digits."""
    heights = []
    for place in (b"0", b"1", b"2", b"3"):
        (strip,), problems = printed(START + GS + b"h\x50" + GS + b"H" + place + GS + b"f\x01" + GS + b"kD\x0896385074")
        assert problems == []
        heights.append(strip_image(strip, typeface, scale=1).height)

    none, above, below, both = heights
    assert none < above == below < both


def test_spacing_spreads_the_letters(typeface: Typeface) -> None:
    """A spaced heading is wider, and wraps earlier."""
    assert lines(START + ESC + b" \x0c" + b"x" * 25 + b"\n") == ["x" * 24, "x"]
    (strip,), _ = printed(START + ESC + b" \x0cxx\n")
    picture = strip_image(strip, typeface, scale=1).convert("L")
    dark = [x for x in range(picture.width) for y in range(30, 64) if picture.getpixel((x, y)) < 100]
    assert max(dark) - min(dark) > 24


def test_a_character_that_a_code_page_lacks_is_a_problem() -> None:
    """Position 98 of Windows' Cyrillic table is empty: printers put a box there."""
    assert faults(ESC + b"@" + ESC + b"t\x2ea\x98\n") == ["bytes that cp1251 does not have"]


def test_the_kanji_switch_is_obeyed_both_ways() -> None:
    """Slips for China switch it on; ours switch it off."""
    assert "Kanji" in faults(START + FS + b"&" + ru("Чек\n"))[0]
    assert lines(START + FS + b"&" + FS + b"." + ru("Чек\n")) == ["Чек"]


def test_a_problem_names_its_place_and_bytes() -> None:
    """A developer must find the byte among thousands."""
    (problem,) = printed(START + b"abc\n" + b"\x1bz\x01")[1][:1]

    assert (problem.offset, problem.data[:2]) == (len(START) + 4, b"\x1bz")
    assert str(problem).startswith(f"byte {len(START) + 4}: unknown command [1b 7a")


def test_after_a_problem_printing_goes_on() -> None:
    """One bad command must not hide the next one."""
    strips, problems = printed(START + b"a\n\x1bzb\n\x1dZc\n")

    assert len(problems) == 2
    assert strips[0].text() == "a\nb\nc"


@pytest.mark.parametrize("bad", [b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", b"\x10\x05\x02"])
def test_a_picture_that_clears_the_buffer_of_some_models_is_a_problem(bad: bytes) -> None:
    """A logo with these dots loses the slip on some printers, in the shop that has them."""
    rows = bad + bytes(16 - len(bad))

    assert faults(START + b"\x1dv0\x00\x10\x00\x01\x00" + rows) == [
        "GS v 0 carries bytes that clear the buffer of some models"
    ]


def test_a_slip_without_end_is_stopped() -> None:
    """A loop that prints without a cut must not eat the machine's memory."""
    assert "a strip without end: no cut for thousands of lines" in faults(START + b"\n" * (STRIP_ITEMS_MAX + 10))


SAMPLE = (
    START + ru("Привет\n") + ESC + b"a\x01" + GS + b"kC\x0d4006381333931" + qr_order(b"https://shop.example/1")
    + b"\x1dv0\x00\x02\x00\x02\x00\xaa\x55\x0f\xf0" + ESC + b"D\x08\x10\x00" + b"\x10\x04\x01" + GS + b"r\x01"
    + GS + b"(H\x06\x0000abcd" + ESC + b"p\x00\x19\xfa" + b"\x1bz" + GS + b"VA\x00" + b"tail"
)  # fmt: skip


def joined(tokens: list[Token]) -> list[Token]:
    """Text cut by a read is the same text."""
    result: list[Token] = []
    for token in tokens:
        last = result[-1] if result else None
        if isinstance(token, Text) and isinstance(last, Text):
            result[-1] = Text(last.data + token.data, last.offset)
        elif isinstance(token, Problem):
            result.append(Problem(token.offset, b"", token.why))
        else:
            result.append(token)
    return result


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=80))
def test_how_bytes_are_sliced_into_packets_changes_nothing(cuts: list[int]) -> None:
    """A network slices a slip as it likes; the paper must come out the same."""
    parser = Parser()
    tokens: list[Token] = []
    place = 0
    for cut in [*cuts, len(SAMPLE)]:
        tokens += parser.feed(SAMPLE[place : place + cut])
        place += cut

    assert joined(tokens) == joined(Parser().feed(SAMPLE))
    assert parser.pending == 0


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_whole(data: bytes) -> None:
    """Rubbish on the line must be reported, and never stop the printer's twin."""
    parser = Parser()
    tokens = parser.feed(data)

    assert parser.pending <= len(data)
    assert all(0 <= token.offset < max(1, len(data)) for token in tokens)
    paper = Paper(EPSON_80)
    for token in tokens:
        if not isinstance(token, Problem):
            execute(paper, token)
    paper.cut()


def test_commands_carry_their_parameters() -> None:
    """A length read wrong eats the text behind it."""
    tokens = Parser().feed(GS + b"k\x0212345\x00" + GS + b"(H\x06\x0000abcd" + b"x")

    assert tokens == [
        Command("GS k", b"\x02", b"12345", 0, 9),
        Command("GS ( H", b"", b"00abcd", 9, 20),
        Text(b"x", 20),
    ]


def codes_in(data: bytes, typeface: Typeface, model: PrinterModel = EPSON_80) -> list[str]:
    (strip,), problems = printed(data, model)
    assert problems == []
    picture = Image.open(BytesIO(strip_png(strip, typeface)))
    return [found.bytes.decode() for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize(
    ("order", "read"),
    [
        (b"kC\x0d4006381333931", "4006381333931"),
        (b"kC\x0c400638133393", "4006381333931"),
        (b"k\x024006381333931\x00", "4006381333931"),
        (b"kA\x0b03600029145", "0036000291452"),
        (b"kD\x0896385074", "96385074"),
        (b"kE\x07ABC-12X", "ABC-12X"),
        (b"k\x04*ABC-12*\x00", "ABC-12"),
        (b"kF\x0812345678", "12345678"),
        (b"kI\x0a{BKop{{12x", "Kop{12x"),
        (b"kI\x08{Bx{C\x0c\x22\x38", "x123456"),
        (b"kI\x07{ATEST\x09", "TEST\t"),
    ],
)
def test_a_printed_barcode_reads_back(order: bytes, read: str, typeface: Typeface) -> None:
    """A coupon that no scanner reads is a coupon that the shop does not honour."""
    assert codes_in(START + ESC + b"a\x01" + GS + b"H\x02" + GS + b"h\x50" + GS + order + CUT, typeface) == [read]


@pytest.mark.parametrize("level", [b"0", b"1", b"2", b"3"])
def test_a_printed_qr_code_reads_back(level: bytes, typeface: Typeface) -> None:
    """The code on the slip opens the customer's balance."""
    payload = "https://копилка.example/б/1"
    order = START + ESC + b"a\x01" + qr_order(payload.encode(), level=level) + ESC + b"J\x40" + CUT

    assert codes_in(order, typeface) == [payload]
    assert lines(order) == [f"[QR {payload}]", ""]


def test_a_picture_of_dots_is_drawn_as_sent(typeface: Typeface) -> None:
    """A logo inverted or shifted is somebody else's logo."""
    rows = b"\xff\x00\x80\x01"
    for order in (
        b"\x1dv0\x00\x02\x00\x02\x00" + rows,
        b"\x1d(L\x0e\x000p0\x01\x011\x10\x00\x02\x00" + rows + b"\x1d(L\x02\x0002",
        b"\x1d8L\x0e\x00\x00\x000p0\x01\x011\x10\x00\x02\x00" + rows + b"\x1d(L\x02\x0002",
    ):
        (strip,), problems = printed(START + order)
        assert problems == []
        assert strip.text() == "[image 16×2]"
        picture = strip_image(strip, typeface, scale=1).convert("L")
        dark = {(x, y) for x in range(picture.width) for y in range(30, 60) if picture.getpixel((x, y)) < 100}
        left, top = min(x for x, _ in dark), min(y for _, y in dark)
        assert {(x - left, y - top) for x, y in dark} == {(x, 0) for x in range(8)} | {(0, 1), (15, 1)}


def test_a_picture_doubled_is_twice_as_large() -> None:
    """GS v 0 has four sizes; a logo at the wrong one runs over the edge."""
    (strip,), problems = printed(START + b"\x1dv0\x03\x02\x00\x02\x00" + bytes(4))

    assert problems == []
    assert strip.text() == "[image 32×4]"


def test_the_paper_is_white_with_a_margin_and_dark_text(typeface: Typeface) -> None:
    """The picture shown in the demo must look like a slip, whatever the scale."""
    (strip,), _ = printed(START + ESC + b"{\x01" + ru("Вверх ногами\n") + ESC + b"{\x00" + GS + b"B\x01" + ru("Ж\n"))

    for scale in (1, 2, 3):
        picture = strip_image(strip, typeface, scale=scale).convert("L")
        assert picture.width > EPSON_80.width_dots * scale
        assert picture.getpixel((picture.width // 2, picture.height - 40 * scale)) > 245
        assert min(picture.tobytes()) < 40


def test_bold_is_darker_than_plain(typeface: Typeface) -> None:
    """The total must stand out, with a bold font or without one."""

    def ink(data: bytes, face: Typeface) -> int:
        (strip,), _ = printed(START + data)
        return sum(255 - value for value in strip_image(strip, face, scale=1).convert("L").tobytes())

    plain = ink(ru("ИТОГО\n"), typeface)

    assert ink(ESC + b"E\x01" + ru("ИТОГО\n"), typeface) > plain
    with_bold = Typeface(typeface.regular, next(FONTS.glob("*Bold*.ttf")))
    assert ink(ESC + b"E\x01" + ru("ИТОГО\n"), with_bold) > plain


def test_check_digits_and_limits_of_codes() -> None:
    """A code that cannot be right must not be drawn as if it were."""
    assert bars(67, b"400638133393").text == "4006381333931"
    with pytest.raises(BadCode):
        bars(73, b"{Q123")
    with pytest.raises(BadCode):
        bars(73, b"{C\x64")
    with pytest.raises(BadCode):
        qr(b"x", 99)
