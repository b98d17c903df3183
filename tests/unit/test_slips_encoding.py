"""Text in CP866 and CP1251: everything that shops write comes out readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slips.encoding import SUBSTITUTED, CodePage, encode, printable

PAGES = tuple(CodePage)
RUSSIAN = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя"


@pytest.mark.parametrize(
    ("text", "cp866", "cp1251"),
    [
        ("1\u00a0234,56\u00a0₽", "1 234,56 руб.", "1 234,56 руб."),
        ("Скидка «Ёлка» — №5…", 'Скидка "Ёлка" - №5...', "Скидка «Ёлка» — №5…"),
        ("£12.50, €3, $4", "GBP 12.50, EUR 3, $4", "GBP 12.50, €3, $4"),
        ("20••••••9931", "20******9931", "20••••••9931"),
        ("“Кофе” – ½ цены", '"Кофе" - 1/2 цены', "“Кофе” – 1/2 цены"),
        ("Қазақстан, Łódź, crème brûlée, İzmir", "Казакстан, Lodz, creme brulee, Izmir", None),
        ("Київ, ґанок", "Київ, ганок", "Київ, ґанок"),
        ("и\u0306од", "йод", "йод"),
        ("Аня 👍🏽 李", "Аня ?? ?", "Аня ?? ?"),
        ("1\u202f234", "1 234", "1 234"),
        ("─═", "─═", "-="),
        ("a\u200bb\ufeffc\u00add", "abcd", "abcd"),
    ],
)
def test_what_shops_write_comes_out_readable(text: str, cp866: str, cp1251: str | None) -> None:
    """Slips would show ? for roubles and quotation marks, as they do in half the shops of the country."""
    assert encode(text, CodePage.CP866).decode("cp866") == cp866
    assert encode(text, CodePage.CP1251).decode("cp1251") == (cp866 if cp1251 is None else cp1251)


@pytest.mark.parametrize("page", PAGES)
def test_russian_and_ascii_are_left_alone(page: CodePage) -> None:
    """A letter of the alphabet would come out as another one."""
    plain = RUSSIAN + "".join(chr(code) for code in range(0x20, 0x7F))
    assert encode(plain, page).decode(page.value) == plain


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("character", sorted(SUBSTITUTED))
def test_no_known_sign_becomes_a_question_mark(page: CodePage, character: str) -> None:
    """A sign that somebody took the trouble to spell would still be lost on one of the pages."""
    assert printable(character, page)
    assert "?" not in printable(character, page)


def test_every_substitution_is_needed() -> None:
    """A spelling for a sign that both pages have would never be seen, and whoever reads the table would trust it."""
    assert [sign for sign in SUBSTITUTED if all(printable(sign, page) == sign for page in PAGES)] == []


@given(st.text(alphabet=st.characters(), max_size=60), st.sampled_from(PAGES))
def test_nothing_in_a_text_can_command_a_printer(text: str, page: CodePage) -> None:
    """A name such as ESC @ would reset the printer, or cut the paper, or open the drawer."""
    data = encode(text, page)
    assert all(byte >= 0x20 and byte != 0x7F for byte in data)
    assert len(data) == len(printable(text, page))


@given(st.text(max_size=60), st.sampled_from(PAGES))
def test_substituting_twice_changes_nothing(text: str, page: CodePage) -> None:
    """The layout would count other letters than the printer gets, and columns would not line up."""
    once = printable(text, page)
    assert printable(once, page) == once
