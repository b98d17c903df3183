"""What becomes of a frame: a card, another code, or a fault that is named."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadSettings
from drivers.scanners.aim import split_aim
from drivers.scanners.checks import gs1_check_digit, gtin_ok, luhn_ok
from drivers.scanners.classifier import CardRule, Classifier
from drivers.scanners.framer import Frame, FrameEnd
from drivers.values import Scan, Verdict

LOYALTY = CardRule("loyalty", lengths=frozenset({13}), prefixes=("29",), check="ean13")
PLASTIC = CardRule("plastic", lengths=frozenset({16}), prefixes=("9643",), check="luhn")
STAFF = CardRule("staff", lengths=frozenset({6}), prefixes=("00",), kind="staff")
WALLET = CardRule(
    "wallet", lengths=frozenset(range(8, 40)), prefixes=("KP:",), digits=False, symbologies=frozenset({"qr"})
)
RULES = (LOYALTY, PLASTIC, STAFF, WALLET)

EAN = "4006381333931"
OTHER_EAN = "5901234123457"
PAN = "4111111111111111"


def with_luhn(body: str) -> str:
    return next(body + digit for digit in "0123456789" if luhn_ok(body + digit))


def with_ean(body: str) -> str:
    return body + gs1_check_digit(body)


CARD = with_ean("291234567890")
OTHER_CARD = with_ean("290000000000")
PLASTIC_CARD = with_luhn("964300000000000")


def scan(data: str | bytes, *, end: FrameEnd = FrameEnd.WHOLE, rules: tuple[CardRule, ...] = RULES) -> Scan:
    frame = Frame(data=data.encode() if isinstance(data, str) else data, end=end, at=1.0)
    return Classifier("counter", rules).classify(frame)


def even_parity(text: str) -> bytes:
    """What a 7E1 scanner sends, as an 8N1 port reads it."""
    return bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in text.encode())


@pytest.mark.parametrize(
    ("code", "rule"), [(CARD, "loyalty"), (PLASTIC_CARD, "plastic"), ("001234", "staff"), ("KP:ab-12", "wallet")]
)
def test_a_card_is_known_by_its_rule(code: str, rule: str) -> None:
    """A customer's card that is not recognised earns nothing."""
    found = scan(code)

    assert (found.verdict, found.rule, found.payload) == (Verdict.OK, rule, code)
    assert found.kind == ("staff" if rule == "staff" else "card")


def test_leading_zeros_stay() -> None:
    """001234 and 1234 are two people."""
    assert scan("001234").payload == "001234"
    assert scan("1234").rule is None


def test_the_first_rule_that_fits_wins() -> None:
    """The shop orders its rules; a later, wider one must not take a card away from the first."""
    wide = CardRule("wide", lengths=frozenset({13}), check="none")

    assert scan(CARD, rules=(LOYALTY, wide)).rule == "loyalty"
    assert scan(CARD, rules=(wide, LOYALTY)).rule == "wide"
    assert scan(EAN, rules=(LOYALTY, wide)).rule == "wide"


def test_a_misread_card_is_not_another_code() -> None:
    """One wrong digit may be another customer's card."""
    wrong = CARD[:-1] + str((int(CARD[-1]) + 1) % 10)

    assert scan(wrong).verdict is Verdict.BAD_CHECKSUM
    assert scan(with_luhn("964300000000000")[:-1] + "x").verdict is Verdict.OK  # no digits, so no card of ours
    assert scan(f"]E0{EAN[:-1]}0").verdict is Verdict.BAD_CHECKSUM


def test_a_sound_code_without_a_rule_is_a_code() -> None:
    """A product scanned on the same scanner must pass as what it is, not be refused."""
    found = scan(EAN)

    assert (found.verdict, found.kind, found.rule, found.payload) == (Verdict.OK, "code", None, EAN)


@pytest.mark.parametrize(
    ("sent", "symbology"),
    [(f"]E0{CARD}", "ean13"), (CARD, None), (f"]C1\x1d{CARD}", "gs1_128"), (f"\x1d{CARD}", None)],
)
def test_aim_on_or_off_is_the_same_card(sent: str, symbology: str | None) -> None:
    """Whoever switches the identifiers on in the scanner's menu must not lose all customers."""
    found = scan(sent)

    assert (found.verdict, found.payload, found.rule, found.symbology) == (Verdict.OK, CARD, "loyalty", symbology)


def test_a_symbology_binds_where_it_is_told() -> None:
    """A product's label that begins like a wallet code must not pass for a customer's phone."""
    assert scan("]Q1KP:ab-12").rule == "wallet"
    assert scan("]C0KP:ab-12").rule is None
    assert scan("KP:ab-12").rule == "wallet"


