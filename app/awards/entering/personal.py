"""What entries hold about persons: who speaks for members, who has nominated; given out, forgotten, cleared in time."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.core.i18n import gettext_lazy
from app.core.retention import EVERY_HOUR, Kept, keeps
from app.people.holders import File, Trace
from app.people.privacy import accounts_of

_ENTRIES = """
SELECT m.person, a.slug AS award, g.slug AS category, e.id AS entry, e.number, e.state, e.origin, m.organisation,
    m.kind, m.country, m.lead, m.language, m.invited_at, m.signed_at, encode(m.signed_digest, 'hex') AS signed_digest,
    m.declined_at, m.removed_at, e.created_at, e.changed_at, e.submitted_at, e.withdrawn_at, e.draft::jsonb AS draft,
    v.body::jsonb AS handed_in
FROM entry_member m JOIN award_entry e ON e.id = m.entry JOIN award_category g ON g.id = e.category
JOIN award a ON a.id = g.award LEFT JOIN entry_version v ON v.id = e.pinned
WHERE m.person = ANY($1::uuid[]) ORDER BY e.created_at, m.position
"""
_NOMINATIONS = """
SELECT e.nominator AS person, a.slug AS award, e.id AS entry, e.number, e.created_at, e.consented_at
FROM award_entry e JOIN award_category g ON g.id = e.category JOIN award a ON a.id = g.award
WHERE e.nominator = ANY($1::uuid[]) ORDER BY e.created_at
"""
_MAILS = """
SELECT j.payload ->> 'member' AS member, j.payload ->> 'purpose' AS purpose, j.promised_at, j.done_at FROM job j
WHERE j.name LIKE 'awards.send_entry%' AND j.payload ->> 'member' IN (
    SELECT id::text FROM entry_member WHERE person = ANY($1::uuid[])) ORDER BY j.promised_at
"""


async def export(persons: Sequence[UUID]) -> list[File]:
    """Return what entries hold about persons."""
    ids = list(persons)
    texts = ("draft", "handed_in")
    entries = [
        dict(row) | {name: msgspec.json.decode(row[name]) if row[name] else None for name in texts}
        for row in await fetch(_ENTRIES, ids)
    ]
    return [
        File("award_entries.json", entries),
        File("award_nominations.json", await _plain(_NOMINATIONS, ids)),
        File("award_mails.json", await _plain(_MAILS, ids)),
    ]


async def _plain(statement: str, ids: list[UUID]) -> list[dict[str, Any]]:
    return [dict(row) for row in await fetch(statement, ids)]


_LED = """
SELECT e.id FROM award_entry e JOIN entry_member m ON m.entry = e.id AND m.lead
WHERE m.person = ANY($1::uuid[]) AND e.state = 'draft' ORDER BY e.id FOR UPDATE OF e
"""


async def erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    """Forget persons: a draft that one of them leads ends with its words and files, other members have refused.

    What was handed in stays: it names organisations and no person. Names and addresses go with the person's key.
    """
    ids = list(persons)
    led = [row["id"] for row in await fetch(_LED, ids)]
    await fetch(
        "UPDATE award_entry SET state = 'withdrawn', withdrawn_at = $2, changed_at = $2, draft = '{}'"
        " WHERE id = ANY($1::uuid[])",
        led,
        now,
    )
    await fetch("DELETE FROM entry_file WHERE entry = ANY($1::uuid[])", led)
    await fetch(
        "UPDATE entry_member m SET declined_at = coalesce(declined_at, $2) FROM award_entry e"
        " WHERE m.person = ANY($1::uuid[]) AND e.id = m.entry AND e.state <> 'submitted'",
        ids,
        now,
    )
    await fetch("UPDATE award_entry SET nominator = NULL WHERE nominator = ANY($1::uuid[])", ids)
    await fetch(
        "DELETE FROM job WHERE name LIKE 'awards.%' AND payload ->> 'member' IN"
        " (SELECT id::text FROM entry_member WHERE person = ANY($1::uuid[]))",
        ids,
    )


_READ = """
SELECT DISTINCT m.person FROM audit_entry a JOIN award_category g ON a.subject = 'award:' || g.award
JOIN award_entry e ON e.category = g.id JOIN entry_member m ON m.entry = e.id
WHERE a.at >= $1 AND a.at < $2 AND split_part(a.actor, ':', 2) = ANY($3::text[])
AND a.action IN ('entries.read', 'entries.export', 'entry.read')
AND (a.action <> 'entry.read' OR a.detail::jsonb ->> 'entry' = e.id::text)
"""


async def reached(trace: Trace) -> set[UUID]:
    """Return the persons whose names an account has read in the lists of entries."""
    accounts = [str(one) for one in await accounts_of(trace)]
    return {row["person"] for row in await fetch(_READ, trace.since, trace.until, accounts)}


_UNFINISHED = """
SELECT e.id FROM award_entry e JOIN award_category g ON g.id = e.category
WHERE e.state <> 'submitted' AND e.submitted_at IS NULL
  AND greatest(g.closes_at, e.changed_at, coalesce(e.open_until, e.changed_at)) < $1
  AND NOT EXISTS (SELECT FROM conflict c WHERE c.entry = e.id)
  AND NOT EXISTS (SELECT FROM recusal r WHERE r.entry = e.id)
  AND NOT EXISTS (SELECT FROM declaration d WHERE d.entry = e.id)
"""


async def _forget(keys: Sequence[Any], _now: dt.datetime) -> None:
    for table in ("entry_file", "entry_version", "entry_member"):
        await fetch(f"DELETE FROM {table} WHERE entry = ANY($1::uuid[])", list(keys))
    await fetch("DELETE FROM award_entry WHERE id = ANY($1::uuid[])", list(keys))


keeps(
    Kept(
        purpose="unfinished-entries",
        what=gettext_lazy("Entries for awards that were never handed in, from the end of their category"),
        how=gettext_lazy("deleted, with their texts, files and members"),
        days=60,
        least=7,
        most=365,
        find=_UNFINISHED,
        forget=_forget,
        minutes=EVERY_HOUR,
    )
)
