"""Who may call the register, and what a stolen disk or a log tells of its customers."""

import re
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard

from agent.stores.database import connect_reader
from drivers.virtual.scanner import VirtualScanner

FREE_PATHS = {"/healthz", "/metrics"}
BODY_MAX = 1_048_576
PER_SECOND = 5
BANK_CARD = "4111111111111111"
DAY_OF_SALES = 40
DEVICE_S = 30.0
ENCODINGS = ("utf-8", "cp866", "cp1251", "utf-16-le")


def routes(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every documented method and path, its parameters filled with something."""
    for path, methods in schema["paths"].items():
        for method in methods:
            if method in ("get", "put", "post", "delete", "patch"):
                yield method.upper(), re.sub(r"\{[^}]*\}", "1", path)


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic cG9zOnBvcw==", "Bearer", "Bearer " + "x" * 10_000])
def test_nobody_calls_without_a_known_token(open_shop: Any, header: str | None) -> None:
    """Any program of any user on the machine could sell, refund and read balances."""
    with open_shop.client(None, **({"Authorization": header} if header else {})) as client:
        schema = client.get("/schema/openapi.json").json()
        answers = {
            (method, path): client.request(method, path, json={} if method != "GET" else None)
            for method, path in routes(schema)
            if path not in FREE_PATHS
        }

    assert len(answers) > 10
    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer.json()["code"] for answer in answers.values()} == {"token_unknown"}
    assert {answer.headers["WWW-Authenticate"] for answer in answers.values()} == {'Bearer realm="kopilka"'}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "[::2]", "10.0.0.7"])
@pytest.mark.parametrize("path", ["/v1/status", "/", "/metrics", "/screen/js/main.js"])
def test_a_rebound_host_name_is_refused(open_shop: Any, host: str, path: str) -> None:
    """A page on the internet could point its own name at the register and talk to it as if it were home."""
    with open_shop.client(Host=host) as client:
        refused = client.get(path)

    assert (refused.status_code, refused.json()["code"]) == (400, "host_refused")
    assert host in refused.json()["detail"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_a_foreign_page_is_refused(open_shop: Any, kit: Any, origin: str) -> None:
    """A page that the cashier opens beside the till could sell and refund with the browser's help."""
    with open_shop.client(Origin=origin) as client:
        for refused in (client.get("/v1/status"), client.put("/v1/receipts/foreign", json=kit.basket("1.00"))):
            assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
            assert "Access-Control-Allow-Origin" not in refused.headers
        asked = client.options("/v1/status", headers={"Access-Control-Request-Method": "PUT"})
        assert "Access-Control-Allow-Origin" not in asked.headers
    with open_shop.client(Origin=open_shop.address) as own:
        assert own.get("/v1/status").status_code == 200


@pytest.mark.parametrize("name", ["pos", "screen"])
def test_only_the_command_line_imports(open_shop: Any, kit: Any, name: str) -> None:
    """A POS with a fault, or a stolen screen token, could grant points to anybody."""
    incoming = open_shop.data / "incoming"
    incoming.mkdir(exist_ok=True)
    (incoming / "gift.csv").write_bytes(kit.members_file([kit.Customer("m-thief", "2900000000999", "", points=9_999)]))
    request = {"kind": "members", "file": "gift.csv", "name": "gift.csv"}

    with open_shop.client(name) as client:
        refused = client.post("/v1/imports", json=request)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_refused")
        assert client.get("/v1/members/m-thief").status_code == 404
    (incoming / "gift.csv").unlink()


@pytest.mark.parametrize("file", ["../keys/record.key", "/etc/passwd", "..", ".hidden", "a/b"])
def test_an_import_reads_its_own_folder_only(open_shop: Any, file: str) -> None:
    """The import would be a way to read, and to delete, any file of the register."""
    with open_shop.cli_client() as client:
        refused = client.post("/v1/imports", json={"kind": "members", "file": file, "name": "x"})

    assert refused.status_code == 400
    assert (open_shop.data / "keys" / "record.key").exists()


def test_a_body_too_large_is_refused_before_it_is_read(open_shop: Any, kit: Any) -> None:
    """One broken client could take the register's memory, and with it every till that waits."""
    huge = b'{"lines": "' + b"x" * BODY_MAX + b'"}'

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(huge), 65_536):
            yield huge[start : start + 65_536]

    with open_shop.client(**{"Content-Type": "application/json"}) as client:
        for body in (huge, in_pieces()):
            refused = client.put("/v1/receipts/huge", content=body)
            assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
        assert client.put("/v1/receipts/small", json=kit.basket("1.00")).status_code == 201


