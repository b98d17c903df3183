"""The files of the cashier's page: words in both languages, nothing inline, nothing missing."""

import json
import re

from agent.screen import static_folder
from drivers.values import DeviceState, Verdict


def words(locale: str) -> dict[str, str | dict[str, str]]:
    return json.loads((static_folder() / "words" / f"{locale}.json").read_text(encoding="utf-8"))


def blanks(entry: str | dict[str, str]) -> set[str]:
    phrases = [entry] if isinstance(entry, str) else list(entry.values())
    return {blank for phrase in phrases for blank in re.findall(r"\{(\w+)\}", phrase)}


def test_both_languages_say_the_same() -> None:
    """Half of the page would be in the other language, or show a code instead of words."""
    russian, english = words("ru"), words("en")

    assert russian.keys() == english.keys()
    assert {code for code in russian if blanks(russian[code]) != blanks(english[code])} == set()


def sources() -> str:
    files = [*static_folder().rglob("*.js"), static_folder() / "index.html"]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_word_that_is_said_is_there_and_no_other() -> None:
    """A missing word shows its code to the cashier; a dead one is translated for nobody."""
    said = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+|brand|tools|close|back|points)"', sources()))
    prefixes = set(re.findall(r'sayOne\(\s*"([a-z_]+)"', sources())) | set(re.findall(r"`([a-z_]+)\.\$\{", sources()))
    known = set(words("ru"))
    remembered = {code for code in said if code.startswith("kopilka.")}

    assert said - remembered - known == set()
    assert {code for code in known if code not in said and code.partition(".")[0] not in prefixes} == set()


def test_every_state_of_a_device_and_every_bad_scan_has_its_words() -> None:
    """The cashier would read "unknown" where the register knows exactly what is wrong."""
    known = words("ru")

    assert {state for state in DeviceState if f"device.{state}" not in known} == set()
    assert {verdict for verdict in Verdict if verdict is not Verdict.OK and f"scan.{verdict}" not in known} == set()


def test_every_file_that_the_page_names_is_there() -> None:
    """A renamed file would leave a blank page on every register after an update."""
    html = (static_folder() / "index.html").read_text(encoding="utf-8")
    modules = {str(file.relative_to(static_folder())) for file in static_folder().rglob("*.js")}
    preloaded = set(re.findall(r'rel="modulepreload" href="/screen/([^"]+)"', html))
    named = set(re.findall(r'["(]/screen/([\w./-]+)', sources()))
    imported = {
        (file.parent / path).resolve()
        for file in static_folder().rglob("*.js")
        for path in re.findall(r'from "(\.[^"]+)"', file.read_text(encoding="utf-8"))
    }
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (static_folder() / "icons" / "icons.svg").read_text("utf-8")))

    assert preloaded == modules - {"js/main.js"}
    assert {path for path in named if not (static_folder() / path).is_file()} == set()
    assert {path for path in imported if not path.is_file()} == set()
    assert set(re.findall(r'icon\("([\w-]+)"', sources())) <= drawn
    assert set(re.findall(r'href="#([\w-]+)"', sources())) <= drawn


def test_the_page_has_nothing_inline() -> None:
    """The content policy would block it, and the part that needs it would be dead."""
    html = (static_folder() / "index.html").read_text(encoding="utf-8")

    assert re.findall(r"<style|style=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", html) == []
    assert "innerHTML" not in sources()
