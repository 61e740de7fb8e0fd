"""Figures of walk-ups. They stand beside the number of people, never in it: one person may be tapped twice."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.core.db import fetch


class WalkUps(Struct, frozen=True):
    """Walk-ups of an event: all, by country or region of residence (most first), unsaid, and those from abroad."""

    total: int
    by_residence: dict[str, int]
    unsaid: int

    @property
    def overseas(self) -> int:
        """Those who said that they live outside of Japan."""
        return sum(n for code, n in self.by_residence.items() if code != "JP")


# The day is that of the convention's zone.
_COUNTS = """
SELECT w.residence, count(*) AS n FROM walk_up w JOIN event e ON e.id = w.event JOIN convention c ON c.id = e.convention
WHERE w.event = $1 AND ($2::date IS NULL OR (w.tapped_at AT TIME ZONE c.zone)::date = $2)
GROUP BY w.residence ORDER BY n DESC, w.residence
"""
_DAYS = """
SELECT DISTINCT (w.tapped_at AT TIME ZONE c.zone)::date AS day
FROM walk_up w JOIN event e ON e.id = w.event JOIN convention c ON c.id = e.convention WHERE w.event = $1 ORDER BY day
"""


async def walk_ups(event: UUID, day: dt.date | None = None) -> WalkUps:
    """Return the figures of one day of an event, or of all its days; an event that is not there has none."""
    rows = await fetch(_COUNTS, event, day)
    said = {row["residence"]: row["n"] for row in rows if row["residence"]}
    unsaid = sum(row["n"] for row in rows if not row["residence"])
    return WalkUps(total=sum(said.values()) + unsaid, by_residence=said, unsaid=unsaid)


async def days(event: UUID) -> list[dt.date]:
    """Return the days on which somebody was counted."""
    return [row["day"] for row in await fetch(_DAYS, event)]