def test_too_many_requests_are_told_to_wait(new_register: Callable[..., Any], kit: Any) -> None:
    """A POS in an endless loop would take the register away from the screen and from the other till."""
    register = new_register(api={"requests_per_second": PER_SECOND}).bring().start()
    with register.client() as client:
        answers = [client.get("/v1/status") for _ in range(PER_SECOND * 4)]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert refused
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(429, "too_many_requests")}
        assert client.get("/healthz").status_code == 200
        kit.wait_until(lambda: client.get("/v1/status").status_code == 200, seconds=5, what="it answers again")


def everything_in(register: Any) -> dict[str, bytes]:
    """The bytes of every file, and what lies compressed in the ledger."""
    found = {str(path): path.read_bytes() for path in register.folder.rglob("*") if path.is_file()}
    unpack = zstandard.ZstdDecompressor()
    with closing(connect_reader(register.data / "ledger.db")) as connection:
        for table in ("entry", "answer"):
            bodies = connection.execute(f"SELECT body FROM {table}").fetchall()
            found[table] = b"\n".join(unpack.decompress(body) for (body,) in bodies)
    return found


def test_a_day_of_sales_leaves_no_card_and_no_name_behind(
    new_register: Callable[..., Any], printer: Any, kit: Any, tmp_path: Path
) -> None:
    """Whoever steals the register's disk, or reads its log, would have the shop's customers and their cards."""
    scanner = VirtualScanner(tmp_path / "scanner")
    register = new_register(
        printer=printer.section,
        scanners=[{"name": "counter", "port": scanner.path}],
        privacy={"keep_names": True},
        logs={"level": "debug"},
    )
    register.bring().start()
    codes = [*(one.card for one in kit.CUSTOMERS), kit.STRANGER]
    with register.client() as client:
        kit.wait_until(
            lambda: {device["state"] for device in client.get("/v1/devices").json()["devices"]} == {"ready"},
            seconds=DEVICE_S,
            what="both devices are ready",
        )
        for code in codes:
            scanner.send(code)
        scanner.send(f";{BANK_CARD}=29121011234567890?")
        greeted = client.post("/v1/identify", json={"code": kit.ANNA.card}).json()
        for number in range(DAY_OF_SALES):
            basket = kit.basket("50.00", card=codes[number % len(codes)], redeem="max")
            client.put(f"/v1/receipts/K{number}", json=basket)
        client.put("/v1/receipts/K0/void", json={})
        client.put("/v1/refunds/R1", json={"original": {"receipt_key": "K1"}})
        # Errors are logged too.
        client.put("/v1/receipts/bad", json={**kit.basket("x", card=kit.ANNA.card)})
        client.post("/v1/identify", json={"code": kit.ANNA.card, "input": "guess"})
        client.get(f"/v1/members/{kit.ANNA.card}")
        client.get(f"/nowhere/{kit.ANNA.card}?card={kit.ANNA.card}")
        kit.wait_until(
            lambda: client.get("/v1/status").json()["spool"]["queued"] == 0, seconds=DEVICE_S, what="slips printed"
        )
        while_open = everything_in(register)
    assert register.terminate() == 0
    scanner.close()

    # The names were there to be kept: they were shown and printed.
    assert greeted["member"]["name"] == kit.ANNA.name
    assert any(kit.ANNA.name.split()[0] in line for line in printer.lines())
    secrets = {one: code.encode() for one, code in enumerate([*codes, BANK_CARD, *kit.TOKENS.values()])}
    words = [word for one in kit.CUSTOMERS for word in one.name.split()]
    secrets |= {f"{word} {encoding}": word.encode(encoding) for word in words for encoding in ENCODINGS}
    for found in (while_open, everything_in(register)):
        assert len(found) > 8
        told = {(place, name) for place, data in found.items() for name, secret in secrets.items() if secret in data}
        assert told == set()


def test_keys_and_data_are_the_registers_own(new_register: Callable[..., Any]) -> None:
    """Another account on the machine could read the keys, and with them every card and name."""
    register = new_register().bring().start()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [register.data, *register.data.rglob("*")]}
    assert register.terminate() == 0

    assert modes[register.data] == 0o700
    assert modes[register.data / "keys"] == 0o700
    secret = [path for path in modes if path.is_file() and path.parent.name in ("keys", "imports")]
    assert len(secret) == 5
    assert {modes[path] for path in [*secret, register.data / "cli.token"]} == {0o600}
