"""Confirming over HTTP on a kept connection, beside the ledger's append that is in it.

No printer: drawing a slip is counted apart (benchmarks/slip.py). In turns with each confirmation, a sale of the same
kind is appended to a ledger in this process, on the same disk; and the health check shows what HTTP itself costs.
"""

import random
from contextlib import closing
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Baseline, Figure, Sample, Scale, in_turns_ms
from benchmarks.goods import basket, card_of
from benchmarks.recorded import LINES, PROMOTIONS, SecondLedger, record
from benchmarks.shop import Pos, register_at
from benchmarks.small import MEMBERS, small_shop

TARGET_MS = 2.5
WARM_UP = 20
ANSWERED, STORED = 200, 201


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """What confirming takes above the append, and the confirmation whole."""
    rounds = WARM_UP + scale.rounds
    recorded = record(folder / "recorded", rounds)
    shop = small_shop(folder / "shop", promotions=PROMOTIONS)
    with (
        closing(SecondLedger(folder / "recorded", folder / "second.db")) as second,
        register_at(shop) as register,
        closing(Pos(register.port)) as pos,
    ):
        for opening in recorded[:-rounds]:
            second.write(opening, perf_counter)
        sales = iter(recorded[-rounds:])
        appends: list[float] = []
        numbers = iter(range(rounds))
        chance = random.Random(2)
        bodies = [basket(LINES, card=card_of(number % MEMBERS), chance=chance) for number in range(rounds)]

        def confirm() -> None:
            number = next(numbers)
            answer = pos.put(f"/v1/receipts/B-{number}", bodies[number])
            assert answer.status == STORED, answer.data

        def append() -> None:
            appends.append(second.write(next(sales), perf_counter)[1])

        def health() -> None:
            assert pos.get("/healthz").status == ANSWERED

        confirmed, _, healthy = in_turns_ms((confirm, append, health), rounds)
    whole = Sample(confirmed.values[WARM_UP:])
    appended = Baseline("ledger append, in this process", Sample(tuple(appends[WARM_UP:])))
    above = whole.less(appended.sample)
    return [
        Figure(
            f"confirm over HTTP, {LINES} lines, member, redeeming",
            "–",
            whole,
            Baseline("/healthz on the same connection", Sample(healthy.values[WARM_UP:])),
            None,
        ),
        Figure(
            "confirm over HTTP, above the append",
            f"≤ {TARGET_MS} ms",
            above,
            appended,
            above.median <= TARGET_MS,
            note="median",
        ),
    ]
