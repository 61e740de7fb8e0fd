"""Files and reports of readings go after their time, but never what is still needed."""

import datetime as dt

from app.core.db import fetch
from app.core.retention import KEPT, clear
from tests.clock import NOW
from tests.exchange.pulling.feeds import calendar, many
from tests.exchange.pulling.partners import Partner

DAY = dt.timedelta(days=1)


async def cleared(purpose: str, *, days: int, now: dt.datetime) -> int:
    """Return how much of a kind went."""
    return await clear(next(kept for kept in KEPT if kept.purpose == purpose), days=days, now=now)


async def test_file_goes_when_no_reading_of_late_brought_it(fukuoka: Partner) -> None:
    bodies = [calendar(*many(1)), calendar(*many(1, 2)), calendar(*many(1, 2, 3))]
    for n, body in enumerate([*bodies, bodies[1]]):
        await fukuoka.says(body, now=NOW + n * 40 * DAY)
    now = NOW + 130 * DAY
    assert await cleared("calendar-files", days=90, now=now) == 1  # the first; the second came again of late
    assert len(await fetch("SELECT 1 FROM raw_file")) == 2
    assert await cleared("calendar-files", days=7, now=now + 30 * DAY) == 1
    assert [row["file"] for row in await fetch("SELECT s.file FROM source s JOIN raw_file f ON f.digest = s.file")]


async def test_last_report_stays_and_what_waits_stays(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*range(10))))
    await fukuoka.says(calendar(*many(0, 9)), now=NOW + DAY)
    later = NOW + 500 * DAY
    assert await cleared("calendar-reports", days=400, now=later) == 1
    assert await cleared("calendar-reports", days=400, now=later) == 0
    await fukuoka.says(calendar(*many(*range(10))), now=NOW + 2 * DAY)
    assert await cleared("calendar-reports", days=400, now=later) == 1
    assert [row["outcome"] for row in await fetch("SELECT outcome FROM pull")] == ["read"]
