"""Rubrics of an award: every change is a new version, so that what a round has pinned stays what it was."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards import rubric
from app.awards.reach import AwardRef
from app.awards.rubric import Criterion, Level, Rubric
from app.awards.setting.awards import lock, note
from app.awards.setting.edits import CriterionEdit, NewRubric
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, NotFound
from app.core.i18n import gettext as _
from app.events.changes import refuse, unless
from app.events.edits import Lines, Paragraphs
from app.events.errors import WrongState
from app.people.roles import Principal

_LATEST = """
SELECT DISTINCT ON (name) id, name, version, body FROM rubric WHERE award = $1 ORDER BY name, version DESC
"""
_ONE = """
SELECT r.id, r.name, r.version, r.body,
    NOT EXISTS (SELECT FROM rubric n WHERE n.award = r.award AND n.name = r.name AND n.version > r.version) AS latest
FROM rubric r WHERE r.id = $1 AND r.award = $2
"""
_ADD = """
INSERT INTO rubric (id, award, name, version, body, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_FOLLOW = """
UPDATE award_round r SET rubric = $1, revision = revision + 1 FROM rubric o, rubric n
WHERE n.id = $1 AND o.id = r.rubric AND o.award = n.award AND o.name = n.name AND r.opened_at IS NULL
"""
SCALE = (1, 2, 3, 4, 5)
"""Values of the levels that a new criterion begins with."""


class Kept(Struct, frozen=True):
    """A version of a rubric; `latest` when there is none after it."""

    id: UUID
    version: int
    body: Rubric
    latest: bool = True

    def wrong(self, languages: Sequence[str]) -> list[FieldError]:
        """Return what is still missing in an award of these languages."""
        return rubric.check(self.body, languages)


async def rubrics_of(award: UUID) -> list[Kept]:
    """Return the latest version of each rubric of an award, by name."""
    return [Kept(row["id"], row["version"], rubric.decode(row["body"])) for row in await fetch(_LATEST, award)]


async def one_rubric(*, award: AwardRef, rubric_id: UUID) -> Kept:
    """Return a version of a rubric, or raise `NotFound`."""
    row = await fetch_one(_ONE, rubric_id, award.id)
    if row is None:
        raise NotFound
    return Kept(row["id"], row["version"], rubric.decode(row["body"]), row["latest"])


async def add(*, principal: Principal, award: AwardRef, wish: NewRubric, now: dt.datetime) -> UUID:
    """Add a rubric: the template in the languages of the award, or an empty one. Raises `Invalid`."""
    async with transaction():
        await lock(award.id)
        taken = {one.body.name for one in await rubrics_of(award.id)}
        refuse([unless(wish.name not in taken, "name", "taken", _("Another rubric has this already."))])
        criteria = rubric.default().criteria if wish.template else ()
        return await _keep(principal, award, Rubric(wish.name, criteria), 1, now)


async def change_criterion(
    *, principal: Principal, award: AwardRef, rubric_id: UUID, place: int, wish: CriterionEdit, now: dt.datetime
) -> UUID:
    """Put a criterion at a place, the one after the last adds it; return the new version.

    Raises `Invalid`, `NotFound` for no such place, `WrongState` when somebody has made another version since.
    """
    made = _criterion(wish)

    def changed(before: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        if not 0 <= place <= min(len(before), rubric.MOST_CRITERIA - 1):
            raise NotFound
        others = {one.key for n, one in enumerate(before) if n != place}
        words = _("Another criterion has this key already.")
        refuse([unless(wish.key not in others, "key", "taken", words), *_scale_wrong(made)])
        return (*before[:place], made, *before[place + 1 :])

    return await _change(principal, award, rubric_id, changed, now)


async def drop_criterion(
    *, principal: Principal, award: AwardRef, rubric_id: UUID, place: int, now: dt.datetime
) -> UUID:
    """Take a criterion out and return the new version. Raises `NotFound`, `WrongState`."""

    def changed(before: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        if not 0 <= place < len(before):
            raise NotFound
        return (*before[:place], *before[place + 1 :])

    return await _change(principal, award, rubric_id, changed, now)


async def _change(principal: Principal, award: AwardRef, rubric_id: UUID, changed: Any, now: dt.datetime) -> UUID:
    async with transaction():
        await lock(award.id)
        before = await one_rubric(award=award, rubric_id=rubric_id)
        if not before.latest:
            raise WrongState
        body = Rubric(before.body.name, changed(before.body.criteria))
        if body == before.body:
            return before.id
        return await _keep(principal, award, body, before.version + 1, now)


async def _keep(principal: Principal, award: AwardRef, body: Rubric, version: int, now: dt.datetime) -> UUID:
    """Write a version down; rounds that have not opened take it at once."""
    made, text = uuid4(), rubric.encode(body)
    digest = rubric.digest(text)
    await fetch(_ADD, made, award.id, body.name, version, text, digest, now)
    await fetch(_FOLLOW, made)
    detail = {"rubric": str(made), "version": version, "digest": digest.hex()}
    await note(principal, "rubric.version", award.id, now, **detail)
    return made


def _scale_wrong(made: Criterion) -> list[FieldError | None]:
    alone = Rubric("-", (made,))
    found = [one for one in rubric.check(alone, ()) if one.field.startswith("criteria[0].levels")]
    return [FieldError(one.field.removeprefix("criteria[0]."), one.code, one.detail) for one in found]


def _criterion(wish: CriterionEdit) -> Criterion:
    plain = msgspec.to_builtins(wish)
    levels = tuple(Level(float(level["value"]), level["text"]) for level in plain["levels"])
    return Criterion(key=wish.key, title=plain["title"], help=plain["help"], weight=wish.weight, levels=levels)


def edit_of(one: Criterion | None) -> dict[str, Any]:
    """Return a criterion as its form shows it; without one, an empty scale."""
    if one is None:
        return {"weight": 10, "levels": [{"value": value} for value in SCALE]}
    return {
        "key": one.key,
        "weight": one.weight,
        "title": msgspec.to_builtins(msgspec.convert(one.title, Lines)),
        "help": msgspec.to_builtins(msgspec.convert(one.help, Paragraphs)),
        "levels": [{"value": plain_number(level.value), "text": dict(level.text)} for level in one.levels],
    }


def plain_number(value: float) -> int | float:
    """Return 3 for 3.0, as people write it."""
    return int(value) if value.is_integer() else value


async def choices(award: UUID) -> list[tuple[str, str]]:
    """Return the rubrics that a round may take, as a form offers them."""
    return [(str(one.id), f"{one.body.name} (v{one.version})") for one in await rubrics_of(award)]


def chosen_wrong(chosen: UUID | None, offered: Sequence[tuple[str, str]]) -> FieldError | None:
    """Return an error for a rubric that is not offered."""
    known = {value for value, _words in offered}
    words = _("Please choose one of the values offered.")
    return unless(chosen is None or str(chosen) in known, "rubric", "choice", words)
