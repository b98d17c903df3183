"""Reading a programme: every error at once, each with its path."""

from collections.abc import Mapping

from pydantic import ValidationError

from loyalty.errors import BadAmount, BadDocument, Problem
from loyalty.money import Currency, parse_amount
from loyalty.points import Rate, parse_points
from loyalty.programme.document import decode, join, walk
from loyalty.programme.model import Programme
from loyalty.strict import Names, WalletName

BYTES_MAX = 16 * 1024 * 1024
PROBLEMS_MAX = 200

_FALLBACK_CURRENCY = Currency.of("RUB")

_CODES = {
    "extra_forbidden": "unknown_field",
    "literal_error": "unknown_value",
    "enum": "unknown_value",
    "string_pattern_mismatch": "bad_text",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
}
_WORDS = {"missing": "is required", "unknown_field": "is no field that this release knows"}


def read_programme(document: bytes | Mapping[str, object]) -> Programme:
    """The programme of a JSON document, as bytes or decoded. Raises `BadDocument` with every problem and its path."""
    decoded: object = dict(document) if isinstance(document, Mapping) else document
    problems: list[Problem] = []
    if isinstance(document, bytes):
        if len(document) > BYTES_MAX:
            raise BadDocument("programme", (Problem("", "too_large", f"is larger than {BYTES_MAX} bytes"),))
        decoded, broken = decode(document)
        problems += broken
    if not problems and not isinstance(decoded, dict):
        problems.append(Problem("", "wrong_type", "a programme is a JSON object"))
    if problems or not isinstance(decoded, dict):
        raise BadDocument("programme", tuple(problems))
    problems += walk(decoded)
    if any(problem.code == "too_deep" for problem in problems):
        raise BadDocument("programme", tuple(problems[:PROBLEMS_MAX]))
    try:
        programme = Programme.model_validate(decoded, context=_names(decoded))
    except ValidationError as error:
        named = {problem.path for problem in problems}
        problems += [problem for problem in _problems(error) if problem.path not in named]
    else:
        if not problems:
            return programme
    raise BadDocument("programme", tuple(problems[:PROBLEMS_MAX]))


def _problems(error: ValidationError) -> list[Problem]:
    problems = []
    for item in error.errors(include_url=False, include_input=False):
        code = _CODES.get(item["type"], item["type"])
        if code.endswith("_type"):
            code = "wrong_type"
        problems.append(Problem(_path(item["loc"]), code, _WORDS.get(code, item["msg"])))
    # pydantic counts only sound items, so a list of one bad item would be called too short as well.
    return [problem for problem in problems if problem.code != "too_short" or not _holds_another(problem, problems)]


def _holds_another(whole: Problem, problems: list[Problem]) -> bool:
    return any(problem.path.startswith(whole.path + "[") for problem in problems)


def _path(places: tuple[str | int, ...]) -> str:
    path = ""
    for place in places:
        if isinstance(place, int):
            path += f"[{place}]"
        elif place != "[key]" and not place.startswith("#"):
            path = join(path, place)
    return path


def _names(document: Mapping[str, object]) -> Names:
    """What the document declares. Whatever cannot be read here is reported by the model."""
    currency = document.get("currency")
    money = Currency.of(currency) if isinstance(currency, str) else _FALLBACK_CURRENCY
    tiers, groups = document.get("tiers"), document.get("groups")
    return Names(
        currency=money,
        wallets={wallet["id"]: _wallet(wallet, money) for wallet in _with_ids(document.get("wallets"))},
        tiers=frozenset(level["id"] for level in _with_ids(tiers.get("levels") if isinstance(tiers, dict) else None)),
        groups=frozenset(groups) if isinstance(groups, dict) else frozenset(),
    )


def _with_ids(items: object) -> list[dict[str, str]]:
    found = items if isinstance(items, list) else []
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)]


def _wallet(wallet: Mapping[str, object], currency: Currency) -> WalletName:
    exponent, rate = wallet.get("exponent", 0), wallet.get("rate")
    decimals = exponent if isinstance(exponent, int) and exponent in (0, 2) else 2
    return WalletName(decimals, _rate(rate, decimals, currency), wallet.get("redeemable", True) is not False)


def _rate(rate: object, exponent: int, currency: Currency) -> Rate | None:
    if not isinstance(rate, dict):
        return None
    try:
        pair = Rate(parse_points(str(rate.get("points")), exponent), parse_amount(str(rate.get("money")), currency))
    except BadAmount:
        return None
    return pair if pair.points > 0 and pair.minor > 0 else None
