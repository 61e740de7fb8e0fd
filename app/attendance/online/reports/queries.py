"""Reports that were taken, for pages."""

import datetime as dt
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.online.reports.taking import Note
from app.core.db import fetch
from app.core.i18n import Text

SHOWN = 50

_TAKEN = """
SELECT p.id, p.session, s.title, p.platform, p.rows, p.notes, p.imported_at,
       count(r.id) FILTER (WHERE r.state = 'evidence') AS evidence,
       count(r.id) FILTER (WHERE r.state IN ('review', 'unknown')) AS waiting,
       count(r.id) FILTER (WHERE r.state = 'dismissed') AS set_aside
FROM platform_report p JOIN session s ON s.id = p.session LEFT JOIN reported_stay r ON r.report = p.id
WHERE s.event = $1 AND ($2::uuid IS NULL OR s.id = $2)
GROUP BY p.id, s.id ORDER BY p.imported_at DESC, p.id LIMIT $3
"""


class Taken(Struct, frozen=True):
    """A report that was taken; `rows` are its lines, the others the stays that it added, as they stand now."""

    id: UUID
    session: UUID
    title: Text
    platform: str
    rows: int
    notes: list[Note]
    imported_at: dt.datetime
    evidence: int
    waiting: int
    set_aside: int


async def taken(*, event: UUID, session: UUID | None = None) -> list[Taken]:
    """Return the reports of an event, or of one session, the newest first."""
    return [
        Taken(
            **dict(row)
            | {
                "title": msgspec.json.decode(row["title"], type=dict[str, str]),
                "notes": msgspec.json.decode(row["notes"], type=list[Note]),
            }
        )
        for row in await fetch(_TAKEN, event, session, SHOWN)
    ]
