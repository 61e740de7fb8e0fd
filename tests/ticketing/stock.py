"""The books of ticketing: what must be true between any two transactions, whatever happened before.

`wrong()` names what is not; every test that changes tickets may call `sound()`.
"""

from app.core.db import fetch
from app.ticketing.states import HOLDING, status_of

_TAKEN = """
SELECT q.slug, q.taken, q.capacity,
    (SELECT count(*) FROM ticket t WHERE q.id = ANY(t.places) AND t.state = ANY($1::text[]))
    + (SELECT coalesce(sum((h.places ->> q.id::text)::int), 0) FROM hold h WHERE h.places ? q.id::text) AS counted
FROM quota q
"""
_TWICE = """
SELECT t.id FROM ticket t WHERE cardinality(t.places) <> (SELECT count(DISTINCT p) FROM unnest(t.places) AS p)
"""
_WITHIN = """
SELECT t.id, q.slug FROM ticket t JOIN quota q ON q.id = ANY(t.places)
WHERE t.state <> 'canceled' AND q.within IS NOT NULL AND q.within <> ALL(t.places)
"""
_RESERVED = """
SELECT t.id, t.state, q.slug, 'reserved without a place' AS why FROM reservation r JOIN ticket t ON t.id = r.ticket
JOIN quota q ON q.session = r.session WHERE q.id <> ALL(t.places)
UNION ALL
SELECT t.id, t.state, q.slug, 'a place without a reservation' FROM ticket t
JOIN quota q ON q.id = ANY(t.places) AND q.session IS NOT NULL
WHERE t.state <> 'canceled' AND NOT EXISTS (SELECT FROM reservation r WHERE r.ticket = t.id AND r.session = q.session)
UNION ALL
SELECT t.id, t.state, '', 'reserved though canceled' FROM ticket t JOIN reservation r ON r.ticket = t.id
WHERE t.state = 'canceled'
"""
_STATES = """
SELECT r.id, r.status, r.expires_at, array_agg(t.state ORDER BY t.position) AS states
FROM registration r JOIN ticket t ON t.registration = r.id GROUP BY r.id
"""
_VOUCHERS = """
SELECT v.label, v.used, (SELECT count(*) FROM ticket t WHERE t.voucher = v.id AND t.state <> 'canceled') AS counted
FROM voucher v
"""
_UNPAID = """
SELECT t.id FROM ticket t WHERE t.state = 'unpaid' AND NOT EXISTS (
    SELECT FROM payment p WHERE p.registration = t.registration AND p.state = 'due'
        AND p.lines @> jsonb_build_array(jsonb_build_object('ticket', t.id)))
"""
_IDLE = """
SELECT r.id FROM registration r WHERE r.status = 'waiting' AND NOT EXISTS (
    SELECT FROM quota q JOIN (
        SELECT p AS id, count(*) AS wanted FROM ticket t, unnest(t.places) AS p
        WHERE t.registration = r.id AND t.state = 'waiting' GROUP BY p) w ON w.id = q.id
    WHERE q.capacity - q.taken < w.wanted)
"""


async def wrong() -> list[str]:
    """Return what does not agree, a line each."""
    found = [
        f"{row['slug']}: {row['taken']} taken, {row['counted']} held, of {row['capacity']}"
        for row in await fetch(_TAKEN, sorted(HOLDING))
        if not 0 <= row["taken"] == row["counted"] <= row["capacity"]
    ]
    found += [f"{row['id']} takes two places of one quota" for row in await fetch(_TWICE)]
    found += [f"{row['id']} takes none of what {row['slug']} lies within" for row in await fetch(_WITHIN)]
    found += [f"{row['id']} ({row['state']}) {row['slug']}: {row['why']}" for row in await fetch(_RESERVED)]
    found += [f"{row['id']} is unpaid, and nobody asks for it" for row in await fetch(_UNPAID)]
    found += [
        f"{row['label']}: used {row['used']}, by {row['counted']} tickets"
        for row in await fetch(_VOUCHERS)
        if row["used"] != row["counted"]
    ]
    return found + [line for row in await fetch(_STATES) for line in _status(row["status"], row["states"], row)]


def _status(status: str, states: list[str], row: object) -> list[str]:
    found = []
    if status != status_of(states):
        found.append(f"{status} with tickets {states}")
    lapsing = not {"offered", "unpaid"}.isdisjoint(states)
    if lapsing != (row["expires_at"] is not None):  # type: ignore[index]
        found.append(f"{states} lapse at {row['expires_at']}")  # type: ignore[index]
    return found


async def idle() -> list[str]:
    """Return registrations that wait although there are places for all of them."""
    return [f"{row['id']} waits for nothing" for row in await fetch(_IDLE)]


async def sound() -> None:
    """Fail when the books do not agree, or somebody waits for nothing."""
    assert await wrong() == []
    assert await idle() == []
