"""Documents: blocks that cannot be wrong, and their JSON both ways."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import BadDocument
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
    RuleKind,
    Size,
    Symbology,
    Text,
    ean13_check_digit,
)
from slips.errors import BadBlock
from slips.stored import document_json, read_document


def images() -> st.SearchStrategy[Image]:
    sizes = st.tuples(st.integers(1, 40), st.integers(1, 20))
    return sizes.flatmap(
        lambda size: st.binary(min_size=(size[0] + 7) // 8 * size[1], max_size=(size[0] + 7) // 8 * size[1]).map(
            lambda dots: Image(size[0], size[1], dots)
        )
    )


def columns() -> st.SearchStrategy[Columns]:
    return st.integers(2, 6).flatmap(
        lambda width: st.builds(
            Columns,
            st.lists(st.tuples(*[st.text(max_size=40)] * width), min_size=1, max_size=4).map(tuple),
            st.tuples(*[st.sampled_from(Align)] * width),
            st.booleans(),
            st.sampled_from(Size),
        )
    )


BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Text, st.text(max_size=80), st.sampled_from(Align), st.booleans(), st.sampled_from(Size)),
    columns(),
    st.builds(Rule, st.sampled_from(RuleKind)),
    st.from_regex(r"[0-9]{12}", fullmatch=True, alphabet=st.characters(codec="ascii")).map(
        lambda twelve: Barcode(twelve + ean13_check_digit(twelve))
    ),
    st.builds(Barcode, st.from_regex(r"[ -~]{1,40}", fullmatch=True), st.just(Symbology.CODE128)),
    st.builds(Qr, st.from_regex(r"[ -~]{1,60}", fullmatch=True), st.integers(1, 16)),
    images(),
    st.builds(Feed, st.integers(1, 20)),
    st.just(Cut()),
)


@given(st.lists(BLOCKS, max_size=8).map(tuple), st.sampled_from(["ru", "en"]))
def test_a_document_comes_back_from_json_as_it_was(blocks: tuple[Block, ...], language: str) -> None:
    """A reprint, and head office's preview, would differ from the slip that the customer holds."""
    document = Document(blocks, language)
    assert read_document(json.loads(json.dumps(document_json(document)))) == document


def test_stored_documents_of_this_release_stay_readable() -> None:
    """Slips that were queued before an update would be lost with it."""
    stored = {
        "format": 1,
        "language": "en",
        "blocks": [
            {"type": "text", "text": "COPY", "align": "center", "bold": True, "size": "double"},
            {"type": "columns", "rows": [["To pay", "12.50"]]},
            {"type": "columns", "rows": [["a", "b", "c"]], "align": ["left", "center", "right"], "size": "tall"},
            {"type": "rule"},
            {"type": "rule", "kind": "double"},
            {"type": "barcode", "code": "4006381333931"},
            {"type": "barcode", "code": "S7-R2", "symbology": "code128"},
            {"type": "qr", "content": "x", "module_dots": 4},
            {"type": "image", "width_dots": 9, "height_dots": 1, "dots": "/4A="},
            {"type": "feed", "lines": 2},
            {"type": "cut"},
        ],
    }
    document = read_document(stored)
    assert document == Document(
        (
            Text("COPY", Align.CENTER, bold=True, size=Size.DOUBLE),
            Columns((("To pay", "12.50"),)),
            Columns((("a", "b", "c"),), (Align.LEFT, Align.CENTER, Align.RIGHT), size=Size.TALL),
            Rule(),
            Rule(RuleKind.DOUBLE),
            Barcode("4006381333931"),
            Barcode("S7-R2", Symbology.CODE128),
            Qr("x", 4),
            Image(9, 1, b"\xff\x80"),
            Feed(2),
            Cut(),
        ),
        "en",
    )
    assert document_json(document) == stored


