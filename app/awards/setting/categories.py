"""Categories of an award: what can be entered, and from when until when."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.reach import AwardRef, Texts
from app.awards.setting.awards import lock, note
from app.awards.setting.edits import CategoryEdit, is_zone
from app.awards.windows import Phase, ends_at, phase
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.events import changes
from app.events.changes import unless
from app.events.edits import Lines, Paragraphs
from app.people.roles import Principal

MILLI = 1000
LONGEST = dt.timedelta(days=400)
_LIST = """
SELECT g.*, (SELECT count(*) FROM award_entry e WHERE e.category = g.id) AS begun,
    (SELECT count(*) FROM award_entry e WHERE e.category = g.id AND e.state = 'submitted') AS entries
FROM award_category g WHERE g.award = $1 ORDER BY g.position, g.slug
"""
_COLUMNS = (
    "slug, title, description, zone, opens_at, closes_at, grace_ms, least_members, evidence"  # as `_values` gives them
)


class Category(Struct, frozen=True, kw_only=True):
    """A category; `begun` entries of any state, `entries` handed in."""

    id: UUID
    award: UUID
    slug: str
    position: int
    title: Texts
    description: Texts
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_ms: int
    zone: str
    least_members: int
    evidence: bool
    revision: int
    begun: int
    entries: int

    @property
    def ends_at(self) -> dt.datetime:
        """The first moment at which no entry is taken any more."""
        return ends_at(self.closes_at, self.grace_ms)

    def phase(self, now: dt.datetime) -> Phase:
        """Return where a moment lies in the time for entries."""
        return phase(now, self.opens_at, self.closes_at, self.grace_ms)

    @property
    def edit(self) -> CategoryEdit:
        """The category as its form shows it."""
        return CategoryEdit(
            slug=self.slug,
            title=msgspec.convert(self.title, Lines),
            description=msgspec.convert(self.description, Paragraphs),
            zone=self.zone,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            grace=self.grace_ms // MILLI,
            least_members=self.least_members,
            evidence=self.evidence,
        )


async def categories_of(award: UUID) -> list[Category]:
    """Return the categories of an award in their order."""
    return [_category(row) for row in await fetch(_LIST, award)]


def _category(row: asyncpg.Record) -> Category:
    texts = {name: msgspec.json.decode(row[name], type=Texts) for name in ("title", "description")}
    return Category(**{name: texts.get(name, row[name]) for name in Category.__struct_fields__})


async def one_category(award: AwardRef, category: UUID) -> Category:
    """Return a category of an award, or raise `NotFound`."""
    found = next((one for one in await categories_of(award.id) if one.id == category), None)
    if found is None:
        raise NotFound
    return found


async def add(*, principal: Principal, award: AwardRef, wish: CategoryEdit, now: dt.datetime) -> UUID:
    """Add a category behind the others. Raises `Invalid`."""
    changes.refuse(_wrong(award, wish))
    made = uuid4()
    async with transaction():
        await lock(award.id)
        position = max((one.position for one in await categories_of(award.id)), default=0) + 1
        await _write(
            f"INSERT INTO award_category ({_COLUMNS}, id, award, position, next_number, revision)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 0)",
            wish,
            made,
            award.id,
            position,
        )
        await note(principal, "award_category.add", award.id, now, category=str(made), **changes.told(None, wish))
    return made


async def change(
    *, principal: Principal, award: AwardRef, category: UUID, seen: int, wish: CategoryEdit, now: dt.datetime
) -> None:
    """Change a category; once somebody has begun an entry it can only end later. Raises `Invalid`, `Outdated`."""
    async with transaction():
        await lock(award.id)
        await fetch_one("SELECT 1 FROM award_category WHERE id = $1 FOR UPDATE", category)
        before = await one_category(award, category)
        changes.refuse_outdated(seen=seen, revision=before.revision, stored=before.edit, sent=wish)
        changes.refuse([*_wrong(award, wish), *_shorter(before, wish)])
        await _write(
            f"UPDATE award_category SET ({_COLUMNS}) = ($1, $2, $3, $4, $5, $6, $7, $8, $9), revision = revision + 1"
            " WHERE id = $10",
            wish,
            category,
        )
        told = changes.told(before.edit, wish)
        await note(principal, "award_category.change", award.id, now, category=str(category), **told)


async def _write(statement: str, wish: CategoryEdit, *more: object) -> None:
    plain = msgspec.to_builtins(wish)
    values: list[Any] = [
        wish.slug,
        msgspec.json.encode(plain["title"]).decode(),
        msgspec.json.encode(plain["description"]).decode(),
        wish.zone,
        wish.opens_at,
        wish.closes_at,
        wish.grace * MILLI,
        wish.least_members,
        wish.evidence,
    ]
    try:
        async with transaction():
            await fetch(statement, *values, *more)
    except asyncpg.UniqueViolationError:
        raise Invalid([FieldError("slug", "taken", _("Another category has this already."))]) from None


def _wrong(award: AwardRef, wish: CategoryEdit) -> list[FieldError | None]:
    return [
        *lacking("title", wish.title, award),
        unless(is_zone(wish.zone), "zone", "format", _("Give a time zone such as Asia/Tokyo.")),
        *misordered(wish.opens_at, wish.closes_at, "closes_at"),
    ]


def _shorter(before: Category, wish: CategoryEdit) -> list[FieldError | None]:
    """Whoever has begun an entry relies on the end that was announced."""
    ends = ends_at(wish.closes_at, wish.grace * MILLI)
    words = _("Somebody has begun an entry; it can end later, not earlier.")
    members = _("Somebody has begun an entry; it cannot take more members now.")
    return [
        unless(not before.begun or ends >= before.ends_at, "closes_at", "earlier", words),
        unless(not before.begun or wish.least_members <= before.least_members, "least_members", "more", members),
    ]


def lacking(field: str, texts: Lines, award: AwardRef) -> list[FieldError | None]:
    """Return an error for every language of an award in which a text is not written."""
    given = msgspec.to_builtins(texts)
    words = _("This is needed in every language of the award.")
    return [FieldError(f"{field}.{tag}", "required", words) for tag in award.languages if not given.get(tag)]


def misordered(opens_at: dt.datetime, closes_at: dt.datetime, field: str) -> list[FieldError | None]:
    """Return what is wrong with a window that ends at `field`."""
    return [
        unless(opens_at < closes_at, field, "order", _("The end comes before the beginning.")),
        unless(closes_at - opens_at <= LONGEST, field, "range", _("This lasts longer than a year.")),
    ]
