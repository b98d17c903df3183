"""Problem documents (RFC 9457): a stable code, the field where there is one, words to act on in the caller's language.

The one place where errors and refusals become HTTP.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from agent.errors import (
    AgentError,
    DiskFull,
    ImportRefused,
    LedgerUnavailable,
    LedgerUnsure,
    NoProgramme,
    ReferenceUnavailable,
)
from agent.events import TooManyListeners
from i18n.words import LOCALES, words
from loyalty.errors import BadDocument, NotCanonical, Problem

MEDIA_TYPE = "application/problem+json"
DEFAULT_LOCALE = "ru"
SERVER_ERROR = 500
TYPE = "urn:kopilka:problem:"

log = structlog.get_logger("api")

_STATUS_CODES = {
    400: "bad_request",
    401: "token_unknown",
    403: "role_refused",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "not_json",
    429: "too_many_requests",
    503: "unavailable",
}


class ApiProblem(Exception):
    """A refusal with its HTTP status, stable code, and what belongs to it."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        """`values` fill the placeholders of the words, `more` are further members of the document."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.path = path
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        self.values = values


def to_response(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The problem document for any error that reaches the API's edge."""
    problem = _problem_of(error)
    if problem.status >= SERVER_ERROR:
        log.error("request_failed", code=problem.code, path=request.url.path, error=repr(error))
    return _response(problem, locale_of(request))


def locale_of(request: Request[Any, Any, Any]) -> str:
    """The first of our languages in Accept-Language; Russian where none is asked for."""
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.partition(";")[0].strip().lower().partition("-")[0]
        if tag in LOCALES:
            return tag
    return DEFAULT_LOCALE


def _problem_of(error: Exception) -> ApiProblem:
    match error:
        case ApiProblem():
            return error
        case BadDocument():
            return ApiProblem(
                422,
                "bad_document",
                path=error.problems[0].path if error.problems else None,
                more={"problems": [_part(problem) for problem in error.problems]},
            )
        case NotCanonical():
            return ApiProblem(
                422,
                "bad_document",
                path=error.path.removeprefix("."),
                more={"problems": [_part(Problem(error.path.removeprefix("."), "not_canonical", error.why))]},
            )
        case DiskFull():
            return ApiProblem(507, error.code, more={"cause": error.message})
        case LedgerUnavailable() | ReferenceUnavailable() | NoProgramme() if not isinstance(error, LedgerUnsure):
            return ApiProblem(503, error.code, more={"cause": error.message})
        case ImportRefused():
            return ApiProblem(422, error.code, more={"cause": str(error)})
        case AgentError():
            return ApiProblem(500, error.code, more={"cause": str(error)})
        case TooManyListeners():
            return ApiProblem(503, "too_many_listeners")
        case HTTPException():
            code = _STATUS_CODES.get(error.status_code, "internal")
            return ApiProblem(error.status_code, code, headers=error.headers, more={"cause": error.detail})
        case _:
            return ApiProblem(500, "internal")


def _response(problem: ApiProblem, locale: str) -> Response[bytes]:
    say = words(locale)
    document = {
        "type": TYPE + problem.code,
        "title": problem.code.replace("_", " "),
        "status": problem.status,
        "code": problem.code,
        "detail": say.find(f"problem.{problem.code}", **problem.values) or "",
        **({"path": problem.path} if problem.path is not None else {}),
        **problem.more,
    }
    return Response(
        msgspec.json.encode(document),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": locale, **problem.headers},
    )


def _part(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "code": problem.code, "message": problem.message}