def test_every_problem_of_a_stored_document_is_told_with_its_path() -> None:
    """Whoever writes templates would mend one error a day."""
    with pytest.raises(BadDocument) as caught:
        read_document(
            {
                "format": 2,
                "language": 7,
                "colour": "red",
                "blocks": [
                    {"type": "text"},
                    {"type": "text", "text": "x", "blink": True},
                    {"type": "columns", "rows": [["a", 1]]},
                    {"type": "barcode", "code": "4006381333930"},
                    {"type": "hologram"},
                    "text",
                    {"type": "text", "text": "x", "align": "middle"},
                ],
            }
        )
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        ("colour", "unknown_field"),
        ("format", "unknown_format"),
        ("language", "wrong_type"),
        ("blocks[0]", "wrong_type"),
        ("blocks[1].blink", "unknown_field"),
        ("blocks[2].rows[0][1]", "wrong_type"),
        ("blocks[3]", "bad_block"),
        ("blocks[4].type", "unknown_block"),
        ("blocks[5]", "wrong_type"),
        ("blocks[6].align", "wrong_type"),
    ]


@pytest.mark.parametrize(
    "value", [None, [], "x", {"format": 1, "language": "ru"}, {"format": 1, "language": "ru", "blocks": "text"}]
)
def test_what_is_no_document_is_refused(value: object) -> None:
    """A damaged row would print as an empty slip."""
    with pytest.raises(BadDocument):
        read_document(value)


def test_a_stored_document_has_a_limit() -> None:
    """One wrong loop in a template would feed out a roll of paper."""
    blocks = [{"type": "feed"}] * 501
    with pytest.raises(BadDocument, match="at most 500"):
        read_document({"format": 1, "language": "ru", "blocks": blocks})
    with pytest.raises(BadBlock, match="500"):
        Document((Feed(),) * 501)


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda: Barcode("4006381333930"), "check digit 0, 1 would be right"),
        (lambda: Barcode("400638133393"), "13 digits"),
        (lambda: Barcode("40063813339З1"), "13 digits"),
        (lambda: Barcode("٤006381333931"), "13 digits"),
        (lambda: Barcode("", Symbology.CODE128), "1 to 40"),
        (lambda: Barcode("ключ", Symbology.CODE128), "ASCII"),
        (lambda: Barcode("a\n", Symbology.CODE128), "ASCII"),
        (lambda: Barcode("x" * 41, Symbology.CODE128), "1 to 40"),
        (lambda: Qr(""), "1 to 300 bytes"),
        (lambda: Qr("ж" * 151), "1 to 300 bytes"),
        (lambda: Qr("\x10\x14\x08"), "control"),
        (lambda: Qr("\ud800"), "control"),
        (lambda: Qr("x", 17), "16 dots"),
        (lambda: Image(8, 1, b""), "needs 1 bytes"),
        (lambda: Image(0, 1, b""), "1×1"),
        (lambda: Image(641, 1, bytes(81)), "640"),
        (lambda: Feed(0), "1 to 20"),
        (lambda: Feed(21), "1 to 20"),
        (lambda: Text("x" * 2001), "2000"),
        (lambda: Columns((("a",),), (Align.LEFT,)), "2 to 6"),
        (lambda: Columns((), ()), "2 to 6"),
        (lambda: Columns(()), "1 to 200 rows"),
        (lambda: Columns((("a", "b"), ("a",))), "2 cells"),
        (lambda: Columns((("a", "b" * 2001),)), "2000"),
    ],
)
def test_a_block_that_cannot_be_printed_cannot_be_made(build: Callable[[], Block], why: str) -> None:
    """A customer would carry home a barcode that no scanner reads, or a printer would obey a customer's name."""
    with pytest.raises(BadBlock, match=why):
        build()


@pytest.mark.parametrize("code", ["4006381333931", "5901234123457", "9780201379624", "0000000000000"])
def test_known_ean13_codes_are_right(code: str) -> None:
    """Good cards would be refused as wrong."""
    assert Barcode(code).code[12] == ean13_check_digit(code[:12])
