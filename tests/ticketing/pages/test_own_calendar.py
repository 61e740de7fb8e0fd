"""The calendar that the holder of a ticket subscribes to."""

import re
from typing import Any

import httpx
from icalendar import Calendar

from app.core.db import fetch
from tests.clock import Clock
from tests.ticketing.wishes import member, register, wish

HTML = {"accept": "text/html"}


async def subscribed(http: httpx.AsyncClient, page_url: str) -> str:
    """Return the address of the calendar that the page of a ticket offers."""
    page = await http.get(page_url.partition("http://test")[2] or page_url, headers=HTML)
    found = re.search(r'"webcal://test(/calendars/private/[\w-]+\.ics)"', page.text)
    assert found is not None
    return found[1]


async def ticket_of(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await register(http, wish(party=[member()]))).json()["tickets"][0]
    return found


async def test_holder_subscribes_to_what_the_ticket_opens(http: httpx.AsyncClient) -> None:
    ticket = await ticket_of(http)
    path = await subscribed(http, ticket["page_url"])
    answer = await http.get(path, params={"lang": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "private, no-cache"
    events = Calendar.from_ical(answer.content).events
    covered = await fetch(
        "SELECT e.slug FROM ticket t JOIN coverage c ON c.ticket_type = t.ticket_type JOIN event e ON e.id = c.event"
        " WHERE t.id = $1",
        ticket["id"],
    )
    assert {str(one["uid"]) for one in events} == {f"{ticket['id']}-{row['slug']}@test" for row in covered}
    assert {str(one["status"]) for one in events} == {"CONFIRMED"}


async def test_calendar_leads_nobody_to_the_ticket(http: httpx.AsyncClient) -> None:
    ticket = await ticket_of(http)
    path = await subscribed(http, ticket["page_url"])
    text = (await http.get(path)).text
    token = ticket["page_url"].rpartition("/")[2]
    assert token not in text.replace("\r\n ", "")
    assert ticket["code"] not in text
    assert (await http.get(f"/tickets/{path.rpartition('/')[2].removesuffix('.ics')}")).status_code == 404


async def test_same_bytes_until_something_changes(http: httpx.AsyncClient, clock: Clock) -> None:
    path = await subscribed(http, (await ticket_of(http))["page_url"])
    first = await http.get(path)
    clock.forward(days=2)
    again = await http.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    await fetch("UPDATE event SET first_day = first_day + 1, revision = revision + 1 WHERE slug = 'yoxo-festival'")
    assert (await http.get(path)).headers["etag"] != first.headers["etag"]


async def test_canceled_ticket_stays_as_canceled_and_leaves_after_thirty_days(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    ticket = await ticket_of(http)
    path = await subscribed(http, ticket["page_url"])
    await fetch("UPDATE ticket SET state = 'canceled' WHERE id = $1", ticket["id"])
    assert {str(one["status"]) for one in Calendar.from_ical((await http.get(path)).content).events} == {"CANCELLED"}
    clock.forward(days=60)
    assert Calendar.from_ical((await http.get(path)).content).events == []


async def test_wrong_token_opens_nothing(http: httpx.AsyncClient) -> None:
    ticket = await ticket_of(http)
    page_token = ticket["page_url"].rpartition("/")[2]
    for name in ("nothing.ics", f"{page_token}.ics", "%00.ics", ".ics", "partners"):
        assert (await http.get(f"/calendars/private/{name}")).status_code == 404, name
