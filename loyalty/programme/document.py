"""JSON decoded with nothing lost: doubled keys, floats, huge integers and broken texts are problems with paths."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from loyalty.canonical import DEPTH_MAX, INTEGER_LIMIT
from loyalty.errors import Problem


class _Doubled(dict[str, object]):
    """An object in which a key stood twice."""

    doubled: tuple[str, ...] = ()


def decode(data: bytes) -> tuple[object, tuple[Problem, ...]]:
    """The decoded document and what is wrong with its JSON. Floats stay floats, for `walk` to name."""
    try:
        return json.loads(data, object_pairs_hook=_object), ()
    except RecursionError:
        return None, (Problem("", "too_deep", f"is nested deeper than {DEPTH_MAX}"),)
    except UnicodeDecodeError as error:
        return None, (Problem("", "not_json", f"is not UTF-8 from byte {error.start} on"),)
    except ValueError as error:
        return None, (Problem("", "not_json", f"is not JSON: {error}"),)


def walk(value: object, path: str = "", depth: int = DEPTH_MAX) -> Iterator[Problem]:
    """What no document of ours may contain, whatever its shape."""
    match value:
        case float():
            yield Problem(path, "float", 'is a JSON number with decimals; write it as a text such as "129.90"')
        case int() if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            yield Problem(path, "out_of_range", "is an integer from 2^53 on")
        case str() if not _is_text(value):
            yield Problem(path, "bad_text", "has half of a surrogate pair")
        case dict() | list() if depth == 0:
            yield Problem(path, "too_deep", f"is nested deeper than {DEPTH_MAX}")
        case dict():
            if isinstance(value, _Doubled):
                yield from (
                    Problem(join(path, key), "duplicate_key", "stands twice in one object") for key in value.doubled
                )
            for key, item in value.items():
                yield from walk(item, join(path, key), depth - 1)
        case list():
            for index, item in enumerate(value):
                yield from walk(item, f"{path}[{index}]", depth - 1)
        case _:
            return


def join(path: str, key: object) -> str:
    """The path of a field."""
    return f"{path}.{key}" if path else str(key)


def _object(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    marked = _Doubled(plain)
    marked.doubled = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return marked


def _is_text(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
