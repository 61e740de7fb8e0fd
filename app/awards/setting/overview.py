"""An award at a glance: its categories, their rounds, and what each of them still lacks."""

import datetime as dt

from msgspec import Struct

from app.awards.reach import AwardRef, RoundRef
from app.awards.setting.categories import Category, categories_of
from app.awards.setting.panels import panel
from app.awards.setting.readiness import Lack, missing
from app.awards.setting.rounds import rounds_of


class Step(Struct, frozen=True):
    """A round with the size of its panel; `lacks` of a draft."""

    round: RoundRef
    seats: int
    lacks: list[Lack]


class Part(Struct, frozen=True):
    """A category with its rounds in order."""

    category: Category
    steps: list[Step]


async def parts_of(award: AwardRef, *, now: dt.datetime) -> list[Part]:
    """Return the categories of an award with all that is set up in them."""
    steps = [await _step(found, now) for found in await rounds_of(award.id)]
    found = await categories_of(award.id)
    return [Part(one, [step for step in steps if step.round.category == one.id]) for one in found]


async def _step(found: RoundRef, now: dt.datetime) -> Step:
    lacks = await missing(found, now=now) if found.state == "draft" else []
    return Step(found, len(await panel(found.id)), lacks)
