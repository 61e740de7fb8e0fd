"""A day pass is good for its day: at the desk of registration, on the ticket's page and in the online rooms."""

import re
from uuid import UUID

import httpx

from app.core.db import fetch
from app.core.signing import capability, open_capability
from tests.ticketing.wishes import member, register, wish

ONLINE = """
SELECT s.id, (s.starts_at AT TIME ZONE 'Asia/Tokyo')::date = c.first_day AS on_day_1 FROM session s
JOIN event e ON e.id = s.event JOIN convention c ON c.id = e.convention WHERE s.mode <> 'on_site'
"""


async def sessions(*, on_day_1: bool) -> set[UUID]:
    """Return the online sessions of the first day, or of all others."""
    return {row["id"] for row in await fetch(ONLINE) if row["on_day_1"] == on_day_1}


async def test_page_shows_the_rooms_of_its_day_alone(http: httpx.AsyncClient) -> None:
    [ticket] = (await register(http, wish(member(ticket_type="day-pass-1")))).json()["tickets"]

    links = re.findall(r"/join/([\w-]+)", (await http.get(ticket["page_url"])).text)

    opened = [open_capability("join", token, 2) for token in links]
    assert {ids[1] for ids in opened if ids} == await sessions(on_day_1=True)


async def test_link_to_another_day_opens_nothing(http: httpx.AsyncClient) -> None:
    [ticket] = (await register(http, wish(member(ticket_type="day-pass-1")))).json()["tickets"]

    for session in await sessions(on_day_1=False):
        token = capability("join", UUID(ticket["id"]), session)
        assert (await http.post(f"/api/v1/join/{token}")).status_code == 403


async def test_session_of_another_day_cannot_be_chosen(http: httpx.AsyncClient) -> None:
    theirs, others = sorted(await sessions(on_day_1=True)), sorted(await sessions(on_day_1=False))
    chosen = [str(theirs[0]), str(others[0])]

    answer = await register(http, wish(member(ticket_type="day-pass-1", sessions=chosen)))

    errors = [(e["field"], e["code"]) for e in answer.json()["errors"]]
    assert (answer.status_code, errors) == (422, [("party[0].sessions[1]", "not_covered")])
