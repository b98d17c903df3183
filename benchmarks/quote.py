"""A quote over HTTP on a kept connection, 20 lines under 200 active promotions; in turns with the health check."""

import random
from contextlib import closing
from pathlib import Path

from benchmarks.figures import Baseline, Figure, Scale, in_turns_ms
from benchmarks.goods import basket, card_of
from benchmarks.shop import Pos, register_at
from benchmarks.small import MEMBERS, small_shop

P50_MS = 3.0
P99_MS = 10.0
LINES = 20
PROMOTIONS = 200
WARM_UP = 20
ANSWERED = 200


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """The figure of till.md."""
    shop = small_shop(folder / "shop", promotions=PROMOTIONS)
    chance = random.Random(4)
    with register_at(shop) as register, closing(Pos(register.port)) as pos:
        baskets = [basket(LINES, card=card_of(number), chance=chance) for number in range(MEMBERS)]
        following = iter(baskets * (1 + (WARM_UP + scale.rounds) // MEMBERS))

        def quote() -> None:
            answer = pos.post("/v1/quotes", next(following))
            assert answer.status == ANSWERED, answer.data

        def health() -> None:
            assert pos.get("/healthz").status == ANSWERED

        for _ in range(WARM_UP):
            quote()
            health()
        quoted, healthy = in_turns_ms((quote, health), scale.rounds)
    return [
        Figure(
            f"quote over HTTP, {LINES} lines, {PROMOTIONS} active promotions",
            f"p50 ≤ {P50_MS:.0f} ms, p99 ≤ {P99_MS:.0f} ms",
            quoted,
            Baseline("/healthz on the same connection", healthy),
            quoted.median <= P50_MS and quoted.p99 <= P99_MS,
        )
    ]
