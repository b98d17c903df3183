"""Lines: never too wide, columns under each other, long words divided as the language divides them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slips.document import Align, Barcode, Columns, Cut, Document, Feed, Image, Qr, Rule, RuleKind, Size, Text
from slips.encoding import CodePage, printable
from slips.hyphenation import divided
from slips.layout import TextLine, lay_out, wrap
from slips.text import as_text

WIDTHS = (32, 42, 48)
SIZES = st.sampled_from(Size)
WORDS = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            ["достопримечательность", "Скидка", "«Пятница»", "1\u00a0234,56\u00a0₽", "и", "№5", "интернет-магазин"]
        ),
    ),
    max_size=8,
).map(" ".join)


def lines(*blocks: Text | Columns | Rule, columns: int = 32, language: str = "ru") -> list[str]:
    laid = lay_out(Document(blocks, language), columns)
    return [item.text for item in laid if isinstance(item, TextLine)]


@given(
    st.lists(st.builds(Text, WORDS, st.sampled_from(Align), st.booleans(), SIZES), max_size=3),
    st.integers(2, 6).flatmap(
        lambda width: st.builds(
            Columns,
            st.lists(st.tuples(*[WORDS] * width), min_size=1, max_size=3).map(tuple),
            st.tuples(*[st.sampled_from(Align)] * width),
            st.booleans(),
            SIZES,
        )
    ),
    st.sampled_from([*WIDTHS, 24, 64]),
    st.sampled_from(CodePage),
    st.sampled_from(["ru", "en"]),
)
def test_no_line_is_wider_than_the_paper(
    texts: list[Text], table: Columns, columns: int, page: CodePage, language: str
) -> None:
    """The printer would break the line itself, and every amount after it would stand in the wrong place."""
    document = Document((*texts, table, Rule()), language)
    for item in lay_out(document, columns, page):
        assert isinstance(item, TextLine)
        assert item.columns <= columns
    assert all(len(line) <= columns for line in as_text(document, columns, page).split("\n"))


@given(WORDS, st.sampled_from(WIDTHS), st.sampled_from(CodePage))
def test_wrapping_loses_no_letter(text: str, columns: int, page: CodePage) -> None:
    """A promotion's name, or an amount, would miss a letter at the end of a line."""
    shown = printable(text, page)
    joined = "".join(wrap(shown, columns, "ru"))
    # Hyphens may be added, spaces and line feeds go; every other character stays, in order.
    assert joined.replace("-", "").replace(" ", "") == shown.replace("-", "").replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("columns", WIDTHS)
def test_amounts_stand_at_the_right_edge(columns: int) -> None:
    """The eye could not run down the amounts."""
    rows = lines(
        Columns((("К оплате", "1 499,00 руб."),)),
        Columns((("Скидка «Пятница» на всё, что зелёное и растёт", "-165,00"),)),
        Columns((("БАЛАНС", "1 356 баллов"),), bold=True, size=Size.TALL),
        columns=columns,
    )
    ends = [row for row in rows if row.endswith(("руб.", "-165,00", "баллов"))]
    assert [len(row) for row in ends] == [columns] * 3


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_table_stands_under_each_other(columns: int) -> None:
    """A list of goods would be a heap of words and figures."""
    table = Columns(
        (("Кофе", "2", "300,00"), ("Круассан с миндалём", "10", "1 200,00")), (Align.LEFT, Align.RIGHT, Align.RIGHT)
    )
    first, *_, last = lines(table, columns=columns)
    assert len(first) == len(last) == columns
    assert first.index("2") == last.index("10") + 1


def test_a_value_stands_on_the_last_line_of_its_label() -> None:
    """A discount would seem to belong to the line above it."""
    assert lines(Columns((('Скидка "Пятница" на достопримечательности', "-165,00"),))) == [
        'Скидка "Пятница" на',
        "достопримечательности    -165,00",
    ]


