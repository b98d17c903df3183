"""Imports: what comes in, what is refused and named, and that nothing comes in twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ImportRefused
from agent.services import Services
from agent.stores.verification import verify_ledger
from loyalty.errors import BadDocument

ANNA = "2900000000018"
MEMBERS = b"id,name,points.bonus\nm-olga,Olga,500\nm-boris,Boris,\n"


def balance(services: Services, member: str) -> int:
    return services.readings.account(member).balance("bonus")


def test_importing_the_same_file_twice_changes_nothing(services: Services) -> None:
    """A nervous administrator presses the button twice, and every member would have double points."""
    first = services.importer("members", "members.csv", MEMBERS)
    before = services.readings.count()
    second = services.importer("members", "again.csv", MEMBERS)
    assert (first.openings, second.openings, second.refused) == (1, 0, 0)
    assert services.readings.count() == before


def test_a_corrected_file_doubles_no_balance(services: Services) -> None:
    """Told that row 3 is wrong, store IT mends it and imports the file again: Vera must not have her points twice."""
    services.importer("members", "m.csv", b"id,points.bonus\nm-vera,70\nm-gleb,x\n")
    report = services.importer("members", "m.csv", b"id,points.bonus\nm-vera,70\nm-gleb,5\nm-gleb,6\n")
    assert (balance(services, "m-vera"), balance(services, "m-gleb")) == (70, 5)
    assert [(row.number, "again" in row.why) for row in report.refused_rows] == [(2, True), (4, True)]
    assert "was opened by an earlier file" in report.refused_rows[0].why
    assert "stands twice in this file" in report.refused_rows[1].why


def test_an_opening_balance_is_an_entry_in_the_chain(services: Services) -> None:
    """Where these points come from must have an answer in the ledger itself."""
    assert balance(services, "m-anna") == 500
    stored = services.readings.entries(limit=1, member="m-anna")[0]
    assert stored.entry.kind == "adjust"
    assert verify_ledger(services.readings).complaint is None


def test_good_rows_come_in_and_bad_ones_are_listed_by_row(services: Services) -> None:
    """One wrong row among ten thousand must not keep the shop closed, nor be lost in silence."""
    report = services.importer(
        "members",
        "members.csv",
        b"id,tier,points.bonus,birthday\nm-1,gold,10,02-29\nm-2,platinum,,\n,gold,,\nm-4,,1.5,\nm-5,,-3,\nm-6,,,13-01\nm-7\n",
    )
    assert (report.rows, report.refused, report.openings) == (1, 6, 1)
    assert [row.number for row in report.refused_rows] == [3, 4, 5, 6, 7, 8]
    assert "platinum is none of the programme's: base, gold" in report.refused_rows[0].why
    assert services.reference.member("m-1") is not None
    assert services.reference.member("m-2") is None


def test_semicolons_and_a_byte_order_mark_are_read(services: Services) -> None:
    """Spreadsheets of Russian shops save CSV with semicolons and a mark in front."""
    report = services.importer("members", "m.csv", "\ufeffid;name\nm-9;Вера\n".encode())
    assert (report.rows, report.refused) == (1, 0)


def test_json_lists_are_read(services: Services) -> None:
    """An integrator's script writes JSON."""
    document = [{"id": "m-1", "points.bonus": "7", "segments": ["regulars"]}, {"id": 5}]
    report = services.importer("members", "m.json", json.dumps(document).encode())
    assert (report.rows, report.refused, report.refused_rows[0].number) == (1, 1, 2)
    assert "write codes in quotes" in report.refused_rows[0].why


def test_a_card_keeps_its_leading_zeros_and_needs_its_member(services: Services) -> None:
    """Card 00042 given to nobody, or read as 42, is a customer who is turned away."""
    report = services.importer("cards", "c.csv", b"card,member\n00042,m-anna\n77777,m-nobody\n")
    assert (report.rows, report.refused) == (1, 1)
    assert services.cards.find("00042").verdict == "known"
    assert services.cards.find("42").verdict == "unknown"


