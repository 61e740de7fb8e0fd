"""How long readings of sources are kept: their files, which name people whom cities named, and their reports."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from app.core.db import fetch
from app.core.i18n import gettext_lazy
from app.core.retention import EVERY_HOUR, Kept, deletes, keeps

_FILES = """
SELECT f.id FROM raw_file f WHERE f.kept_at < $1
  AND NOT EXISTS (SELECT FROM source s WHERE s.file = f.digest)
  AND NOT EXISTS (SELECT FROM pull p WHERE p.file = f.digest AND p.begun_at >= $1)
"""
_REPORTS = """
SELECT p.id FROM pull p WHERE p.begun_at < $1
  AND EXISTS (SELECT FROM pull q WHERE q.source = p.source AND q.outcome IN ('read', 'held')
    AND q.begun_at > p.begun_at)
  AND NOT EXISTS (SELECT FROM vanishing v WHERE v.pull = p.id AND v.decision = '')
"""


async def _forget(keys: Sequence[Any], _now: dt.datetime) -> None:
    await fetch("DELETE FROM vanishing WHERE pull = ANY($1)", list(keys))
    await fetch("DELETE FROM pull WHERE id = ANY($1)", list(keys))


keeps(
    Kept(
        purpose="calendar-files",
        what=gettext_lazy("Files of partners' calendars, since they were read last"),
        how=gettext_lazy("deleted"),
        days=90,
        least=7,
        most=400,
        find=_FILES,
        forget=deletes("raw_file"),
        minutes=EVERY_HOUR,
        at_once=20,
    ),
    Kept(
        purpose="calendar-reports",
        what=gettext_lazy("Reports of readings of partners' calendars, once there is a newer one"),
        how=gettext_lazy("deleted"),
        days=400,
        least=30,
        most=1000,
        find=_REPORTS,
        forget=_forget,
        minutes=EVERY_HOUR,
    ),
)
