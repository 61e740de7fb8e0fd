"""An entry with its category and award, as its members and its secretary work with it."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards import reach, windows
from app.awards.entering.errors import EntriesClosed, NotAwaited
from app.awards.reach import AwardRef
from app.awards.schemas import EntryForm, Texts
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.i18n import text
from app.core.signing import capability, open_capability
from app.people.roles import Principal

PURPOSE = "entry"
_words = msgspec.json.Decoder(Texts).decode


class CategoryRef(Struct, frozen=True, kw_only=True):
    """A category as its entries need it."""

    id: UUID
    slug: str
    title: Texts
    description: Texts
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_ms: int
    zone: str
    least_members: int
    evidence: bool

    def phase(self, now: dt.datetime) -> windows.Phase:
        """Return where a moment lies in the time for entries."""
        return windows.phase(now, self.opens_at, self.closes_at, self.grace_ms)

    def accepts(self, now: dt.datetime) -> bool:
        """Whether entries are taken at a moment."""
        return windows.accepts(now, self.opens_at, self.closes_at, self.grace_ms)


class EntryRef(Struct, frozen=True, kw_only=True):
    """An entry with its draft.

    `judged`: a round of judging has opened, or somebody is assigned to it; `blind`: judges of a round do not learn who
    stands behind it.
    """

    id: UUID
    number: int
    origin: str
    state: str
    language: str
    form: EntryForm
    draft_revision: int
    pinned: UUID | None
    created_at: dt.datetime
    changed_at: dt.datetime
    submitted_at: dt.datetime | None
    withdrawn_at: dt.datetime | None
    nominator: UUID | None
    consented_at: dt.datetime | None
    open_until: dt.datetime | None
    open_reason: str
    judged: bool
    blind: bool
    category: CategoryRef
    award: AwardRef

    @property
    def title(self) -> str:
        """The title of the draft in the reader's language, or nothing."""
        return text({tag: said.text for tag, said in self.form.texts.get("title", {}).items()})

    @property
    def awaits_consent(self) -> bool:
        """Whether somebody was nominated here who has not agreed yet."""
        return self.origin == "nomination" and self.consented_at is None

    def is_changeable(self, now: dt.datetime) -> bool:
        """Whether it may be changed and handed in at a moment: in time, or reopened, and not judged."""
        in_time = self.category.accepts(now) or (self.open_until is not None and now < self.open_until)
        return in_time and not self.judged and self.state != "withdrawn"

    def require_changeable(self, now: dt.datetime) -> None:
        """Raise `EntriesClosed` when it may not be changed at a moment."""
        if not self.is_changeable(now):
            raise EntriesClosed

    def require_own(self, now: dt.datetime) -> None:
        """Raise `EntriesClosed` as above, and `NotAwaited` before somebody nominated here has agreed."""
        self.require_changeable(now)
        if self.awaits_consent:
            raise NotAwaited


_ENTRY = """
SELECT e.id, e.number, e.origin, e.state, e.language, e.draft, e.draft_revision, e.pinned, e.created_at, e.changed_at,
    e.submitted_at, e.withdrawn_at, e.nominator, e.consented_at, e.open_until, e.open_reason, g.award,
    EXISTS (SELECT FROM award_round r WHERE r.category = g.id AND r.kind <> 'eligibility' AND r.opened_at IS NOT NULL)
    OR EXISTS (SELECT FROM assignment a WHERE a.entry = e.id AND a.removed_at IS NULL) AS judged,
    EXISTS (SELECT FROM award_round r WHERE r.category = g.id AND r.blind) AS blind, to_jsonb(g) AS category
FROM award_entry e JOIN award_category g ON g.id = e.category WHERE e.id = $1
"""
_LOCK_CATEGORY = """
SELECT g.id FROM award_category g WHERE g.id = (SELECT category FROM award_entry WHERE id = $1) FOR SHARE
"""
_LOCK = "SELECT id FROM award_entry WHERE id = $1 FOR UPDATE"


async def any_entry(entry: UUID) -> EntryRef:
    """Return an entry for nobody in particular. Raises `NotFound`."""
    row = await fetch_one(_ENTRY, entry)
    if row is None:
        raise NotFound
    return await _entry(row)


async def locked(entry: UUID) -> EntryRef:
    """Return an entry locked in the caller's transaction, its category against other times. Raises `NotFound`.

    A category is locked before its entries: opening a round locks it too, so that no version slips in behind it.
    """
    await fetch_one(_LOCK_CATEGORY, entry)
    await fetch_one(_LOCK, entry)
    return await any_entry(entry)


async def own(entry: UUID, award: str, principal: Principal) -> EntryRef:
    """Return an entry of an award that `principal` runs. Raises `NotFound`."""
    found = await any_entry(entry)
    if principal.role == "judge" or (await reach.award(award, principal)).id != found.award.id:
        raise NotFound
    return found


async def _entry(row: asyncpg.Record) -> EntryRef:
    held: dict[str, Any] = dict(row)
    held["category"] = msgspec.json.decode(row["category"], type=CategoryRef)
    held["award"] = await reach.any_award(row["award"])
    held["form"] = msgspec.json.decode(held.pop("draft"), type=EntryForm)
    return EntryRef(**held)


_CATEGORIES = "SELECT to_jsonb(g) AS category FROM award_category g WHERE award = $1 ORDER BY position, slug"


async def categories(award: UUID) -> list[CategoryRef]:
    """Return the categories of an award in their order."""
    return [msgspec.json.decode(row["category"], type=CategoryRef) for row in await fetch(_CATEGORIES, award)]


def token(entry: UUID, member: UUID) -> str:
    """Return what stands for a member in the address of its entry; whoever has it acts for the member."""
    return capability(PURPOSE, entry, member)


def address(entry: UUID, member: UUID, *parts: str) -> str:
    """Return the address of an entry for one of its members, or of a page below it."""
    return "/".join(["/entries", token(entry, member), *parts])


def opened(token: str) -> tuple[UUID, UUID]:
    """Return the entry and the member that a link names. Raises `NotFound`."""
    ids = open_capability(PURPOSE, token, 2)
    if ids is None:
        raise NotFound
    return ids[0], ids[1]
