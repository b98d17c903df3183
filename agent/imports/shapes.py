"""What the rows of each kind of file become. docs/import.md shows the columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.imports.rows import BadRow, FileRow, optional_text, text
from agent.keyring import Keyring
from agent.stores.reference import CardRow, MemberRow, ProductRow
from loyalty.basket import Attribute
from loyalty.errors import BadAmount
from loyalty.member import MemberStatus
from loyalty.money import Minor, parse_amount
from loyalty.points import Points, parse_points
from loyalty.programme.compile import CompiledProgramme

ID_MAX = 64
CARD_MAX = 64
NAME_MAX = 128
TAIL = 4
POINTS_COLUMN = "points."
ATTRIBUTE_COLUMN = "attribute."
WORDS = {"true": True, "yes": True, "false": False, "no": False}

MEMBER_COLUMNS = frozenset("id name status tier tier_since registered_on birthday spend segments expires_on".split())
CARD_COLUMNS = frozenset("card member status".split())
PRODUCT_COLUMNS = frozenset("sku name category brand attributes".split())


@dataclass(frozen=True, slots=True)
class Opening:
    """A balance that a member brings along, in the wallet's smallest unit."""

    wallet: str
    points: Points
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class MemberImport:
    """A member's row and the balances that open their account."""

    line: FileRow
    row: MemberRow
    openings: tuple[Opening, ...]


def member_of(
    line: FileRow, keyring: Keyring, programme: CompiledProgramme | None, *, keep_names: bool, judged: bool
) -> MemberImport:
    """A row of a members file. Raises `BadRow`.

    Not `judged` on a rebuild: a tier or a wallet that the programme no longer has must not cost the member.
    """
    fields = line.fields
    _only(fields, MEMBER_COLUMNS, POINTS_COLUMN)
    member = text(fields, "id", length_max=ID_MAX)
    name = optional_text(fields, "name", length_max=NAME_MAX)
    spend = optional_text(fields, "spend")
    tier = optional_text(fields, "tier")
    if judged and programme is not None and tier is not None:
        _known_tier(tier, programme)
    expires_on = _day(fields, "expires_on")
    return MemberImport(
        line,
        MemberRow(
            id=member,
            status=_status(fields),
            tier=tier,
            tier_since=_day(fields, "tier_since"),
            registered_on=_day(fields, "registered_on"),
            birthday=_birthday(fields),
            spend=_spend(spend, programme),
            segments=_segments(fields),
            name_sealed=keyring.seal(name.encode(), about=f"name {member}") if name and keep_names else None,
        ),
        tuple(_openings(fields, programme, expires_on)) if judged else (),
    )


def card_of(fields: Mapping[str, Any], keyring: Keyring) -> CardRow:
    """A row of a cards file. Raises `BadRow`."""
    _only(fields, CARD_COLUMNS)
    code = text(fields, "card", length_max=CARD_MAX)
    return CardRow(keyring.card_lookup(code), text(fields, "member", length_max=ID_MAX), _status(fields), code[-TAIL:])


def product_of(fields: Mapping[str, Any]) -> ProductRow:
    """A row of a catalogue file. Raises `BadRow`."""
    _only(fields, PRODUCT_COLUMNS, ATTRIBUTE_COLUMN)
    attributes: dict[str, Attribute] = {}
    listed = fields.get("attributes") or {}
    if not isinstance(listed, Mapping):
        raise BadRow("attributes is not an object")
    columns = {
        name.removeprefix(ATTRIBUTE_COLUMN): value
        for name, value in fields.items()
        if name.startswith(ATTRIBUTE_COLUMN) and value not in (None, "")
    }
    for name, value in {**listed, **columns}.items():
        if not name.isascii() or not isinstance(value, bool | int | str):
            raise BadRow(f"attribute {name} is not a name in ASCII with a yes/no, a whole number or a text")
        attributes[name] = WORDS.get(value.lower(), value) if isinstance(value, str) else value
    brand = optional_text(fields, "brand")
    if brand is not None:
        attributes.setdefault("brand", brand)
    return ProductRow(
        text(fields, "sku", length_max=ID_MAX),
        optional_text(fields, "name", length_max=NAME_MAX) or "",
        optional_text(fields, "category"),
        attributes,
    )


def _only(fields: Mapping[str, Any], known: frozenset[str], prefix: str = "\0") -> None:
    unknown = sorted(name for name in fields if name not in known and not str(name).startswith(prefix))
    if unknown:
        raise BadRow(f"unknown column {', '.join(map(str, unknown))}; known are {', '.join(sorted(known))}")


def _openings(fields: Mapping[str, Any], programme: CompiledProgramme | None, expires_on: date | None) -> list[Opening]:
    openings = []
    for column in fields:
        if not column.startswith(POINTS_COLUMN):
            continue
        value = optional_text(fields, column)
        if value is None:
            continue
        wallet_id = column.removeprefix(POINTS_COLUMN)
        wallet = _needed(programme).wallets.get(wallet_id)
        if wallet is None:
            raise BadRow(f"{column}: the programme has no wallet {wallet_id}")
        try:
            points = parse_points(value, wallet.exponent)
        except BadAmount as error:
            raise BadRow(f"{column}: {error}") from error
        if points < 0:
            raise BadRow(f"{column}: an opening balance is not negative")
        if points > 0:
            openings.append(Opening(wallet_id, points, expires_on))
    return openings


def _spend(value: str | None, programme: CompiledProgramme | None) -> Minor:
    if value is None:
        return Minor(0)
    try:
        return parse_amount(value, _needed(programme).currency)
    except BadAmount as error:
        raise BadRow(f"spend: {error}") from error


def _needed(programme: CompiledProgramme | None) -> CompiledProgramme:
    if programme is None:
        raise BadRow("points and spend need a programme first: kopilka import programme FILE")
    return programme


def _known_tier(tier: str, programme: CompiledProgramme) -> None:
    tiers = programme.programme.tiers
    levels = [level.id for level in tiers.levels] if tiers else []
    if tier not in levels:
        raise BadRow(f"tier {tier} is none of the programme's: {', '.join(levels) or 'it has none'}")


def _status(fields: Mapping[str, Any]) -> MemberStatus:
    value = optional_text(fields, "status") or "active"
    if value == "active":
        return "active"
    if value == "blocked":
        return "blocked"
    raise BadRow(f"status {value} is neither active nor blocked")


def _day(fields: Mapping[str, Any], name: str) -> date | None:
    value = optional_text(fields, name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadRow(f"{name}: {value} is not a day such as 2026-11-22") from error


def _birthday(fields: Mapping[str, Any]) -> str | None:
    value = optional_text(fields, "birthday")
    if value is None:
        return None
    try:
        # Any leap year, so that 29 February is a birthday.
        date.fromisoformat(f"2024-{value}")
    except ValueError as error:
        raise BadRow(f"birthday: {value} is not month and day such as 03-14; the year is not kept") from error
    return value


def _segments(fields: Mapping[str, Any]) -> tuple[str, ...]:
    value = fields.get("segments")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return tuple((optional_text(fields, "segments") or "").split())
