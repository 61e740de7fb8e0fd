"""What is to be published now, and what that changes beside what was published last. Pure."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.i18n import DEFAULT, LANGUAGES, Text
from app.exchange.publishing.said import Said, bare, core

FORMAT = 1
"""Raised when the bytes of the same content are to be written otherwise: everything then counts as changed."""
KEPT_CANCELED = dt.timedelta(days=30)
"""How long after its end something that was canceled stays in the calendars."""
KEPT_TOMBSTONE = dt.timedelta(days=400)
_encode = msgspec.msgpack.Encoder().encode

Audience = Literal["public", "partner"]


class Place(Struct, frozen=True, kw_only=True):
    """Where a publication belongs, beside what it says; see the table `publication`."""

    convention: UUID | None = None
    event: UUID | None = None
    organiser: UUID | None = None
    venue: UUID | None = None
    partner: UUID | None = None
    told_by: tuple[UUID, ...] = ()
    scope: str = ""


class Content(Struct, frozen=True, kw_only=True):
    """Something to publish to an audience: what it `said` by language, the default one always there.

    It was changed last at `changed_at`, as far as it knows. What is published for the first time begins with SEQUENCE
    `revision`. When it is only `ending`, nobody who never heard of it hears of it now.
    """

    subject: UUID
    audience: Audience
    said: Mapping[str, Said]
    place: Place
    ends_at: dt.datetime
    changed_at: dt.datetime
    revision: int = 0
    ending: bool = False

    @property
    def plainly(self) -> Said:
        """What it says in the default language."""
        return self.said[DEFAULT]


class Published(Struct, frozen=True, kw_only=True):
    """A publication as it stands in the log."""

    id: UUID
    uid: str
    audience: Audience
    place: Place
    status: str
    sequence: int
    core: bytes
    digest: bytes
    ends_at: dt.datetime
    changed_at: dt.datetime
    gone_at: dt.datetime | None


class Write(Struct, frozen=True, kw_only=True):
    """What is written of a content: a new row, or a new version of the one that was `before`."""

    content: Content
    before: Published | None
    sequence: int
    core: bytes
    digest: bytes
    changed_at: dt.datetime


class Plan(Struct, frozen=True, kw_only=True):
    """What a look at everything changes: versions, rows that moved without a word, rows that go from the calendars."""

    writes: tuple[Write, ...] = ()
    moves: tuple[tuple[Published, Place], ...] = ()
    gone: tuple[Published, ...] = ()


def in_languages(make: Callable[[str], Said], texts: Iterable[Text]) -> dict[str, Said]:
    """Return what `make` says in the default language, and in each other one in which that is something else."""
    found = {DEFAULT: make(DEFAULT)}
    spoken = {tag for text in texts for tag in text}
    for tag in LANGUAGES:
        if tag in spoken and tag != DEFAULT and (said := make(tag)) != found[DEFAULT]:
            found[tag] = said
    return found


def digest(content: Content) -> bytes:
    """Return the SHA-256 of everything that shows."""
    return hashlib.sha256(_encode([FORMAT, dict(content.said)])).digest()


def core_digest(content: Content) -> bytes:
    """Return the SHA-256 of time, place and status."""
    return hashlib.sha256(_encode(core(content.plainly))).digest()


def plan(contents: Iterable[Content], held: Collection[Published], *, now: dt.datetime) -> Plan:
    """Return what changes when `contents` are all there is of what is `held`; the others of it go."""
    known = {(one.uid, one.audience): one for one in held}
    writes, moves = [], []
    for content in contents:
        before = known.pop((content.plainly.uid, content.audience), None)
        write = _write(content, before, now)
        if write is not None:
            writes.append(write)
        elif before is not None and before.gone_at is None and before.place != content.place:
            moves.append((before, content.place))
    gone = tuple(one for one in known.values() if one.gone_at is None)
    return Plan(writes=tuple(writes), moves=tuple(moves), gone=gone)


def _write(content: Content, before: Published | None, now: dt.datetime) -> Write | None:
    """Return the version to be written, None when nothing shows that did not before."""
    over = content.plainly.status == "cancelled" and content.ends_at + KEPT_CANCELED <= now
    if (before is None or before.gone_at is not None) and (over or content.ending):
        return None
    made = digest(content)
    if before is not None and before.gone_at is None and before.digest == made:
        return None
    kernel = core_digest(content)
    return Write(
        content=content,
        before=before,
        sequence=content.revision if before is None else before.sequence + (before.core != kernel),
        core=kernel,
        digest=made,
        changed_at=_changed_at(content, before, now),
    )


def _changed_at(content: Content, before: Published | None, now: dt.datetime) -> dt.datetime:
    """Return when this became so: as its own row says, unless something beside that row changed later."""
    if before is None or content.changed_at > before.changed_at:
        return content.changed_at
    return max(now, before.changed_at)


def ended(stored: Published, said: Mapping[str, Said], *, place: Place) -> Content:
    """Return what is published of something of ours that is not in the programme any more: that it is off."""
    return Content(
        subject=stored.id,
        audience=stored.audience,
        said={tag: bare(one) for tag, one in said.items()},
        place=place,
        ends_at=stored.ends_at,
        changed_at=stored.changed_at,
        ending=True,
    )


def over(held: Iterable[Published], *, now: dt.datetime) -> Iterator[Published]:
    """Yield what was canceled long enough ago."""
    for one in held:
        if one.gone_at is None and one.status == "cancelled" and one.ends_at + KEPT_CANCELED <= now:
            yield one
