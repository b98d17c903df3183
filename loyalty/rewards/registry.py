"""Which rewards there are. A new one is a file of its own and a line in each list here."""

from typing import Annotated

from pydantic import Discriminator, Tag

from loyalty.rewards.percent import PercentReward
from loyalty.rewards.points import PointsReward
from loyalty.strict import kind_of, kind_tag

BUILT = "percent points".split()
LATER = """
    amount fixed_price gift graduated multiplier counter coupon certificate ticket badge message
""".split()

AnyReward = Annotated[
    Annotated[PercentReward, Tag("#percent")] | Annotated[PointsReward, Tag("#points")],
    Discriminator(kind_tag),
    kind_of("reward", built=BUILT, later=LATER),
]
