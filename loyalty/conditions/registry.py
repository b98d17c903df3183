"""Which conditions there are. A new one is a file of its own and a line in each list here."""

from typing import Annotated

from pydantic import Discriminator, Tag

from loyalty.conditions.card import CardCondition
from loyalty.conditions.hours import HoursCondition
from loyalty.conditions.logic import AllCondition, AnyOfCondition, NotCondition
from loyalty.conditions.tier import TierCondition
from loyalty.conditions.window import WeekdaysCondition, WindowCondition
from loyalty.strict import one_key_of, only_key

BUILT = "all any not card tier window weekdays hours".split()
LATER = """
    stores regions channel segment birthday first_purchase nth_purchase days_since_last_visit registered
    member line receipt total quantity distinct tender coupon counter promotion variant
""".split()

AnyCondition = Annotated[
    Annotated[AllCondition, Tag("#all")]
    | Annotated[AnyOfCondition, Tag("#any")]
    | Annotated[NotCondition, Tag("#not")]
    | Annotated[CardCondition, Tag("#card")]
    | Annotated[TierCondition, Tag("#tier")]
    | Annotated[WindowCondition, Tag("#window")]
    | Annotated[WeekdaysCondition, Tag("#weekdays")]
    | Annotated[HoursCondition, Tag("#hours")],
    Discriminator(only_key),
    one_key_of("condition", built=BUILT, later=LATER),
]

for _model in (AllCondition, AnyOfCondition, NotCondition):
    _model.model_rebuild(_types_namespace={"AnyCondition": AnyCondition})
