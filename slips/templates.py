"""Templates of slips: Jinja2 in a sandbox that leaves nothing to run away with.

A template writes the lines of `markup` and may only look at the facts of one slip, compare and add them, loop over
them and call the words it is handed. No assignment, no filter, no macro, no import: a template arrives with a
programme, from outside, and must not be able to stop a till.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from i18n import WordsError
from slips.document import Document
from slips.errors import BadBlock, BadTemplate
from slips.markup import BadLine, escaped, read_markup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Template

TEMPLATE_LENGTH_MAX = 20_000
OUTPUT_LENGTH_MAX = 50_000
LOOP_DEPTH_MAX = 2

_ALLOWED = (
    nodes.Add,
    nodes.And,
    nodes.Call,
    nodes.Compare,
    nodes.CondExpr,
    nodes.Const,
    nodes.For,
    nodes.Getattr,
    nodes.If,
    nodes.Keyword,
    nodes.Name,
    nodes.Neg,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Sub,
    nodes.Template,
    nodes.TemplateData,
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that templates may call; nothing else is callable there."""

    function: Callable[..., str]

    def __call__(self, *args: object, **kwargs: object) -> str:
        return self.function(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class SlipTemplate:
    """A checked template, ready for any number of slips and threads."""

    name: str
    _compiled: Template

    def document(self, facts: object, tools: Mapping[str, Tool], language: str) -> Document:
        """The document of one slip. `facts`, a dataclass, is `slip` in the template. Raises `BadTemplate`."""
        parts: list[str] = []
        length = 0
        try:
            for part in self._compiled.generate(slip=facts, **tools):
                length += len(part)
                if length > OUTPUT_LENGTH_MAX:
                    raise BadTemplate(self.name, 0, f"makes more than {OUTPUT_LENGTH_MAX} characters")
                parts.append(part)
            return Document(read_markup("".join(parts)), language)
        except (TemplateError, WordsError, BadLine, BadBlock, TypeError, ValueError) as error:
            raise BadTemplate(self.name, 0, str(error)) from error


def compile_template(name: str, source: str) -> SlipTemplate:
    """A template of outside text, checked whole before it is used. Raises `BadTemplate`."""
    if len(source) > TEMPLATE_LENGTH_MAX:
        raise BadTemplate(name, 0, f"is longer than {TEMPLATE_LENGTH_MAX} characters")
    environment = _environment()
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(name, error.lineno, str(error.message)) from error
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            raise BadTemplate(name, node.lineno, f"uses {type(node).__name__.lower()}, which slips do not allow")
        if isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Name):
            raise BadTemplate(name, node.lineno, "calls a method; only the words handed in can be called")
    _check_loops(name, tree, depth=0)
    return SlipTemplate(name, environment.from_string(tree))


@cache
def shipped_template(name: str) -> SlipTemplate:
    """A template of this package, by its name without extension."""
    source = resources.files(__package__).joinpath("templates", f"{name}.slip.j2").read_text(encoding="utf-8")
    return compile_template(name, source)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Attributes of the facts can be read and tools called; strings have no methods here."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 - Jinja's signature
        return is_dataclass(obj) and not attr.startswith("_") and not callable(value)

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401 - Jinja's signature
        # Calling what is not defined says its name; refusing to call it would not.
        return isinstance(obj, Tool | Undefined)


@cache
def _environment() -> _Sandbox:
    # What the template writes is no HTML: `escaped` guards the one syntax it has.
    sandbox = _Sandbox(
        undefined=StrictUndefined,
        finalize=escaped,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sandbox.globals.clear()
    return sandbox


def _check_loops(name: str, node: nodes.Node, *, depth: int) -> None:
    if depth > LOOP_DEPTH_MAX:
        raise BadTemplate(name, node.lineno, f"nests more than {LOOP_DEPTH_MAX} loops")
    for child in node.iter_child_nodes():
        _check_loops(name, child, depth=depth + isinstance(child, nodes.For))