def test_the_catalogue_places_goods_that_the_pos_did_not(services: Services, programme: dict[str, Any]) -> None:
    """A POS that sends skus only must still give the discount on dairy."""
    programme["version"] = 2
    programme["groups"] = {"dairy": {"category": "dairy"}}
    programme["promotions"].append(
        {
            "id": "dairy",
            "valid": {"from": "2026-01-01", "until": "2099-12-31"},
            "rewards": [{"kind": "percent", "percent": "20", "on": {"group": "dairy"}}],
        }
    )
    services.importer("programme", "p.json", json.dumps(programme).encode())
    services.importer("catalogue", "c.csv", b"sku,name,category,attribute.fresh\nMILK,Milk,dairy/milk,yes\n")
    quoted = services.quote({"lines": [{"sku": "MILK", "quantity": "1", "price": "100.00"}]})
    assert quoted.quote.totals.to_pay == 8000


def test_a_bad_programme_is_refused_with_every_error_and_the_old_one_goes_on(
    services: Services, programme: dict[str, Any]
) -> None:
    """A typing mistake in the new rules must not leave the shop without rules."""
    programme["version"] = 2
    programme["promotions"][0]["rewards"][0]["percent"] = "ten"
    programme["promotions"][1]["rewards"][0]["wallet"] = "gold"
    with pytest.raises(BadDocument) as refused:
        services.importer("programme", "p.json", json.dumps(programme).encode())
    assert {problem.path for problem in refused.value.problems} == {
        "promotions[0].rewards[0].percent",
        "promotions[1].rewards[0].wallet",
    }
    assert services.programmes.current().version == 1


def test_a_programmes_version_only_rises(services: Services, programme: dict[str, Any]) -> None:
    """Last year's file on the desktop must not bring last year's prices back."""
    programme["version"] = 3
    services.importer("programme", "p.json", json.dumps(programme).encode())
    programme["version"] = 2
    with pytest.raises(ImportRefused, match="at version 3 here"):
        services.importer("programme", "p.json", json.dumps(programme).encode())
    programme["version"] = 3
    programme["promotions"].pop()
    with pytest.raises(ImportRefused, match="another content"):
        services.importer("programme", "p.json", json.dumps(programme).encode())
    assert services.programmes.current().version == 3


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"[1, 2]", b'{"id": "m-1"}', b"[", b'id\n"m-1'])
def test_a_file_that_is_neither_csv_nor_a_list_is_refused(services: Services, data: bytes) -> None:
    """A spreadsheet saved in its own format must be named, not half read."""
    with pytest.raises(ImportRefused):
        services.importer("members", "m.xlsx", data)


def test_the_reference_is_rebuilt_from_what_was_imported(
    services: Services, open_register: Callable[[], Services]
) -> None:
    """A broken list of members must come back by itself, with names, cards and programme, and no new points."""
    entries = services.readings.count()
    services.reference.close()
    services.ledger.close()
    services.reference.file.write_bytes(b"not a database at all" * 500)
    again = open_register()
    assert again.cards.find(ANNA).verdict == "unavailable"
    assert again.importer.rebuild() == 3
    found = again.identify(ANNA, how="scan")
    assert (found.card.verdict, found.name) == ("known", "Анна")
    assert again.programmes.current().version == 1
    assert again.readings.count() == entries
    assert balance(again, "m-anna") == 500


@pytest.mark.usefixtures("services")
def test_kept_imports_cannot_be_read_without_the_key(tmp_path: Path) -> None:
    """A register's disk that is stolen must not be a list of the shop's customers."""
    kept = list((tmp_path / "data" / "imports").iterdir())
    assert len(kept) == 3
    for file in [*kept, tmp_path / "data" / "ref.db", tmp_path / "data" / "ref.db-wal"]:
        contents = file.read_bytes()
        assert ANNA.encode() not in contents
        assert "Анна".encode() not in contents


def test_a_programme_of_an_unknown_time_zone_is_refused_in_words(services: Services, programme: dict[str, Any]) -> None:
    """`Europe/Moskow` must be named as the mistake, not answered with a fault of ours."""
    programme["version"] = 2
    programme["time_zone"] = "Europe/Moskow"
    with pytest.raises(BadDocument) as refused:
        services.importer("programme", "p.json", json.dumps(programme).encode())
    assert [problem.path for problem in refused.value.problems] == ["time_zone"]


