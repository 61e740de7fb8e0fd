"""The attendance ledger: chained evidence, appended in the transaction that produced it, never changed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.ledger_entry import Evidence, EvidenceClass, Kind, Mode, Scope
from app.core import chain
from app.core.db import fetch, fetch_one

CHAIN = "ledger"
CORRECTIONS = ("void", "merge", "split", "residence", "role")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Entry(Struct, frozen=True, kw_only=True):
    """Evidence to append; the fields mean what they mean in `Evidence`.

    `source` names what the entry came from (`scan:<device>:<seq>`): one source makes one entry, however often.
    """

    source: str | None = None
    kind: Kind
    evidence_class: EvidenceClass
    person: UUID
    role: str
    ticket: UUID | None = None
    event: UUID | None = None
    session: UUID | None = None
    scope: Scope | None = None
    mode: Mode | None = None
    scheduled_at: dt.datetime | None = None
    scheduled_minutes: int | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    residence: str | None = None
    subject: int | None = None
    other: UUID | None = None
    operator: str | None = None
    reason: str | None = None


COLUMNS = (
    "position",
    "kind",
    "evidence_class",
    "recorded_at",
    "person",
    "ticket",
    "event",
    "session",
    "scope",
    "mode",
    "scheduled_at",
    "scheduled_minutes",
    "starts_at",
    "ends_at",
    "role",
    "residence",
    "subject",
    "other",
    "operator",
    "reason",
    "source",
)
"""The columns of an entry in the order of its canonical line; the digest is not among them."""

APPEND = "SELECT first, last FROM append_evidence($1, $2)"


def line(values: Iterable[object]) -> str:
    """Return the canonical text of an entry, the one its digest covers: a JSON array of all columns in order.

    Times are microseconds since 1970, UTC.
    """
    return msgspec.json.encode([_plain(value) for value in values]).decode()


def _plain(value: object) -> object:
    return _micro(value) if isinstance(value, dt.datetime) else value


def _text() -> str:
    """Return the SQL expression that makes the text of `line`.

    Words of our own have nothing to escape in JSON; what others may have typed is escaped, as in `line`.
    """
    plain = {"position", "scheduled_minutes", "subject"}
    times = {"recorded_at", "scheduled_at", "starts_at", "ends_at"}
    typed = {"operator", "reason", "source"}

    def written(column: str) -> str:
        if column in times:
            return f"(date_part('epoch', {column}) * 1e6)::bigint"  # exact until the year 2242
        if column in plain:
            return column
        return f"to_json({column})" if column in typed else f"""'"' || {column} || '"'"""

    first, *others = COLUMNS  # the position, which every row has
    values = " || ".join(f"coalesce(',' || {written(column)}, ',null')" for column in others)
    return f"'[' || {first} || {values} || ']'"


TEXT = _text()


async def append(entries: Sequence[Entry], *, now: dt.datetime) -> list[int]:
    """Append what is new among `entries` and return its positions. One statement for any number of entries.

    Call it last in a transaction: the chain's head stays locked until commit, so all appenders queue here.
    """
    if not entries:
        return []
    new = _distinct(entries)
    row = await fetch_one(APPEND, tails(new, now=now), [entry.source for entry in new])
    assert row is not None  # noqa: S101  # a function always answers
    return list(range(row["first"], row["last"] + 1))


def tails(entries: Iterable[Entry], *, now: dt.datetime) -> list[str]:
    """Return the canonical lines of entries without their positions, which `append_evidence` puts in front."""
    recorded_at = _micro(now)
    return [msgspec.json.encode(_values(entry, recorded_at))[1:].decode() for entry in entries]


def _values(entry: Entry, recorded_at: int | None) -> list[object]:
    """Return all columns but the position, as `line` has them."""
    e = entry
    return [
        e.kind, e.evidence_class, recorded_at, e.person, e.ticket, e.event, e.session, e.scope, e.mode,
        _micro(e.scheduled_at), e.scheduled_minutes, _micro(e.starts_at), _micro(e.ends_at), e.role, e.residence,
        e.subject, e.other, e.operator, e.reason, e.source,
    ]  # fmt: skip


def _micro(moment: dt.datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    seen: set[str] = set()
    kept = []
    for entry in entries:
        if entry.source is None or entry.source not in seen:
            kept.append(entry)
        if entry.source is not None:
            seen.add(entry.source)
    return kept


async def read(*, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Evidence]:
    """Return the facts scheduled in [starts_at, ends_at) and every correction, in order of position.

    Corrections come whole, because an undated one speaks of every year.
    """
    names = ", ".join(f'"{name}"' for name in Evidence.__struct_fields__)
    rows = await fetch(
        f"SELECT {names} FROM ledger_entry WHERE (scheduled_at >= $1 AND scheduled_at < $2) OR kind = ANY($3::text[])"
        " ORDER BY position",
        starts_at,
        ends_at,
        list(CORRECTIONS),
    )
    return [Evidence(**row) for row in rows]


async def verify() -> chain.Verdict:
    """Recompute the whole chain from the rows and compare it with the stored head, while others may append."""
    return await chain.verify(CHAIN, table="ledger_entry", columns=COLUMNS, line=line, text=TEXT)
