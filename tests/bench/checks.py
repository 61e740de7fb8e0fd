"""What is stored after a run, counted apart from the product."""

import asyncpg
import msgspec

from app.core.settings import settings


class Stored(msgspec.Struct, frozen=True):
    """Counts of rows; `numbers` counts the distinct (device, seq) of judged, admitted scans."""

    scans: int
    numbers: int
    entries: int
    tickets: int
    taken: int
    mails: int


_COUNT = """
SELECT (SELECT count(*) FROM scan) AS scans,
       (SELECT count(DISTINCT (device, seq)) FROM scan WHERE status = 'stored' AND verdict = 'admitted') AS numbers,
       (SELECT count(DISTINCT source) FROM ledger_entry WHERE kind = 'scan') AS entries,
       (SELECT count(*) FROM ticket) AS tickets,
       (SELECT taken FROM quota WHERE slug = 'citywide') AS taken,
       (SELECT count(DISTINCT key) FROM job WHERE name = 'ticketing.send_ticket') AS mails
"""


async def stored() -> Stored:
    """Count."""
    connection = await asyncpg.connect(settings().database_url)
    try:
        return Stored(*await connection.fetchrow(_COUNT))
    finally:
        await connection.close()
