"""What everybody may know of an award: what can be entered, from when until when."""

import msgspec
from msgspec import Struct

from app.awards.reach import AwardRef, Texts, any_award
from app.awards.setting.categories import Category, categories_of
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound

_SHOWN = """
SELECT a.slug, a.title FROM award a JOIN convention c ON c.id = a.convention
WHERE c.slug = $1 AND a.published_at IS NOT NULL ORDER BY a.slug
"""
_IS_PUBLIC = """
SELECT a.description FROM award a JOIN convention c ON c.id = a.convention
WHERE a.id = $1 AND a.published_at IS NOT NULL AND c.published_at IS NOT NULL
"""


class PublicAward(Struct, frozen=True):
    """An award as everybody sees it."""

    award: AwardRef
    description: Texts
    categories: list[Category]


class PublicAwards(Struct, frozen=True):
    """The awards of a convention: its title, and address and title of each award."""

    convention: Texts
    awards: list[tuple[str, Texts]]


async def public_award(*, convention: str, award: str) -> PublicAward:
    """Return a published award of a published convention, by their slugs. Raises `NotFound`."""
    found = await any_award(award)
    row = await fetch_one(_IS_PUBLIC, found.id)
    if row is None or found.convention_slug != convention:
        raise NotFound
    return PublicAward(found, msgspec.json.decode(row["description"], type=Texts), await categories_of(found.id))


async def public_awards(*, convention: str) -> PublicAwards:
    """Return the published awards of a published convention, by its slug. Raises `NotFound`."""
    row = await fetch_one("SELECT title FROM convention WHERE slug = $1 AND published_at IS NOT NULL", convention)
    if row is None:
        raise NotFound
    title = msgspec.json.decode(row["title"], type=Texts)
    rows = await fetch(_SHOWN, convention)
    lines = [(f"/{convention}/awards/{one['slug']}", msgspec.json.decode(one["title"], type=Texts)) for one in rows]
    return PublicAwards(title, lines)
