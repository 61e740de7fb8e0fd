"""Rounds that were judged, for the tests of what is decided on them."""

from typing import Any
from uuid import UUID

from app.awards.deciding.lines import Ranking
from app.awards.deciding.scores import ranking
from app.awards.reach import any_round
from tests.awards import planting
from tests.awards.planting import Field
from tests.clock import NOW

LINKED = ("54-", "4-4", "-32", "21-", "3-2", "-55")
"""Six entries (rows) of three judges (columns): every criterion on the same level."""


async def round_with(rows: tuple[str, ...] = LINKED, *, closed: bool = True, **columns: Any) -> Field:
    """Plant a round with a row of levels for each entry: `-` is no assignment, `a` an abstention."""
    field = await planting.field(entries_count=len(rows), judges_count=len(rows[0]), **{"best": 2, **columns})
    cells = {
        (entry.id, judge.id): cell
        for entry, row in zip(field.entries, rows, strict=True)
        for judge, cell in zip(field.judges, row, strict=True)
        if cell != "-"
    }
    assigned = await planting.assign(field.round, cells)
    for pair, cell in cells.items():
        if cell in "pf":
            verdict = {"p": "passed", "f": "failed"}[cell]
            await planting.sheet(assigned[pair], {}, verdict=verdict)
        elif cell == "a":
            await planting.sheet(assigned[pair], {}, abstained=True)
        else:
            await planting.sheet(assigned[pair], dict.fromkeys(("impact", "design", "scaling"), int(cell)))
    if closed:
        await planting.close_round(field.round)
    return field


async def ranked(field: Field) -> Ranking:
    """Return the ranking of the round."""
    return await ranking(await any_round(field.round), now=NOW)


def numbers(field: Field, *wanted: int) -> list[UUID]:
    """Return entries by their numbers."""
    return [entry.id for number in wanted for entry in field.entries if entry.number == number]
