"""Canonical JSON: one value, one sequence of bytes, on every machine.

The form is RFC 8785 (JSON Canonicalization Scheme) under guards that make it simple: ASCII keys,
no floats, integers below 2⁵³ in magnitude. Under them sorting by bytes is sorting by UTF-16 units,
and msgspec's sorted encoder writes exactly the RFC's bytes.
"""

from collections.abc import Mapping, Sequence

import msgspec

from loyalty.errors import NotCanonical

INTEGER_LIMIT = 2**53
DEPTH_MAX = 32

Canonical = None | bool | int | str | Sequence["Canonical"] | Mapping[str, "Canonical"]

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """The canonical bytes of `value`. Raises `NotCanonical` with the path of what the guards refuse."""
    _guard(value, "", DEPTH_MAX)
    return _encoder.encode(value)


def _guard(value: object, path: str, depth: int) -> None:
    kind = type(value)
    if kind is str:
        _guard_text(value, path)  # type: ignore[arg-type]
    elif kind is bool or value is None:
        return
    elif kind is int:
        if not -INTEGER_LIMIT < value < INTEGER_LIMIT:  # type: ignore[operator]
            raise NotCanonical(path, "integers from 2^53 on are written as strings")
    elif depth == 0:
        raise NotCanonical(path, f"is nested deeper than {DEPTH_MAX}")
    elif kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not key.isascii():
                raise NotCanonical(f"{path}.{key}", "keys are ASCII text")
            _guard(item, f"{path}.{key}", depth - 1)
    elif kind is list or kind is tuple:
        for index, item in enumerate(value):  # type: ignore[arg-type]
            _guard(item, f"{path}[{index}]", depth - 1)
    else:
        raise NotCanonical(path, f"{kind.__name__} has no canonical form")


def _guard_text(text: str, path: str) -> None:
    # A lone surrogate has no UTF-8 bytes; an ASCII flag check keeps the usual case free.
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotCanonical(path, "has half of a surrogate pair") from None