def test_members_imported_again_keep_their_cards_through_a_rebuild(services: Services) -> None:
    """The members file comes every week, the cards file once: a rebuild must not make everybody a stranger."""
    services.importer("members", "members.csv", "id,name,points.bonus\nm-anna,Анна,500\nm-boris,Борис,\n".encode())
    services.importer.rebuild()
    assert services.cards.find(ANNA).verdict == "known"


def test_a_tier_that_the_programme_dropped_costs_nobody_their_card(
    services: Services, programme: dict[str, Any]
) -> None:
    """Marketing renames gold to platinum; a rebuild months later must still know the gold members."""
    services.importer("members", "m.csv", b"id,tier,points.bonus\nm-anna,gold,\n")
    programme["version"] = 2
    programme["tiers"]["levels"][1]["id"] = "platinum"
    programme["promotions"][0]["when"] = {"tier": ["platinum"]}
    services.importer("programme", "p.json", json.dumps(programme).encode())
    services.importer.rebuild()
    assert services.cards.find(ANNA).verdict == "known"


def test_a_rebuild_that_did_not_end_is_taken_up_at_the_next_start(
    services: Services, open_register: Callable[[], Services]
) -> None:
    """Power fails twice in a row: the second start must not take the empty list of members for the whole."""
    services.reference.close()
    services.ledger.close()
    services.reference.file.write_bytes(b"not a database at all" * 500)
    half = open_register()
    half.reference.close()
    half.ledger.close()
    again = open_register()
    assert again.reference.damage is not None
    assert again.programmes.current().version == 1
    again.importer("catalogue", "c.csv", b"sku,name\nMILK,Milk\n")
    assert again.cards.find(ANNA).verdict == "known"


def test_one_unreadable_import_does_not_keep_the_others_away(services: Services, tmp_path: Path) -> None:
    """A bad sector under the catalogue must not cost the shop its members."""
    services.importer("catalogue", "c.csv", b"sku,name\nMILK,Milk\n")
    (kept,) = (tmp_path / "data" / "imports").glob("*-catalogue-*")
    kept.write_bytes(b"\x00" * 100)
    services.importer.rebuild()
    assert services.cards.find(ANNA).verdict == "known"
    assert [file.suffix for file in (tmp_path / "data" / "imports").glob("*-catalogue-*")] == [".unreadable"]


def test_another_programme_prices_after_a_restart_too(
    services: Services, open_register: Callable[[], Services], programme: dict[str, Any]
) -> None:
    """A shop changes to a new programme at version 1: the next reboot must not bring last season's back."""
    programme["version"] = 7
    services.importer("programme", "p.json", json.dumps(programme).encode())
    programme["id"], programme["version"] = "spring", 1
    services.importer("programme", "p.json", json.dumps(programme).encode())
    services.ledger.close()
    services.reference.close()
    assert open_register().programmes.current().id == "spring"


def test_a_programme_that_would_rescale_points_or_money_is_refused(
    services: Services, programme: dict[str, Any]
) -> None:
    """Two decimals for the bonus wallet would turn Anna's 500 points into 5.00."""
    programme["version"] = 2
    programme["wallets"][0]["exponent"] = 2
    with pytest.raises(ImportRefused, match="decimals of wallet bonus"):
        services.importer("programme", "p.json", json.dumps(programme).encode())
    programme["wallets"][0]["exponent"] = 0
    programme["currency"] = "JPY"
    programme["tiers"]["levels"][1]["enter"] = "1000"
    programme["wallets"][0]["rate"] = {"points": "1", "money": "1"}
    programme["promotions"][1]["rewards"][0]["per_money"] = "100"
    with pytest.raises(ImportRefused, match="currency from RUB to JPY"):
        services.importer("programme", "p.json", json.dumps(programme).encode())


def test_an_import_ends_when_the_register_stops(services: Services) -> None:
    """A stop must not leave a process behind that writes while the next one starts."""
    assert services.importer.stop(1.0)
    with pytest.raises(ImportRefused, match="stopping"):
        services.importer("members", "m.csv", b"id\nm-9\n")
    with pytest.raises(ImportRefused, match="stopping"):
        services.importer.rebuild()
