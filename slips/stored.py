"""A document as JSON, to keep beside a print job and to send to head office; both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields

import msgspec

from loyalty.errors import BadDocument, Problem
from slips.document import BLOCKS_MAX, Barcode, Block, Columns, Cut, Document, Feed, Image, Qr, Rule, Text
from slips.errors import BadBlock

FORMAT = 1
"""Raised whenever an older release could not read what a newer one writes."""

PROBLEMS_MAX = 50
"""How many problems of one document are told at most."""

_KINDS: Mapping[str, type[Block]] = {
    "text": Text,
    "columns": Columns,
    "rule": Rule,
    "barcode": Barcode,
    "qr": Qr,
    "image": Image,
    "feed": Feed,
    "cut": Cut,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_INNER_PATH = re.compile(r"^(?P<why>.*) - at `\$(?P<path>.*)`$", re.DOTALL)


def document_json(document: Document) -> dict[str, object]:
    """The document as plain JSON values; fields at their defaults are left out, image dots are base64."""
    return {
        "format": FORMAT,
        "language": document.language,
        "blocks": [_block_json(block) for block in document.blocks],
    }


def read_document(value: object) -> Document:
    """The document of decoded JSON. Raises `BadDocument` with every problem, its path and code."""
    problems: list[Problem] = []
    blocks: list[Block] = []
    if not isinstance(value, Mapping):
        raise BadDocument("slip", (Problem("", "wrong_type", "must be an object"),))
    problems += [
        Problem(str(name), "unknown_field", "is not a field of a slip")
        for name in value
        if name not in {"format", "language", "blocks"}
    ]
    if value.get("format") != FORMAT:
        problems.append(Problem("format", "unknown_format", f"must be {FORMAT}; a newer release may have written it"))
    language = value.get("language")
    if not isinstance(language, str):
        problems.append(Problem("language", "wrong_type", "must be a language such as ru"))
    items = value.get("blocks")
    if not isinstance(items, Sequence) or isinstance(items, str | bytes):
        problems.append(Problem("blocks", "wrong_type", "must be a list"))
    elif len(items) > BLOCKS_MAX:
        problems.append(Problem("blocks", "too_many", f"must be at most {BLOCKS_MAX}"))
    else:
        for position, item in enumerate(items):
            block = _read_block(item, f"blocks[{position}]")
            if isinstance(block, Problem):
                problems.append(block)
            else:
                blocks.append(block)
    if problems:
        raise BadDocument("slip", tuple(problems[:PROBLEMS_MAX]))
    return Document(tuple(blocks), str(language))


def _block_json(block: Block) -> dict[str, object]:
    # Through JSON and back: `to_builtins` would leave tuples, which canonical JSON refuses.
    values = msgspec.json.decode(msgspec.json.encode(block))
    kept = {
        field.name: values[field.name]
        for field in fields(block)
        if field.default is MISSING or getattr(block, field.name) != field.default
    }
    return {"type": _NAMES[type(block)], **kept}


def _read_block(item: object, path: str) -> Block | Problem:
    if not isinstance(item, Mapping):
        return Problem(path, "wrong_type", "must be an object")
    kind = _KINDS.get(str(item.get("type")))
    if kind is None:
        return Problem(f"{path}.type", "unknown_block", f"must be one of: {', '.join(_KINDS)}")
    content = {name: inner for name, inner in item.items() if name != "type"}
    unknown = content.keys() - {field.name for field in fields(kind)}
    if unknown:
        return Problem(f"{path}.{min(map(str, unknown))}", "unknown_field", f"is not a field of {item['type']}")
    try:
        return msgspec.convert(content, kind)
    except BadBlock as error:
        return Problem(path, "bad_block", str(error))
    except msgspec.ValidationError as error:
        match = _INNER_PATH.match(str(error))
        return Problem(path + match["path"] if match else path, "wrong_type", match["why"] if match else str(error))
