"""Rooms through HTTP: who is told the stream, what scanners of links do, questions and reactions."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance.online.questions import MOST_QUESTIONS, MOST_REACTIONS
from app.attendance.privacy import HOLDER
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.ticketing.tickets import join_token, page_token
from tests.attendance.factories import Made, ticket
from tests.attendance.online.test_presence import Viewer, session
from tests.clock import NOW, Clock
from tests.doors import value
from tests.events.consoles import at_desk

SECRET = "https://stream.example/behind-the-door"
HTML = {"accept": "text/html"}
LOOKS = (
    "/join/{token}",
    "/join/{token}?lang=ja",
    "/join/{token}?utm_source=mail",
    "/api/v1/join/{token}",
    "/room/{token}",
)
"""What a scanner of mails, a preview of a messenger, or a browser that fetches ahead asks for."""


@pytest.fixture
async def running(rollback: None) -> UUID:
    """A session on line that has just begun, with a secret stream."""
    found = await session()
    await fetch("UPDATE session SET stream_url = $2 WHERE id = $1", found, SECRET)
    return found


async def entered(http: httpx.AsyncClient, running: UUID, made: Made | None = None) -> Viewer:
    """Go in by the button; the page's room is `Viewer.room`."""
    made = made or await ticket()
    page = Viewer(http, join_token(ticket=made.id, session=running))
    assert (await http.post(f"/join/{page.token}")).headers["location"] == page.room
    return page


async def look(http: httpx.AsyncClient, running: UUID, *, visits: int) -> None:
    """Let scanners open every link of a mail, with every method that changes nothing."""
    page = Viewer(http, join_token(ticket=(await ticket()).id, session=running))
    for n in range(visits):
        path = LOOKS[n % len(LOOKS)].format(token=page.token)
        answer = await http.request("HEAD" if n % 7 == 0 else "GET", path, headers=HTML)
        assert answer.status_code in {200, 404, 405, 429}
        assert SECRET not in answer.text
    assert await value("SELECT count(*) FROM presence_interval") == 0
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_links_that_scanners_open_count_nobody(http: httpx.AsyncClient, running: UUID) -> None:
    await look(http, running, visits=100)


@pytest.mark.faults
async def test_a_thousand_visits_of_link_scanners_count_nobody(http: httpx.AsyncClient, running: UUID) -> None:
    await look(http, running, visits=1_000)


async def test_stream_is_told_to_whoever_entered_by_post(http: httpx.AsyncClient, running: UUID) -> None:
    made = await ticket()
    page = Viewer(http, join_token(ticket=made.id, session=running))
    assert SECRET not in (await http.get(f"/join/{page.token}")).text
    assert (await http.get(f"/room/{page.token}")).status_code == 404
    await entered(http, running, made)
    assert SECRET in (await http.get(page.room)).text
    assert (await http.post(f"/api/v1/join/{page.token}")).json()["stream_url"] == SECRET


async def test_room_is_kept_by_nobody_on_the_way(http: httpx.AsyncClient, running: UUID) -> None:
    page = await entered(http, running)
    shown = await http.get(page.room)
    assert shown.headers["cache-control"] == "private, no-store"
    assert 'name="robots" content="noindex"' in shown.text
    assert 'rel="noopener noreferrer"' in shown.text


async def test_stream_is_in_no_public_page_or_feed(http: httpx.AsyncClient, running: UUID) -> None:
    made = await ticket()
    row = await fetch_one(
        "SELECT c.slug, e.slug AS event, e.id, s.slug AS session FROM session s JOIN event e ON e.id = s.event"
        " JOIN convention c ON c.id = e.convention WHERE s.id = $1",
        running,
    )
    assert row is not None
    convention, own = row["slug"], page_token(made.id)
    for path in (
        "/",
        f"/{convention}",
        f"/{convention}?view=timetable&day=all",
        f"/{convention}/events/{row['event']}",
        f"/{convention}/sessions/{running}",
        f"/{convention}/sessions/{row['session']}",
        f"/calendars/{convention}.ics",
        f"/calendars/{convention}/{row['event']}.ics",
        f"/api/v1/conventions/{convention}",
        f"/api/v1/conventions/{convention}/events?limit=100",
        f"/api/v1/events/{row['id']}",
        f"/tickets/{own}",
        f"/tickets/{own}/calendar.ics",
        "/search?q=stream.example",
        "/sitemap.xml",
    ):
        answer = await http.get(path, headers=HTML)
        assert answer.status_code == 200 or path.endswith((row["session"], str(running))), path
        assert "stream.example/behind" not in answer.text, path


