"""What awards hold about persons: as members of entries, as nominators, as judges, as voters."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from app.awards.conflicts import personal as conflicts
from app.awards.entering import personal
from app.awards.releasing import personal as votes
from app.awards.setting import personal as judges
from app.people.holders import File, Holder, holds
from app.people.schemas import Details


async def _export(persons: Sequence[UUID]) -> list[File]:
    return [*await personal.export(persons), *await judges.export(persons), *await votes.export(persons)]


async def _erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    await conflicts.erase(persons)
    await personal.erase(persons, now)
    await judges.erase(persons, now)
    await votes.erase(persons, now)


async def _correct(person: UUID, key: bytes, details: Details) -> None:
    """Do nothing: names and addresses stand with the person alone."""


HOLDER = holds(Holder("awards", _export, _erase, _correct, personal.reached))
