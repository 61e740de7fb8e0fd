"""Beginning an entry: for oneself, or by naming somebody else, who is asked first."""

import datetime as dt
from uuid import UUID, uuid4

import msgspec

from app.awards import reach
from app.awards.entering import promises
from app.awards.entering.entries import CategoryRef, categories
from app.awards.entering.errors import EntriesClosed, NotAwaited
from app.awards.entering.members import Language, MemberEdit, check_country, held, put
from app.awards.reach import AwardRef
from app.awards.schemas import EntryForm, Said
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.validation import Address, Name, Paragraph, Slug
from app.people.persons import address_key, match_key, meet
from app.people.schemas import Declared, Details

MOST_LINKS = 20
"""Links that one wish to have them again sends."""


class Beginning(MemberEdit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whoever begins an entry, and the category it is for."""

    category: Slug


class Nomination(MemberEdit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody named by a third party: the member is the nominee, `why` the reason in the nominator's words."""

    category: Slug
    by: Name
    by_email: Address
    title: Name
    why: Paragraph


async def public_award(convention: str, slug: str) -> AwardRef:
    """Return an award that everybody may see, by its convention and slug. Raises `NotFound`."""
    found = await reach.any_award(slug)
    if found.published_at is None or found.convention_slug != convention:
        raise NotFound
    return found


async def begin(*, award: AwardRef, wish: Beginning, now: dt.datetime) -> UUID:
    """Add an entry with its lead, whose mail brings the link; return its id.

    An entry of the same person that nobody has written in yet is taken up again. Raises `EntriesClosed`, `Invalid`.
    """
    check_country(wish)
    async with transaction():
        category = await taking(award, wish.category, now)
        known = await _untouched(category.id, wish)
        if known is None:
            entry = await add_entry(category.id, origin="self", language=wish.language, form=EntryForm(), now=now)
            lead = await put(entry, wish, lead=True, invited=True, now=now)
        else:
            entry, lead = known
        stamp = now.strftime("%Y%m%d%H%M")
        await promises.promise("started", lead, now=now, stamp=stamp, at_once=True)
    return entry


async def nominate(*, award: AwardRef, wish: Nomination, now: dt.datetime) -> UUID:
    """Name somebody: the nominee is asked by mail, and nothing is shown to anybody before it agrees; return the id.

    Raises `EntriesClosed`, `Invalid`.
    """
    check_country(wish)
    async with transaction():
        category = await taking(award, wish.category, now)
        nominator = await meet(Details(name=wish.by, email=wish.by_email), now=now)
        tag: str = wish.language
        texts = {"title": {tag: Said(wish.title)}, "summary": {tag: Said(wish.why)}}
        form = EntryForm(texts=texts)
        entry = await add_entry(category.id, origin="nomination", language=wish.language, form=form, now=now)
        await fetch("UPDATE award_entry SET nominator = $2 WHERE id = $1", entry, nominator)
        lead = await put(entry, wish, lead=True, invited=True, now=now)
        await promises.promise("nominated", lead, now=now)
    return entry


async def consent(*, entry: UUID, member: UUID, now: dt.datetime) -> None:
    """Accept a nomination: from now on the entry is the nominee's own. Raises `NotAwaited`, `EntriesClosed`."""
    async with transaction():
        found = await held(entry, member, lock=True)
        if not found.entry.awaits_consent or not found.me.lead:
            raise NotAwaited
        found.entry.require_changeable(now)
        await fetch("UPDATE award_entry SET consented_at = $2, changed_at = $2 WHERE id = $1", entry, now)


async def taking(award: AwardRef, slug: str, now: dt.datetime) -> CategoryRef:
    """Return a category that takes entries, locked until the end of the transaction against other times."""
    await fetch("SELECT id FROM award_category WHERE award = $1 AND slug = $2 FOR NO KEY UPDATE", award.id, slug)
    found = next((one for one in await categories(award.id) if one.slug == slug), None)
    if found is None:
        raise Invalid([FieldError("category", "choice", _("Please choose one of the values offered."))])
    if not found.accepts(now):
        raise EntriesClosed
    return found


_UNTOUCHED = """
SELECT e.id, m.id AS lead FROM award_entry e JOIN entry_member m ON m.entry = e.id AND m.lead
WHERE e.category = $1 AND e.state = 'draft' AND e.draft_revision = 0 AND e.origin = 'self' AND m.person = $2 LIMIT 1
"""


async def _untouched(category: UUID, wish: MemberEdit) -> tuple[UUID, UUID] | None:
    person = await fetch_one(
        "SELECT person FROM person_details WHERE match_key = $1",
        match_key(Declared(Details(name=wish.name, email=wish.email), residence="")),
    )
    row = await fetch_one(_UNTOUCHED, category, person["person"]) if person else None
    return (row["id"], row["lead"]) if row else None


_ADD = """
WITH numbered AS (UPDATE award_category SET next_number = next_number + 1 WHERE id = $2 RETURNING next_number - 1 AS n)
INSERT INTO award_entry (id, category, number, origin, state, language, draft, draft_revision, created_at, changed_at)
SELECT $1, $2, n, $3, 'draft', $4, $5, 0, $6, $6 FROM numbered
"""


async def add_entry(category: UUID, *, origin: str, language: Language, form: EntryForm, now: dt.datetime) -> UUID:
    """Add an entry under the next number of its category, in the caller's transaction: no two get the same."""
    made = uuid4()
    await fetch(_ADD, made, category, origin, language, msgspec.json.encode(form).decode(), now)
    return made


_LINKS = """
SELECT m.id FROM entry_member m JOIN award_entry e ON e.id = m.entry JOIN award_category g ON g.id = e.category
JOIN person_details d ON d.person = m.person
WHERE g.award = $1 AND d.address_key = $2 AND m.removed_at IS NULL AND e.state <> 'withdrawn'
ORDER BY e.created_at DESC LIMIT $3
"""


async def send_links(*, award: AwardRef, email: str, now: dt.datetime) -> None:
    """Send whoever has this address the links of its entries; nobody learns whether there are any."""
    stamp = now.strftime("%Y%m%d%H%M")
    async with transaction():
        for row in await fetch(_LINKS, award.id, address_key(email), MOST_LINKS):
            await promises.promise("started", row["id"], now=now, stamp=stamp, at_once=True)
