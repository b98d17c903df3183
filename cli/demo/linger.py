"""After the replay, at a terminal: the register stays up; a person may scan cards and sell on the cashier's page."""

import select
import sys
from itertools import cycle

from rich.console import Console

from cli.demo import report
from cli.demo.paper import Paper
from cli.demo.pos import Pos
from cli.demo.receipts import card_of
from cli.demo.replay import scanned
from cli.demo.stage import Stage

LOOK_EVERY_S = 1.0
END = "q"


def linger(console: Console, stage: Stage, pos: Pos, paper: Paper, members: tuple[str, ...]) -> None:
    """Until `q`, the end of input or Ctrl-C. Slips appear as they print. Raises `DemoFailed`."""
    console.print(f"\nThe register stays up. Its cashier's page: {stage.address}/#token={stage.tokens.screen}")
    console.print(f"Enter scans the next member's card, {END} and Enter ends.")
    customers = cycle(members)
    while True:
        stage.check_register()
        for strip in paper.fresh():
            report.slip(console, strip, "printed")
        ready, _, _ = select.select([sys.stdin], [], [], LOOK_EVERY_S)
        if not ready:
            continue
        said = sys.stdin.readline()
        if not said or said.strip().lower() == END:
            return
        customer = next(customers)
        # Opened for each card: a listener that nobody reads would fall behind and be dropped.
        with pos.events() as events:
            pos.device_states()
            scanned(stage.scanner, events, customer, customer)
        console.print(f"scanned {card_of(customer)}, the card of Member {customer}")