async def test_question_is_sealed_and_shown_to_its_asker(http: httpx.AsyncClient, running: UUID) -> None:
    mine, theirs = await entered(http, running), await entered(http, running)
    sent = await http.post(f"{mine.room}/questions", data={"words": "How many bridges?"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{mine.room}?done=asked")
    assert "How many bridges?" in (await http.get(mine.room)).text
    assert "How many bridges?" not in (await http.get(theirs.room)).text
    row = await fetch_one("SELECT sealed FROM room_question")
    assert row is not None
    assert b"bridges" not in row["sealed"]


async def test_form_sent_twice_asks_once(http: httpx.AsyncClient, running: UUID) -> None:
    page = await entered(http, running)
    form = {"words": "Why?", "form": str(uuid4())}
    for _ in range(2):
        assert (await http.post(f"{page.room}/questions", data=form)).status_code == 303
    assert await value("SELECT count(*) FROM room_question") == 1
    await http.post(f"{page.room}/questions", data={**form, "words": "Why not?"})
    assert await value("SELECT count(*) FROM room_question") == 2


@pytest.mark.parametrize("words", ["", "   ", "x" * 201])
async def test_question_that_is_none_comes_back(http: httpx.AsyncClient, running: UUID, words: str) -> None:
    page = await entered(http, running)
    sent = await http.post(f"{page.room}/questions", data={"words": words})
    assert sent.status_code == 422
    assert "aria-invalid" in sent.text
    assert await value("SELECT count(*) FROM room_question") == 0


async def test_one_ticket_asks_so_many_questions(http: httpx.AsyncClient, running: UUID) -> None:
    page, other = await entered(http, running), await entered(http, running)
    for n in range(MOST_QUESTIONS):
        assert (await http.post(f"{page.room}/questions", data={"words": f"Question {n}"})).status_code == 303
    refused = await http.post(f"{page.room}/questions", data={"words": "One more"})
    assert refused.status_code == 422
    assert "leave some room for others" in refused.text
    assert (await http.post(f"{other.room}/questions", data={"words": "Mine"})).status_code == 303
    assert await value("SELECT count(*) FROM room_question") == MOST_QUESTIONS + 1


async def test_reactions_are_counted_and_name_nobody(http: httpx.AsyncClient, running: UUID, clock: Clock) -> None:
    page = await entered(http, running)
    for _ in range(3):
        sent = await http.post(f"{page.room}/reactions", data={"reaction": "applause"})
        assert sent.headers["location"] == f"{page.room}?done=reacted"
    assert (await http.post(f"{page.room}/reactions", data={"reaction": "boo"})).status_code == 422
    rows = [tuple(row) for row in await fetch("SELECT session, kind, given FROM room_reaction")]
    assert rows == [(running, "applause", 3)]
    for _ in range(MOST_REACTIONS - 3):
        await http.post(f"{page.room}/reactions", data={"reaction": "heart"})
    assert (await http.post(f"{page.room}/reactions", data={"reaction": "heart"})).status_code == 429
    clock.forward(minutes=1)
    assert (await http.post(f"{page.room}/reactions", data={"reaction": "heart"})).status_code == 303


async def test_room_that_is_over_takes_nothing(http: httpx.AsyncClient, running: UUID, clock: Clock) -> None:
    page = await entered(http, running)
    clock.forward(minutes=60)
    assert (await http.post(f"{page.room}/questions", data={"words": "Late"})).status_code == 410
    assert (await http.post(f"{page.room}/reactions", data={"reaction": "heart"})).status_code == 410
    assert "data-talk" not in (await http.get(page.room)).text


async def test_forms_of_the_room_work_without_scripts(http: httpx.AsyncClient, running: UUID) -> None:
    page = await entered(http, running)
    shown = (await http.get(page.room)).text
    assert f'method="post" action="{page.room}/questions"' in shown
    assert f'method="post" action="{page.room}/reactions"' in shown
    for kind in ("applause", "heart", "laugh", "surprise"):
        assert f'name="reaction" value="{kind}"' in shown


async def test_join_token_opens_no_form_of_the_room(http: httpx.AsyncClient, running: UUID) -> None:
    page = await entered(http, running)
    assert (await http.post(f"/room/{page.token}/questions", data={"words": "x"})).status_code == 404
    assert (await http.post(f"/room/{page.token}/reactions", data={"reaction": "heart"})).status_code == 404


@pytest.fixture
async def desk(app: Frame, running: UUID) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A browser of the session's organiser, and the address of the page of questions."""
    row = await fetch_one(
        "SELECT e.id, e.organiser FROM session s JOIN event e ON e.id = s.event WHERE s.id = $1", running
    )
    assert row is not None
    async with at_desk(app, row["organiser"]) as found:
        yield found, f"/console/events/{row['id']}/sessions/{running}/room"


async def test_organiser_sees_answers_and_hides(
    http: httpx.AsyncClient, running: UUID, desk: tuple[httpx.AsyncClient, str]
) -> None:
    browser, address = desk
    page = await entered(http, running, await ticket(name="Hidden Name"))
    await http.post(f"{page.room}/questions", data={"words": "How many bridges?"})
    await http.post(f"{page.room}/reactions", data={"reaction": "heart"})
    shown = (await browser.get(address)).text
    assert "How many bridges?" in shown
    assert "Hidden Name" not in shown
    assert re.search(r"Love it: <span class=\"number\">1<", shown)
    question = str(await value("SELECT id FROM room_question"))
    for deed, column, is_set in (
        ("answered", "answered_at", True),
        ("open", "answered_at", False),
        ("hidden", "hidden_at", True),
        ("shown", "hidden_at", False),
    ):
        sent = await browser.post(address, data={"question": question, "deed": deed})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{address}?done={deed}")
        assert await value(f"SELECT {column} IS NOT NULL FROM room_question") == is_set
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", question)
    assert [row["action"] for row in rows] == [f"room_question.{d}" for d in ("answered", "open", "hidden", "shown")]


async def test_answered_question_is_told_to_its_asker(
    http: httpx.AsyncClient, running: UUID, desk: tuple[httpx.AsyncClient, str]
) -> None:
    browser, address = desk
    page = await entered(http, running)
    await http.post(f"{page.room}/questions", data={"words": "When?"})
    assert "Answered" not in (await http.get(page.room)).text
    question = str(await value("SELECT id FROM room_question"))
    await browser.post(address, data={"question": question, "deed": "answered"})
    assert "Answered" in (await http.get(page.room)).text


async def test_question_of_another_session_is_not_found(
    http: httpx.AsyncClient, running: UUID, desk: tuple[httpx.AsyncClient, str]
) -> None:
    browser, address = desk
    page = await entered(http, running)
    await http.post(f"{page.room}/questions", data={"words": "When?"})
    question = str(await value("SELECT id FROM room_question"))
    await fetch("UPDATE room_question SET session = (SELECT id FROM session WHERE id <> $1 LIMIT 1)", running)
    assert (await browser.post(address, data={"question": question, "deed": "hidden"})).status_code == 404
    assert "When?" not in (await browser.get(address)).text


async def test_other_organisers_find_nothing(app: Frame, http: httpx.AsyncClient, running: UUID) -> None:
    row = await fetch_one(
        "SELECT e.id, (SELECT o.id FROM organiser o WHERE o.id <> e.organiser LIMIT 1) AS other"
        " FROM session s JOIN event e ON e.id = s.event WHERE s.id = $1",
        running,
    )
    assert row is not None
    page = await entered(http, running)
    await http.post(f"{page.room}/questions", data={"words": "When?"})
    question = str(await value("SELECT id FROM room_question"))
    address = f"/console/events/{row['id']}/sessions/{running}/room"
    async with at_desk(app, row["other"]) as browser:
        assert (await browser.get(address)).status_code == 404
        assert (await browser.post(address, data={"question": question, "deed": "hidden"})).status_code == 404
    assert await value("SELECT hidden_at FROM room_question") is None


async def test_erased_persons_questions_are_gone(
    http: httpx.AsyncClient, running: UUID, desk: tuple[httpx.AsyncClient, str]
) -> None:
    browser, address = desk
    made = await ticket()
    page = await entered(http, running, made)
    await http.post(f"{page.room}/questions", data={"words": "Forget me?"})
    await fetch("UPDATE person SET key = NULL, erased_at = $2 WHERE id = $1", made.person, NOW + dt.timedelta(days=1))
    shown = await browser.get(address)
    assert shown.status_code == 200
    assert "Forget me?" not in shown.text


async def test_asker_is_told_what_is_held(http: httpx.AsyncClient, running: UUID) -> None:
    made, other = await ticket(), await ticket()
    page = await entered(http, running, made)
    await http.post(f"{page.room}/questions", data={"words": "Held?"})
    files = {file.name: file.content for file in await HOLDER.export([made.person])}
    assert [(one["words"], one["session"]) for one in files["room_questions.json"]] == [("Held?", running)]
    nothing = {file.name: file.content for file in await HOLDER.export([other.person])}
    assert nothing["room_questions.json"] == []
