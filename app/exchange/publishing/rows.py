"""The rows of the log: what stands there, and writing what changes, many at once."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog
from msgspec import Struct

from app.core.db import copy, fetch
from app.core.gentle import each, gently
from app.exchange.publishing.content import Place, Plan, Published, Write
from app.exchange.publishing.said import Said, decoded, ics

logger = structlog.get_logger()

_HELD = """
SELECT id, uid, audience, convention, event, organiser, venue, partner, told_by, scope, status, sequence, core, digest,
       ends_at, changed_at, gone_at
FROM publication WHERE
"""
COLUMNS = (
    "id", "uid", "audience", "kind", "subject", "convention", "event", "organiser", "venue", "partner", "told_by",
    "scope", "zone", "starts_at", "ends_at", "status", "sequence", "core", "digest", "change", "changed_at",
)  # fmt: skip
_TEXT_COLUMNS = ("id", "publication", "language", "ics", "said")
_NEW_VERSIONS = """
UPDATE publication p SET convention = n.convention, event = n.event, organiser = n.organiser, venue = n.venue,
  partner = n.partner, told_by = n.told_by, scope = n.scope, zone = n.zone, starts_at = n.starts_at,
  ends_at = n.ends_at, status = n.status, sequence = n.sequence, core = n.core, digest = n.digest, change = n.change,
  changed_at = n.changed_at, gone_at = NULL
FROM publication_new n WHERE p.id = n.id
"""
_MOVED = """
UPDATE publication SET convention = $2, event = $3, organiser = $4, venue = $5, partner = $6, told_by = $7, scope = $8
WHERE id = $1
"""
_GONE = """
UPDATE publication p SET gone_at = $3, changed_at = greatest($3, p.changed_at), change = $2 + g.n
FROM unnest($1::uuid[]) WITH ORDINALITY AS g (id, n) WHERE p.id = g.id
"""
_encode = msgspec.json.Encoder().encode


async def of_convention(convention: UUID) -> list[Published]:
    """Return what stands in the log of a convention."""
    return await each(_held, await fetch(f"{_HELD} convention = $1 AND kind <> 'card'", convention))


async def of_cards(cards: Sequence[UUID]) -> list[Published]:
    """Return what stands in the log of cards."""
    return await each(_held, await fetch(f"{_HELD} subject = ANY($1::uuid[]) AND kind = 'card'", list(cards)))


async def canceled(*, until: dt.datetime) -> list[Published]:
    """Return what is canceled, still in the calendars, and over by `until`."""
    return await each(_held, await fetch(f"{_HELD} status = 'cancelled' AND gone_at IS NULL AND ends_at <= $1", until))


def _held(row: Mapping[str, Any]) -> Published:
    return Published(
        place=Place(**{name: _plain(row[name]) for name in Place.__struct_fields__}),
        **{name: row[name] for name in Published.__struct_fields__ if name != "place"},
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


async def texts(ids: Sequence[UUID]) -> dict[UUID, dict[str, Said]]:
    """Return what publications say, by language."""
    found: dict[UUID, dict[str, Said]] = {}
    rows = await fetch("SELECT publication, language, said FROM published_text WHERE publication = ANY($1)", list(ids))
    for row in rows:
        found.setdefault(row["publication"], {})[row["language"]] = decoded(row["said"])
    return found


async def write(plan: Plan, *, after: int, now: dt.datetime) -> int:
    """Write a plan in the caller's transaction; changes are numbered from `after` on. Return the last number."""
    versions = await asyncio.to_thread(_versions, gently(plan.writes))
    if versions:
        await _write_versions(versions, after)
    for published, place in plan.moves:
        await fetch(_MOVED, published.id, *_place(place))
    first = after + len(versions)
    if plan.gone:
        ids = [one.id for one in plan.gone]
        await fetch(_GONE, ids, first, now)
        await fetch("DELETE FROM published_text WHERE publication = ANY($1)", ids)
    return first + len(plan.gone)


class _Version(Struct, frozen=True):
    key: UUID
    write: Write
    texts: tuple[tuple[object, ...], ...]


def _versions(writes: Iterable[Write]) -> list[_Version]:
    """Return what is stored of versions. What two audiences read alike is put into words once."""
    words: dict[object, _Texts] = {}
    return [one for one in (_version(write, words) for write in writes) if one is not None]


def _version(write: Write, words: dict[object, "_Texts"]) -> _Version | None:
    """Return what is stored of a version; None for one that no calendar can hold, so that it costs no other."""
    key = write.before.id if write.before else uuid4()
    alike = (write.digest, write.sequence, write.changed_at)
    try:
        texts = words.get(alike) or words.setdefault(alike, tuple(_texts(write)))
        return _Version(key, write, tuple((uuid4(), key, *text) for text in texts))
    except (ValueError, OverflowError, LookupError) as error:
        logger.warning("not_published", subject=str(write.content.subject), error=type(error).__name__)
        return None


async def _write_versions(versions: Sequence[_Version], after: int) -> None:
    numbered = list(enumerate(versions, after + 1))
    new = await each(_row, [(n, one) for n, one in numbered if one.write.before is None])
    later = await each(_row, [(n, one) for n, one in numbered if one.write.before is not None])
    await copy("publication", new, COLUMNS)
    if later:
        await fetch("CREATE TEMP TABLE publication_new (LIKE publication) ON COMMIT DROP")
        await copy("publication_new", later, COLUMNS)
        await fetch(_NEW_VERSIONS)
        await fetch("DROP TABLE publication_new")
        await fetch("DELETE FROM published_text WHERE publication = ANY($1)", [row[0] for row in later])
    await copy("published_text", [line for one in versions for line in one.texts], _TEXT_COLUMNS)


def _place(place: Place) -> tuple[object, ...]:
    values = msgspec.structs.asdict(place)
    return (
        *(values[name] for name in Place.__struct_fields__ if name not in {"told_by", "scope"}),
        list(place.told_by),
        place.scope,
    )


def _row(numbered: tuple[int, _Version]) -> tuple[object, ...]:
    change, version = numbered
    write, content, said = version.write, version.write.content, version.write.content.plainly
    starts = said.starts_at or dt.datetime.combine(_known(said.first_day), dt.time(), dt.UTC)
    times = (said.zone if said.starts_at else "", starts, content.ends_at)
    versions = (write.sequence, write.core, write.digest, change, write.changed_at)
    names = (version.key, said.uid, content.audience, said.kind, content.subject)
    return *names, *_place(content.place), *times, said.status, *versions


def _known(day: dt.date | None) -> dt.date:
    assert day is not None  # noqa: S101  # it has moments or days
    return day


_Texts = tuple[tuple[str, bytes, str], ...]
"""What a version says, by language: its VEVENTs, and the same as JSON."""


def _texts(write: Write) -> Iterable[tuple[str, bytes, str]]:
    for tag, said in write.content.said.items():
        yield tag, ics(said, sequence=write.sequence, changed_at=write.changed_at), _encode(said).decode()
