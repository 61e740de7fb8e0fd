"""Awards: made by the city's officers, set up by their secretaries, copied from one year to the next."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards import reach
from app.awards.reach import AwardRef, Texts
from app.awards.setting import copying
from app.awards.setting.edits import AwardEdit, NewAward
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.events import changes, queries
from app.events.changes import unless
from app.events.edits import Lines, Paragraphs
from app.events.errors import StillNeeded, WrongState
from app.people.roles import Principal

_LIST = """
SELECT a.id, a.slug, a.title, c.title AS convention, a.published_at,
    (SELECT count(*) FROM award_category g WHERE g.award = a.id) AS categories,
    (SELECT count(*) FROM award_entry e JOIN award_category g ON g.id = e.category
     WHERE g.award = a.id AND e.state = 'submitted') AS entries,
    (SELECT count(*) FROM judge j WHERE j.award = a.id) AS judges
FROM award a JOIN convention c ON c.id = a.convention
WHERE $1::uuid[] IS NULL OR a.id = ANY($1) ORDER BY c.first_day DESC, a.slug
"""
_ADD = """
INSERT INTO award (id, convention, slug, title, description, languages, created_at, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
"""
_CHANGE = """
UPDATE award SET title = $2, description = $3, languages = $4, revision = revision + 1 WHERE id = $1
"""
_SHOW = "UPDATE award SET published_at = $2, revision = revision + 1 WHERE id = $1"
_ANY_ENTRY = """
SELECT 1 FROM award_entry e JOIN award_category g ON g.id = e.category WHERE g.award = $1 LIMIT 1
"""


class Listed(Struct, frozen=True):
    """An award in the list; `entries` handed in."""

    id: UUID
    slug: str
    title: Texts
    convention: Texts
    published_at: dt.datetime | None
    categories: int
    entries: int
    judges: int


class Stored(Struct, frozen=True):
    """What an award's form shows, with the revision it was read at."""

    edit: AwardEdit
    revision: int


async def listed(principal: Principal) -> list[Listed]:
    """Return the awards that somebody runs, those of the newest convention first."""
    ids = principal.scope.awards
    rows = await fetch(_LIST, None if ids is None else list(ids))
    return [Listed(**{**dict(row), **_decoded(row, "title", "convention")}) for row in rows]


def _decoded(row: asyncpg.Record, *names: str) -> dict[str, Texts]:
    return {name: msgspec.json.decode(row[name], type=Texts) for name in names}


async def create(*, principal: Principal, wish: NewAward, now: dt.datetime) -> str:
    """Make an award that nobody but its secretaries sees yet, and return its slug. Raises `Invalid`."""
    known = {convention.id for convention in await queries.conventions()}
    choose = _("Please choose one of the values offered.")
    models = {one.id for one in await listed(principal)}
    changes.refuse(
        [
            *_wrong(wish.title, wish.languages),
            unless(wish.convention in known, "convention", "choice", choose),
            unless(wish.model is None or wish.model in models, "model", "choice", choose),
        ]
    )
    async with transaction():
        made = await _insert(wish, now)
        if wish.model is not None:
            await copying.copy(wish.model, made, now=now)
        await note(principal, "award.create", made, now, slug=wish.slug, model=str(wish.model or ""))
    return wish.slug


async def _insert(wish: NewAward, now: dt.datetime) -> UUID:
    made, plain = uuid4(), msgspec.to_builtins(wish)
    texts = [msgspec.json.encode(plain[name]).decode() for name in ("title", "description", "languages")]
    try:
        async with transaction():
            await fetch(_ADD, made, wish.convention, wish.slug, *texts, now)
    except asyncpg.UniqueViolationError:
        raise Invalid([FieldError("slug", "taken", _("Another award has this already."))]) from None
    return made


def _wrong(title: Lines, languages: Iterable[str]) -> list[FieldError | None]:
    given = set(msgspec.to_builtins(title))
    lacking = [tag for tag in languages if tag not in given]
    return [
        unless(tuple(languages), "languages", "required", _("Choose one language at least.")),
        *(
            FieldError(f"title.{tag}", "required", _("This is needed in every language of the award."))
            for tag in lacking
        ),
    ]


async def stored(award: AwardRef) -> Stored:
    """Return an award as its form shows it."""
    row = await fetch_one("SELECT title, description, languages, revision FROM award WHERE id = $1", award.id)
    if row is None:
        raise NotFound
    edit = AwardEdit(
        title=msgspec.json.decode(row["title"], type=Lines),
        description=msgspec.json.decode(row["description"], type=Paragraphs),
        languages=tuple(msgspec.json.decode(row["languages"])),
    )
    return Stored(edit, row["revision"])


async def change(*, principal: Principal, award: AwardRef, seen: int, wish: AwardEdit, now: dt.datetime) -> None:
    """Change what is said of an award. Raises `Invalid`, `Outdated`."""
    async with transaction():
        await lock(award.id)
        before = await stored(award)
        changes.refuse_outdated(seen=seen, revision=before.revision, stored=before.edit, sent=wish)
        changes.refuse(_wrong(wish.title, wish.languages))
        plain = msgspec.to_builtins(wish)
        texts = [msgspec.json.encode(plain[name]).decode() for name in ("title", "description", "languages")]
        await fetch(_CHANGE, award.id, *texts)
        await note(principal, "award.change", award.id, now, **changes.told(before.edit, wish))


async def publish(*, principal: Principal, award: AwardRef, now: dt.datetime) -> None:
    """Show an award to everybody. Raises `WrongState` when it is shown already."""
    async with transaction():
        await lock(award.id)
        if (await reach.any_award(award.id)).published_at:
            raise WrongState
        await fetch(_SHOW, award.id, now)
        await note(principal, "award.publish", award.id, now)


async def unpublish(*, principal: Principal, award: AwardRef, now: dt.datetime) -> None:
    """Hide an award again. Raises `StillNeeded` once somebody has begun an entry, `WrongState` when it is hidden."""
    async with transaction():
        await lock(award.id)
        if not (await reach.any_award(award.id)).published_at:
            raise WrongState
        if await fetch_one(_ANY_ENTRY, award.id):
            raise StillNeeded(_("Somebody has begun an entry, so the award stays."))
        await fetch(_SHOW, award.id, None)
        await note(principal, "award.unpublish", award.id, now)


async def lock(award: UUID) -> None:
    """Let whoever else changes the set-up of this award wait until the transaction ends."""
    await fetch_one("SELECT 1 FROM award WHERE id = $1 FOR UPDATE", award)


async def note(principal: Principal, action: str, award: UUID, now: dt.datetime, **detail: Any) -> None:
    """Write into the audit log what was done to an award or to something of it."""
    await audit.record(actor=principal.actor, action=action, subject=f"award:{award}", now=now, detail=detail)