def test_two_codes_glued_together_are_neither() -> None:
    """Two customers' cards read as one must never credit either of them."""
    for glued in (
        EAN + OTHER_EAN,
        EAN + EAN,
        CARD + OTHER_CARD,
        CARD + PLASTIC_CARD,
        PLASTIC_CARD + PLASTIC_CARD,
        EAN + OTHER_EAN + EAN,
        f"]E0{CARD}]E0{OTHER_CARD}",
    ):
        assert scan(glued).verdict is Verdict.MERGED, glued


def test_a_long_code_is_not_taken_for_two() -> None:
    """A GS1 label with twenty-six digits that are no two EANs is a code of its own."""
    weak = CardRule("weak", lengths=frozenset({8}))

    assert scan("12345678901234567890123456").verdict is Verdict.OK
    assert scan("1234567812345678", rules=(weak,)).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (FrameEnd.IDLE, Verdict.PARTIAL),
        (FrameEnd.CUT, Verdict.PARTIAL),
        (FrameEnd.TOO_SLOW, Verdict.PARTIAL),
        (FrameEnd.OVERFLOW, Verdict.NOISE),
        (FrameEnd.MISFRAMED, Verdict.NOISE),
    ],
)
def test_a_frame_that_is_not_whole_is_never_a_card(end: FrameEnd, verdict: Verdict) -> None:
    """However much it looks like a card, a part of it may be missing."""
    found = scan(CARD, end=end)

    assert (found.verdict, found.payload, found.kind) == (verdict, "", "code")
    assert found.reason


@pytest.mark.parametrize(
    "track",
    [
        f";{PAN}=25121011234567890?",
        f";{PAN}=25121011234567890?x",
        f"%B{PAN}^IVANOV/IVAN^25121011234567890?",
        f"%B{PAN}^IVANOV/IVAN^25121011234567890?;{PAN}=25121011234567890?",
        f"{PAN}=2512101",
        f"{PAN}D2512101",
        f"ж{PAN}=25121011234567890,",
        f"000{PAN}=2512101",
        f"{CARD}{PAN}=2512",
    ],
)
@pytest.mark.parametrize("end", list(FrameEnd))
def test_a_bank_card_is_refused_and_not_kept(track: str, end: FrameEnd) -> None:
    """A customer's bank card number in our logs would be a leak from every shop at once."""
    for data in (track.encode(), even_parity(track) if track.isascii() else track.encode("cp1251")):
        found = scan(data, end=end)

        assert (found.verdict, found.payload, found.masked) == (Verdict.FOREIGN, "", "")
        assert PAN not in repr(found)
        assert PAN[-4:] not in repr(found)


def test_a_loyalty_stripe_is_read() -> None:
    """Shops still hand out cards with a stripe."""
    track2 = scan(f";{PLASTIC_CARD}=99?")
    track1 = scan(f"%{PLASTIC_CARD}^X^1?")

    assert (track2.verdict, track2.rule, track2.payload, track2.symbology) == (
        Verdict.OK,
        "plastic",
        PLASTIC_CARD,
        "track2",
    )
    assert (track1.rule, track1.symbology) == ("plastic", "track1")
    assert scan(f"%X?;{PLASTIC_CARD}?").symbology == "track2"


def test_a_stripe_that_no_rule_knows_is_not_kept() -> None:
    """A stranger's stripe may be anything: a passport, another chain's card."""
    found = scan(";1234567890=12?")

    assert (found.verdict, found.payload) == (Verdict.FOREIGN, "")


def test_a_stripe_that_was_not_read_says_so() -> None:
    """The cashier must know to swipe again."""
    assert scan(";E?").verdict is Verdict.NOISE
    assert scan(";12345").verdict is Verdict.NOISE


@pytest.mark.parametrize("table", ["utf-8", "cp1251", "cp866"])
@pytest.mark.parametrize("text", ["ЛЗ:фис-12", "ФИСВУАП", "ё1234567"])
def test_a_russian_layout_is_named(table: str, text: str) -> None:
    """Told "noise", the cashier calls the technician; told "layout", she presses two keys."""
    assert scan(text.encode(table)).verdict is Verdict.WRONG_LAYOUT


@pytest.mark.parametrize("text", [CARD, PLASTIC_CARD, "KP:ab-12", EAN])
def test_a_parity_mismatch_is_named(text: str) -> None:
    """Seven bits with parity read as eight make other digits; they must be refused, with the setting to change."""
    even = even_parity(text)
    odd = bytes(byte ^ 0x80 for byte in even)

    for data in (even, odd, bytes(byte | 0x80 for byte in EAN.encode())):
        found = scan(data)
        assert (found.verdict, found.payload) == (Verdict.PARITY_SUSPECT, "")


