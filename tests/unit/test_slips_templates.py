"""Templates: what they can say, and that they can do nothing else."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n import words
from slips.document import (
    Align,
    Barcode,
    Block,
    Columns,
    Cut,
    Document,
    Feed,
    Qr,
    Rule,
    RuleKind,
    Size,
    Symbology,
    Text,
)
from slips.errors import BadTemplate
from slips.templates import Tool, compile_template, shipped_template


@dataclass(frozen=True)
class Facts:
    name: str = "Анна"
    amount: int = 5
    lines: tuple[str, ...] = ("a", "b")
    nothing: str | None = None
    _secret: str = "hidden"

    def method(self) -> str:
        return self.name


TOOLS = {"say": Tool(words("ru").say)}


def made(source: str, facts: Facts = Facts()) -> tuple[Block, ...]:
    return compile_template("test", source).document(facts, TOOLS, "ru").blocks


@pytest.mark.parametrize(
    ("source", "block"),
    [
        ("text | x", Text("x")),
        ("text |", Text("")),
        ("text right | x", Text("x", Align.RIGHT)),
        ("text center bold tall | x", Text("x", Align.CENTER, bold=True, size=Size.TALL)),
        ("  text double | x  ", Text("x", size=Size.DOUBLE)),
        (r"text | a \| b \\ c\nd", Text("a | b \\ c\nd")),
        ("columns | a | b", Columns((("a", "b"),))),
        ("columns bold center right | a | b", Columns((("a", "b"),), (Align.CENTER, Align.RIGHT), bold=True)),
        ("columns | a | b | c", Columns((("a", "b", "c"),), (Align.LEFT, Align.RIGHT, Align.RIGHT))),
        ("rule", Rule()),
        ("rule double", Rule(RuleKind.DOUBLE)),
        ("ean13 | 4006381333931", Barcode("4006381333931")),
        ("code128 | S7", Barcode("S7", Symbology.CODE128)),
        ("qr | https://example.com", Qr("https://example.com")),
        ("feed", Feed()),
        ("feed 3", Feed(3)),
        ("cut", Cut()),
        ("text | {{ slip.name }}, {{ slip.amount - 1 }}", Text("Анна, 4")),
        ("text | {{ say('slip.receipt', key=slip.name) }}", Text("Чек Анна")),
        ("{% if slip.amount > 4 and not slip.nothing %}text | x{% endif %}", Text("x")),
        ("text | {% for line in slip.lines %}{{ line }}{% endfor %}", Text("ab")),
    ],
)
def test_a_template_says_every_block(source: str, block: Block) -> None:
    """A shop could not put on its slip what the paper can show."""
    assert made(source) == (block,)


def test_rows_of_a_table_are_one_block() -> None:
    """The columns of a list of goods would not stand under each other; labels and amounts need no such thing."""
    table = made("columns | a | 1 | 2\ncolumns | bb | 3 | 4\ncolumns bold | c | 5 | 6")
    assert [len(block.rows) for block in table if isinstance(block, Columns)] == [2, 1]
    assert len(made("columns | a | 1\ncolumns | b | 2")) == 2


@given(st.text(max_size=40))
def test_no_name_can_break_out_of_its_field(name: str) -> None:
    """A customer named "x | 100 %" or with a line feed could write lines of their own on the slip."""
    (block,) = made("text | <{{ slip.name }}>", Facts(name=name))
    assert block == Text(f"<{name}>")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("blink | x", "no known block"),
        ("text", "no known block"),
        ("columns | a", "no known block"),
        ("text blink | x", "unknown style 'blink'"),
        ("text left right | x", "more than one alignment"),
        ("rule thick", "unknown style 'thick'"),
        ("cut now", "unknown style 'now'"),
        ("qr big | x", "unknown style 'big'"),
        ("feed many", "number of lines"),
        ("feed 99", "1 to 20 lines"),
        ("columns left | a | b", "2 cells|cells in every row|must have"),
        ("ean13 | 4006381333930", "1 would be right"),
        ("text | x\\", "ends with a backslash"),
        ("text | {{ slip.unknown }}", "unknown"),
        ("text | {{ nobody }}", "nobody"),
        ("text | {{ say('slip.no_such') }}", "no text for"),
        ("text | {{ say('slip.receipt') }}", "key"),
        ("text | {{ slip.amount + slip.name }}", "unsupported operand"),
        ("text | {{ slip.method }}", "method"),
        ("text | {{ slip.name.upper }}", "upper"),
        ("text | {{ slip._secret }}", "_secret"),
        ("text | {{ slip.__class__ }}", "__class__"),
        ("text | {{ slip() }}", "not safely callable"),
    ],
)
def test_a_wrong_template_is_told(source: str, why: str) -> None:
    """A slip would come out with a hole in it, or show what it must not."""
    with pytest.raises(BadTemplate, match=why):
        made(source)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("text | {{ 'x' * 1000000000 }}", "mul"),
        ("text | {{ 10 ** 10 ** 10 }}", "pow"),
        ("text | {{ '%1000000000d' % 1 }}", "mod"),
        ("text | {{ slip.name ~ slip.name }}", "concat"),
        ("{% set x = 1 %}", "assign"),
        ("{% macro f() %}{% endmacro %}", "macro"),
        ("{% include 'bonus' %}", "include"),
        ("{% import 'bonus' as b %}", "import"),
        ("{% extends 'bonus' %}", "extends"),
        ("{% block x %}{% endblock %}", "block"),
        ("text | {{ slip.name | upper }}", "filter"),
        ("text | {{ slip.name[0] }}", "getitem"),
        ("text | {{ slip.name.upper() }}", "calls a method"),
        ("text | {{ slip.method() }}", "calls a method"),
        ("text | {{ [1, 2] }}", "list"),
        (
            "{% for a in slip.lines %}" * 3 + "x" + "{% endfor %}" * 3,
            "nests",
        ),
        ("text | {{ slip.name", "line 1"),
        ("\n\n{% if %}", "line 3"),
        ("x" * 20_001, "longer than"),
    ],
)
def test_a_template_that_could_stop_the_till_is_refused(source: str, why: str) -> None:
    """One line in a template from head office would take all memory of every register."""
    with pytest.raises(BadTemplate, match=why):
        compile_template("test", source)


@pytest.mark.parametrize("name", ["range", "lipsum", "dict", "cycler", "joiner", "namespace"])
def test_a_template_has_no_functions_of_its_own(name: str) -> None:
    """`range(10 ** 9)` in a loop would hold up every customer."""
    with pytest.raises(BadTemplate, match=name):
        made(f"text | {{{{ {name}(5) }}}}")


def test_a_template_cannot_print_without_end() -> None:
    """A loop over a long receipt would feed out the roll."""
    facts = Facts(lines=("x" * 100,) * 600)
    with pytest.raises(BadTemplate, match="more than 50000 characters"):
        made("{% for line in slip.lines %}\ntext | {{ line }}\n{% endfor %}", facts)
    with pytest.raises(BadTemplate, match="500 blocks"):
        made("{% for line in slip.lines %}\ncut\n{% endfor %}", facts)


def test_nothing_to_say_is_said_as_an_error() -> None:
    """ "None" would be printed where a name is missing."""
    with pytest.raises(BadTemplate, match="a value is missing"):
        made("text | {{ slip.nothing }}")


def test_a_template_is_used_for_many_slips() -> None:
    """The second customer would get the first one's slip."""
    template = compile_template("test", "text | {{ slip.name }}")
    assert [template.document(Facts(name=name), TOOLS, "ru") for name in ("A", "B")] == [
        Document((Text("A"),)),
        Document((Text("B"),)),
    ]
    assert shipped_template("bonus") is shipped_template("bonus")
