"""The catalogues themselves: compiled, complete in both languages, and enough for the code that uses them."""

import ast
import importlib.util
import re
import string
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "i18n" / "catalogues"
ROOMS = ("agent", "central", "cli", "drivers", "i18n", "loyalty", "slips", "sync")


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compile_words", ROOT / "scripts" / "compile_words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def catalogues(compiler: ModuleType) -> dict[str, dict[str, tuple[str, ...]]]:
    return {path.stem: compiler.read_po(path.read_text(encoding="utf-8")) for path in CATALOGUES.glob("*.po")}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_compiled_catalogues_are_current(compiler: ModuleType) -> None:
    """A corrected word would not reach the shop: run `python scripts/compile_words.py`."""
    for path in sorted(CATALOGUES.glob("*.po")):
        compiled = compiler.write_mo(compiler.read_po(path.read_text(encoding="utf-8")))
        assert path.with_suffix(".mo").read_bytes() == compiled, path.name


def test_both_languages_say_the_same(catalogues: dict[str, dict[str, tuple[str, ...]]]) -> None:
    """An English shop would stop at the first text that only Russian has."""
    assert set(catalogues) == {"ru", "en"}
    russian, english = catalogues["ru"], catalogues["en"]
    assert set(russian) == set(english)
    for code in set(russian) - {""}:
        wanted = placeholders(russian[code][0])
        assert all(placeholders(text) == wanted for text in (*russian[code], *english[code])), code
        assert (len(russian[code]) > 1) == (len(english[code]) > 1), code


def test_no_text_equals_its_code(catalogues: dict[str, dict[str, tuple[str, ...]]]) -> None:
    """Such a text would be taken for a missing one, and the screen would fail on it."""
    assert [code for texts in catalogues.values() for code in texts if code in texts[code]] == []


def test_counted_texts_show_their_number(catalogues: dict[str, dict[str, tuple[str, ...]]]) -> None:
    """A customer would read "баллов" without how many."""
    for texts in catalogues.values():
        counted = [text for forms in texts.values() if len(forms) > 1 for text in forms]
        assert counted
        assert all("n" in placeholders(text) for text in counted)


def said_in_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        method, code = getattr(node.func, "attr", None), node.args[0]
        # With one argument, `count` is a string's or a list's.
        says = method == "say" or (method == "count" and len(node.args) > 1)
        if says and isinstance(code, ast.Constant) and isinstance(code.value, str) and "." in code.value:
            yield code.value


def test_every_code_that_is_said_has_a_text(catalogues: dict[str, dict[str, tuple[str, ...]]]) -> None:
    """A slip or a screen would fail in the shop because a word was forgotten here."""
    said = {
        code
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for code in said_in_code(ast.parse(path.read_text(encoding="utf-8")))
    }
    for path in (ROOT / "slips" / "templates").glob("*.j2"):
        said |= set(re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))
    assert "slip.balance" in said
    assert said - set(catalogues["ru"]) == set()


@pytest.mark.parametrize(
    "text",
    [
        'msgid "a"\nmsgstr "x"\nmsgid "a"\nmsgstr "y"',
        'msgid "a"\nmsgid "b"\nmsgstr "y"',
        'msgid "a"\nmsgstr ""',
        'msgstr "a"',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] "y"',
        'msgid "a"\nmsgid_plural "a"\nmsgstr[1] "x"',
        "rubbish",
        'msgid "a"\nmsgstr "x\\"',
    ],
)
def test_a_broken_catalogue_names_its_line(compiler: ModuleType, text: str) -> None:
    """A translator's slip of the pen would silently drop a text, or all after it."""
    with pytest.raises(compiler.BadCatalogue, match=r"^line \d"):
        compiler.read_po(text)