def test_a_value_too_long_for_its_column_wraps_within_it() -> None:
    """A long tier's name would push its own label off the paper."""
    rows = lines(Columns((("Уровень", "Почётный покупатель первой гильдии"),)))
    assert rows[0].startswith("Уровень ")
    assert "".join(rows).replace(" ", "").replace("-", "") == "УровеньПочётныйпокупательпервойгильдии"
    assert all(len(row) <= 32 for row in rows)


def test_long_words_are_divided_where_russian_divides_them() -> None:
    """A slip would read "достопримечател" on one line and "ьность" on the next."""
    assert divided("достопримечательность", 16, "ru") == ("достопримеча-", "тельность")
    assert divided("достопримечательность", 3, "ru") == ("до-", "стопримечательность")
    assert divided("достопримечательность", 2, "ru") is None
    assert divided("интернет-магазин", 9, "ru") == ("интернет-", "магазин")
    assert divided("(превысокомногорассмотрительствующий)", 20, "ru") == (
        "(превысокомногорас-",
        "смотрительствующий)",
    )


def test_each_language_keeps_its_own_hyphens() -> None:
    """A Russian promotion on an English slip, or an English brand on a Russian one, would be cut anywhere."""
    assert divided("достопримечательность", 16, "en") == ("достопримеча-", "тельность")
    assert divided("congratulations", 9, "ru") == ("congratu-", "lations")
    assert divided("congratulations", 9, "en") == divided("congratulations", 9, "ru")
    assert divided("достопримечательность", 16, "xx") == ("достопримеча-", "тельность")
    assert divided("congratulations", 9, "xx") is None


def test_amounts_are_never_torn() -> None:
    """A customer would read 1 on one line and 234,56 on the next."""
    rows = lines(Text("Вы сэкономили сегодня целых 1\u00a0234,56\u00a0₽, спасибо"))
    assert any("1 234,56 руб.," in row for row in rows)


def test_a_code_without_break_points_is_cut_at_the_edge() -> None:
    """A long receipt key would be lost beyond the paper."""
    assert lines(Text("1" * 40)) == ["1" * 32, "1" * 8]


def test_alignment_counts_double_letters_twice() -> None:
    """A centred COPY would hang over the right edge."""
    (line,) = lay_out(Document((Text("КОПИЯ", Align.CENTER, size=Size.DOUBLE),)), 32)
    assert isinstance(line, TextLine)
    assert [(span.text, span.size) for span in line.spans] == [(" " * 11, Size.NORMAL), ("КОПИЯ", Size.DOUBLE)]
    assert lines(Text("итог", Align.RIGHT)) == [" " * 28 + "итог"]
    assert lines(Text("итог", Align.CENTER)) == [" " * 14 + "итог"]


def test_substituted_signs_are_counted_as_they_print() -> None:
    """A rouble sign becomes four letters, and the amount would run over the edge."""
    (row,) = lines(Columns((("К ОПЛАТЕ", "1 499,00 ₽"),)))
    assert row == "К ОПЛАТЕ           1 499,00 руб."


def test_rules_fill_the_paper_on_either_page() -> None:
    """A line across the slip would stop in the middle, or print as letters on Windows-1251."""
    document = Document((Rule(), Rule(RuleKind.DOUBLE)))
    assert as_text(document, 32) == "─" * 32 + "\n" + "═" * 32 + "\n"
    assert as_text(document, 32, CodePage.CP1251) == "-" * 32 + "\n" + "=" * 32 + "\n"


def test_a_terminal_shows_the_whole_slip() -> None:
    """The demo's slip on the terminal would hide that there is a code or a cut."""
    document = Document(
        (
            Text("КОПИЯ", Align.CENTER, size=Size.DOUBLE),
            Text("a\n\nb"),
            Barcode("4006381333931"),
            Qr("x" * 60),
            Image(9, 1, b"\xff\x80"),
            Feed(2),
            Cut(),
        )
    )
    assert as_text(document, 32).split("\n") == [
        "           К О П И Я",
        "a",
        "",
        "b",
        "   [|||| 4006381333931 ||||]",
        "              [QR",
        "x" * 32,
        " " * 1 + "x" * 28 + "]",
        "             [9×1]",
        "",
        "",
        "- - - - - - - - - - - - - - - -",
        "",
    ]
