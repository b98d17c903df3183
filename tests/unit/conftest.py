"""A register in a folder, built by the composition, without its daemon."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from agent.services import Services

PROGRAMME: dict[str, Any] = {
    "format": "kopilka.programme/1",
    "id": "shop",
    "version": 1,
    "currency": "RUB",
    "time_zone": "Europe/Moscow",
    "business_day_starts": "00:00",
    "wallets": [
        {
            "id": "bonus",
            "exponent": 0,
            "rate": {"points": "1", "money": "1.00"},
            "expiry": {"kind": "days", "days": 180},
        }
    ],
    "tiers": {
        "metric": {"spend": "after_discounts_and_points"},
        "period": {"months": 12, "since": "tier_reached"},
        "levels": [{"id": "base", "enter": "0"}, {"id": "gold", "enter": "1000.00"}],
    },
    "promotions": [
        {
            "id": "gold-10",
            "valid": {"from": "2026-01-01", "until": "2099-12-31"},
            "when": {"tier": ["gold"]},
            "rewards": [{"kind": "percent", "percent": "10"}],
        },
        {
            "id": "earn",
            "valid": {"from": "2026-01-01", "until": "2099-12-31"},
            "when": {"card": "shown"},
            "rewards": [{"kind": "points", "wallet": "bonus", "points": "10", "per_money": "100.00"}],
        },
    ],
    "redemption": {"as": "discount", "wallets": ["bonus"], "cap_percent": "50"},
}

ANNA = "2900000000018"
BORIS = "2900000000025"

SETTINGS = """
data = "data"
[register]
id = "R1"
store = "S1"
shop = "Лавка"
[privacy]
keep_names = true
[printer]
port = "tcp://127.0.0.1:9"
"""


@pytest.fixture
def programme() -> dict[str, Any]:
    """A programme document, fresh for each test: points 10 %, gold 10 % off from 1,000.00 spent, redeem to 50 %."""
    copy: dict[str, Any] = json.loads(json.dumps(PROGRAMME))
    return copy


@pytest.fixture
def open_register(tmp_path: Path) -> Iterator[Callable[[], Services]]:
    """Opens the register of this test's folder; again after it was closed, as after a restart."""
    # Here, so that the tests of the pure rooms need not import the whole register.
    from agent.settings import read_settings  # noqa: PLC0415 - see above
    from cli.compose.register import build_services  # noqa: PLC0415 - see above

    file = tmp_path / "register.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    opened: list[Services] = []

    def build() -> Services:
        services = build_services(read_settings(file))
        opened.append(services)
        return services

    yield build
    for services in opened:
        services.ledger.close()
        services.reference.close()


@pytest.fixture
def services(open_register: Callable[[], Services], programme: dict[str, Any]) -> Services:
    """A register that sells: Anna has 500 points, Boris none."""
    register = open_register()
    register.importer("programme", "programme.json", json.dumps(programme).encode())
    register.importer("members", "members.csv", "id,name,points.bonus\nm-anna,Анна,500\nm-boris,Борис,\n".encode())
    register.importer("cards", "cards.csv", f"card,member\n{ANNA},m-anna\n{BORIS},m-boris\n".encode())
    return register