def test_control_characters_are_noise() -> None:
    """Bytes of a broken line must not become part of a code."""
    assert scan(b"12\x0034567").verdict is Verdict.NOISE
    assert scan(b"\xff\xfe\x00").verdict is Verdict.NOISE
    assert scan(b"\x90\x07\x8f").verdict is Verdict.NOISE


def test_a_crumb_is_noise() -> None:
    """A stray character on the line is no code."""
    assert scan("7").verdict is Verdict.NOISE
    assert scan("]E0").verdict is Verdict.NOISE


def test_a_separator_inside_a_code_is_data() -> None:
    """GS1 codes hold fields apart with it."""
    assert scan("]C10101234567890128\x1d10ABC").payload == "0101234567890128\x1d10ABC"


def test_a_double_trigger_is_one_scan() -> None:
    """A scanner that fires twice must not show the customer two greetings, nor sell two bags."""
    classifier = Classifier("counter", RULES, repeat_ms=500)
    verdicts = [
        classifier.classify(Frame(code.encode(), FrameEnd.WHOLE, at)).verdict
        for code, at in [(CARD, 1.0), (CARD, 1.3), (CARD, 1.7), (OTHER_CARD, 1.8), (CARD, 1.9), (CARD, 2.5)]
    ]

    ok, twice = Verdict.OK, Verdict.DUPLICATE
    assert verdicts == [ok, twice, twice, ok, ok, ok]


def test_a_repeat_keeps_its_code_but_is_no_card() -> None:
    """A repeat is shown and counted; only `ok` may reach the till."""
    classifier = Classifier("counter", RULES)
    frame = Frame(CARD.encode(), FrameEnd.WHOLE, 1.0)
    classifier.classify(frame)

    assert (again := classifier.classify(frame)).verdict is Verdict.DUPLICATE
    assert again.payload == CARD


def test_repeats_can_be_let_through() -> None:
    """A counter that scans ten equal bottles needs ten scans."""
    classifier = Classifier("counter", RULES, repeat_ms=0)
    frame = Frame(EAN.encode(), FrameEnd.WHOLE, 1.0)

    assert [classifier.classify(frame).verdict for _ in range(3)] == [Verdict.OK] * 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: CardRule("x", lengths=frozenset()),
        lambda: CardRule("x", lengths=frozenset({1})),
        lambda: CardRule("x", lengths=frozenset({13, 14}), check="ean13"),
        lambda: CardRule("x", lengths=frozenset({13}), check="modulo"),
        lambda: Classifier("x", (), repeat_ms=-1),
        lambda: Classifier("x", (), repeat_ms=60_000),
    ],
)
def test_a_rule_that_cannot_work_is_refused(make: Callable[[], object]) -> None:
    """A rule for every length or a window of a minute would be found out by customers."""
    with pytest.raises(BadSettings):
        make()


@pytest.mark.parametrize(
    ("code", "sound"),
    [
        ("4006381333931", True),
        ("96385074", True),
        ("036000291452", True),
        ("10614141000415", True),
        ("4006381333932", False),
        ("400638133393", False),
        ("", False),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", False),
    ],
)
def test_check_digits_of_trade_numbers(*, code: str, sound: bool) -> None:
    """The examples of the GS1 manual; a wrong formula would refuse every good card."""
    assert gtin_ok(code) is sound


@pytest.mark.parametrize(("code", "sound"), [("79927398713", True), ("79927398710", False), (PAN, True), ("", False)])
def test_luhn(*, code: str, sound: bool) -> None:
    """The standard's own example; a wrong formula would let bank cards through."""
    assert luhn_ok(code) is sound


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(body: str, place: int, shift: int) -> None:
    """One misread digit must never be another customer's card."""
    code = with_ean(body)
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]

    assert gtin_ok(code)
    assert not gtin_ok(wrong)


@given(st.binary(max_size=60), st.sampled_from(list(FrameEnd)))
def test_any_bytes_get_a_verdict(data: bytes, end: FrameEnd) -> None:
    """Whatever a broken line sends, the scanner's thread goes on."""
    found = scan(data, end=end)

    assert found.verdict in Verdict
    assert found.verdict is not Verdict.OK or found.payload.replace("\x1d", "").isprintable()


def test_what_looks_like_an_identifier_and_is_none_stays() -> None:
    """A code that begins with a bracket of its own must not lose three characters."""
    assert split_aim("]?1abc").code == "]?1abc"
    assert split_aim("]").code == "]"
