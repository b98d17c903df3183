"""Reading decoded JSON field by field, with every problem collected and none raised on the way."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import TypeVar

from loyalty.canonical import INTEGER_LIMIT
from loyalty.errors import BadAmount, BadDocument, Problem

_CODE = re.compile("[a-z][a-z_]{0,31}")
TEXT_MAX = 64
ATTRIBUTES_MAX = 32
PROBLEMS_MAX = 200

Value = TypeVar("Value")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Problems:
    """What is wrong with one document so far."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._found: list[Problem] = []

    def add(self, path: str, code: str, message: str) -> None:
        self._found.append(Problem(path, code, message))

    def __bool__(self) -> bool:
        return bool(self._found)

    def error(self) -> BadDocument:
        """The error that names them all."""
        return BadDocument(self._what, tuple(self._found[:PROBLEMS_MAX]))


class Fields:
    """One JSON object being read. What is missing or wrong is a problem, and None in the answer."""

    def __init__(self, value: object, path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._values: Mapping[str, object] = value if isinstance(value, dict) else {}
        self._is_object = isinstance(value, dict)
        if not self._is_object:
            self.bad("", "wrong_type", "an object is expected here")

    def at(self, name: str) -> str:
        """The path of a field; of the object itself for an empty name."""
        if not name:
            return self.path
        return f"{self.path}.{name}" if self.path else name

    def bad(self, name: str, code: str, message: str) -> None:
        self.problems.add(self.at(name), code, message)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def only(self, names: Collection[str]) -> None:
        """Refuses fields of any other name."""
        for name in self._values:
            if name not in names:
                self.bad(str(name), "unknown_field", "is no field that this release knows")

    def names(self) -> Iterator[str]:
        return iter(self._values)

    def later(self, *names: str) -> None:
        """Refuses fields of the whole design that this release does not build, unless they are empty."""
        for name in names:
            if self._values.get(name):
                self.bad(name, "not_built_yet", f"{name} is not built yet in this release")

    def raw(self, name: str, *, required: bool = False) -> object:
        value = self._values.get(name)
        if value is None and required and self._is_object:
            self.bad(name, "missing", "is required")
        if isinstance(value, float):
            self.bad(name, "float", 'is a JSON number with decimals; write it as a text such as "129.90"')
            return None
        return value

    def text(self, name: str, *, required: bool = False, limit: int = TEXT_MAX) -> str | None:
        """A text of 1 to `limit` characters."""
        value = self.raw(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.bad(name, "wrong_type", "a text is expected here")
        elif not value or len(value) > limit:
            self.bad(name, "bad_text", f"has 1 to {limit} characters")
        elif not sound(value):
            self.bad(name, "bad_text", "has half of a surrogate pair")
        else:
            return value
        return None

    def ignored_text(self, name: str, *, limit: int) -> None:
        """A text that may stand there, be empty, and is not kept."""
        value = self.raw(name)
        if value is not None and (not isinstance(value, str) or len(value) > limit):
            self.bad(name, "bad_text", f"is a text of up to {limit} characters")

    def choice(self, name: str, values: Collection[str], *, later: Collection[str] = ()) -> str | None:
        """A text out of a list."""
        value = self.text(name)
        if value in later:
            self.bad(name, "not_built_yet", f"{value} is not built yet in this release")
        elif value is not None and value not in values:
            self.bad(name, "unknown_value", f"is one of {', '.join(sorted(values))}")
        return value if value in values else None

    def number(self, name: str, parse: Callable[[str], Value], *, required: bool = False) -> Value | None:
        """A decimal text, read by `parse`, which raises `BadAmount`."""
        value = self.raw(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.bad(name, "wrong_type", 'a number is written as a text such as "129.90"')
            return None
        try:
            return parse(value)
        except BadAmount as error:
            self.bad(name, "bad_amount", str(error))
            return None

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day as 2026-12-31."""
        value = self.text(name, required=required)
        if value is None:
            return None
        try:
            return date.fromisoformat(value if _DAY.fullmatch(value) else "")
        except ValueError:
            self.bad(name, "bad_date", "is no day such as 2026-12-31")
            return None

    def objects(self, name: str, *, limit: int, required: bool = False) -> Iterator["Fields"]:
        """A list of objects."""
        for index, item in enumerate(self._list(name, limit=limit, required=required)):
            yield Fields(item, f"{self.at(name)}[{index}]", self.problems)

    def texts(self, name: str, *, limit: int) -> tuple[str, ...]:
        """A list of texts."""
        items = {str(index): item for index, item in enumerate(self._list(name, limit=limit))}
        found = []
        for index, item in items.items():
            if isinstance(item, str) and 0 < len(item) <= TEXT_MAX and sound(item):
                found.append(item)
            else:
                self.bad(f"{name}[{index}]", "bad_text", f"is a text of 1 to {TEXT_MAX} characters")
        return tuple(found)

    def codes(self, name: str, *, limit: int) -> tuple[str, ...]:
        """A list of short codes such as `bank_card`: no room for a number or a name."""
        found = self.texts(name, limit=limit)
        for index, item in enumerate(found):
            if _CODE.fullmatch(item) is None:
                self.bad(f"{name}[{index}]", "bad_code", "is a code of small Latin letters and _, such as bank_card")
        return found

    def entries(self, name: str) -> Iterator[tuple[str, "Fields"]]:
        """The objects inside an object, by name."""
        if (inner := self.inner(name)) is not None:
            for key in inner.names():
                yield key, Fields(inner.raw(key), inner.at(key), self.problems)

    def inner(self, name: str) -> "Fields | None":
        """An object inside, None where it is absent."""
        value = self.raw(name)
        return None if value is None else Fields(value, self.at(name), self.problems)

    def attributes(self, name: str) -> dict[str, bool | int | str]:
        """Names with a bool, an integer or a text each."""
        inner = self.inner(name)
        if inner is None:
            return {}
        found: dict[str, bool | int | str] = {}
        for count, key in enumerate(inner.names()):
            if count == ATTRIBUTES_MAX:
                self.bad(name, "too_many", f"has at most {ATTRIBUTES_MAX} attributes")
                break
            value = inner.raw(key)
            if not _NAME.fullmatch(key):
                inner.bad(key, "bad_name", "an attribute's name is of Latin letters, digits and _.-")
            elif (isinstance(value, bool | int) and -INTEGER_LIMIT < value < INTEGER_LIMIT) or (
                isinstance(value, str) and len(value) <= TEXT_MAX and sound(value)
            ):
                found[key] = value
            elif value is not None:
                inner.bad(key, "bad_attribute", f"is true, false, an integer or a text of up to {TEXT_MAX} characters")
        return found

    def _list(self, name: str, *, limit: int, required: bool = False) -> list[object]:
        value = self.raw(name, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.bad(name, "wrong_type", "a list is expected here")
            return []
        if len(value) > limit:
            self.bad(name, f"too_many_{name}", f"has at most {limit} items")
            return []
        return value


def sound(text: str) -> bool:
    """Whether the text has UTF-8 bytes; half of a surrogate pair has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
