"""The attendee's page, the form that knows who is signed in, and the texts one agrees to."""

import datetime as dt
import re
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access, consents
from app.people.roles import Role, Scope
from app.people.waiting import todos
from app.ticketing.registering import drafts, offers
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value
from tests.ticketing.organisers import draft, event
from tests.ticketing.pages.test_pages import fields, send
from tests.ticketing.wishes import member, register, wish

HTML = {"accept": "text/html"}
FORM = "/yokohama-2026/register"
PEOPLE = f"{FORM}?party=1"
"""The form with its people, past the choice of tickets."""


@pytest.fixture(autouse=True)
def _fresh() -> None:
    offers.forget()
    consents.forget()


async def attendee(email: str = "li.na@example.org") -> str:
    """Add an attendee's account with this address and return a token."""
    account = await access.add_account(role="attendee", label="Attendee", now=NOW, email=email)
    return await access.issue_token(account=account, now=NOW)


async def test_own_tickets_of_the_address_and_nobody_elses(app: Frame, http: httpx.AsyncClient) -> None:
    await register(http, wish(member(name="李娜"), member(name="小李")))
    await register(http, wish(member(name="Somebody Else"), email="else@example.org"))
    async with client(app, await attendee("LI.NA+x@example.org"), **HTML) as me:
        page = await me.get("/my")

    assert page.status_code == 200
    assert page.text.count('class="ticket__name"') == 2
    assert "小李" in page.text
    assert "Somebody Else" not in page.text
    assert "/ticket.pdf" in page.text
    assert "/calendar.ics" in page.text
    assert page.headers["cache-control"] == "private, no-store"


async def test_sessions_to_come_stand_in_order_with_their_doors(
    app: Frame, http: httpx.AsyncClient, clock: Clock
) -> None:
    await register(http, wish(member(ticket_type="online-pass")))
    async with client(app, await attendee(), **HTML) as me:
        now = await me.get("/my")
        clock.forward(days=30)
        later = await me.get("/my")
    assert "/join/" in now.text
    assert "What comes next" in now.text
    assert "/join/" not in later.text


async def test_code_comes_first_and_a_session_stands_once_for_the_party(app: Frame, http: httpx.AsyncClient) -> None:
    await register(http, wish(*(member(name=name, ticket_type="online-pass") for name in ("李娜", "小李", "王"))))
    async with client(app, await attendee(), **HTML) as me:
        page = (await me.get("/my")).text
    head, _, after = page.partition("What comes next")
    assert head.count('class="ticket__name"') == 3
    sessions = re.findall(r'<h3 class="timeline__title"[^>]*><a href="([^"]+)"', after)
    assert sessions
    assert len(set(sessions)) == len(sessions)
    assert after.count("/join/") == 3 * len(sessions)
    soon = await value(
        "SELECT count(DISTINCT s.id) FROM coverage o JOIN ticket_type y ON y.id = o.ticket_type"
        " JOIN session s ON s.event = o.event WHERE y.slug = 'online-pass' AND s.mode <> 'on_site'"
        " AND s.ends_at > $1 AND s.starts_at <= $1 + interval '24 hours'",
        NOW,
    )
    await fetch("DELETE FROM access_token")
    await fetch("DELETE FROM account")
    assert f"{soon} sessions come next." in await waiting("attendee", email="li.na@example.org")


async def test_without_tickets_the_page_says_what_to_do(app: Frame, rollback: None) -> None:
    async with client(app, await attendee("nobody@example.org"), **HTML) as me:
        page = await me.get("/my")
    assert "No tickets yet" in page.text
    assert 'href="/yokohama-2026/register"' in page.text


async def test_form_begun_and_not_sent_is_found_again(app: Frame, clock: Clock, rollback: None) -> None:
    account = await access.add_account(role="attendee", label="", now=NOW, email="li.na@example.org")
    draft = UUID(int=7)
    await drafts.keep(
        draft=draft, convention="yokohama-2026", form={"party": [{}, {}]}, language="en", account=account, now=NOW
    )
    async with client(app, await access.issue_token(account=account, now=NOW), **HTML) as me:
        page = (await me.get("/my")).text
        clock.forward(days=2)
        later = (await me.get("/my")).text
    address = f'href="{FORM}/{drafts.draft_token(draft)}"'
    assert address in page
    assert "2 people" in page
    assert address not in later


async def test_nobody_signed_in_has_no_page(http: httpx.AsyncClient) -> None:
    assert (await http.get("/my", headers=HTML)).status_code in {303, 401}


async def test_form_knows_who_is_signed_in_and_may_be_changed(app: Frame, http: httpx.AsyncClient) -> None:
    await register(http, wish(member(name="李娜", reading="Li Na", residence="SG")))
    async with client(app, await attendee(), **HTML) as me:
        page = await me.get(PEOPLE)
        other = await me.post(FORM, data=fields(email="friend@example.org", **{"party.0.name": "王"}))
    anonymous = await http.get(PEOPLE, headers=HTML)

    assert all(words in page.text for words in ('value="李娜"', 'value="Li Na"', 'value="li.na@example.org"'))
    assert '<option value="SG" selected>' in page.text
    assert "李娜" not in anonymous.text
    assert other.status_code == 303


async def test_each_text_has_its_own_unticked_box(http: httpx.AsyncClient) -> None:
    page = await http.get(PEOPLE, headers=HTML)
    for version in ("terms-2026", "news-2026"):
        assert f'name="consents" value="{version}"' in page.text
        assert f'value="{version}" checked' not in page.text

    kept = await send(http, {**fields(), "consents": "news-2026"})
    assert kept.status_code == 422
    assert 'value="news-2026" checked' in kept.text
    both = await send(http, {**fields(), "consents": ["terms-2026", "news-2026"]})
    assert both.status_code == 303
    rows = await fetch("SELECT text FROM consent ORDER BY text")
    assert [r["text"] for r in rows] == ["news-2026", "terms-2026"]


async def test_only_published_texts_can_be_agreed_to(http: httpx.AsyncClient, clock: Clock) -> None:
    await fetch(
        "INSERT INTO consent_text (id, purpose, version, required, title, body, created_at)"
        " VALUES (gen_random_uuid(), 'photos', 'photos-2026', true, '{}', '{}', $1)",
        NOW,
    )
    body = wish(consents=["terms-2026", "photos-2026"])
    early = await register(http, body)
    assert [(e["field"], e["code"]) for e in early.json()["errors"]] == [("consents", "unknown")]

    await fetch("UPDATE consent_text SET published_at = $1 WHERE version = 'photos-2026'", NOW)
    clock.forward(seconds=3)
    without = await register(http, wish())
    assert [(e["field"], e["code"]) for e in without.json()["errors"]] == [("consents", "required")]
    assert (await register(http, body)).status_code == 201


async def test_withdrawn_consent_is_given_anew_by_registering_again(http: httpx.AsyncClient) -> None:
    await register(http, wish(consents=["terms-2026", "news-2026"]))
    await fetch("UPDATE consent SET withdrawn_at = $1 WHERE text = 'news-2026'", NOW)
    await register(http, wish(consents=["terms-2026"]))
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'news-2026'") == NOW
    await register(http, wish(consents=["terms-2026", "news-2026"]))
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'news-2026'") is None


async def test_built_in_terms_stand_in_until_the_office_publishes_its_own(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE consent_text SET retired_at = $1", NOW)
    consents.forget()
    assert (await register(http, wish())).status_code == 201
    assert (await http.get(PEOPLE, headers=HTML)).text.count('name="consents"') == 1


async def test_built_in_terms_stand_in_beside_other_texts_of_the_office(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE consent_text SET retired_at = $1 WHERE purpose = 'terms'", NOW)
    consents.forget()
    assert (await http.get(PEOPLE, headers=HTML)).text.count('name="consents"') == 2
    assert (await register(http, wish(consents=["terms-2026", "news-2026"]))).status_code == 201


async def waiting(role: Role, scope: tuple[UUID, ...] | None = None, email: str | None = None) -> dict[str, str]:
    """Return what waits for a new account of a role: words and address."""
    account = await access.add_account(
        role=role,
        label=role,
        now=NOW,
        scope=Scope(organisers=scope),
        email=email,
    )
    principal = await access.by_token(await access.issue_token(account=account, now=NOW), NOW)
    return {t.words: t.address for t in await todos(principal, NOW)}


async def test_organiser_is_told_what_events_lack(http: httpx.AsyncClient) -> None:
    organiser = (await event())["organiser"]
    made = await draft(organiser=organiser)
    found = await waiting("organiser", (organiser,))
    assert found["1 draft is not published yet."] == f"/console/events/{made}"
    assert found["1 event has no ticket type yet."] == f"/console/events/{made}/tickets"
    assert found["1 event has no session yet."] == f"/console/events/{made}/sessions"
    assert found["1 event has no gate yet."] == f"/console/events/{made}/places"


async def test_places_that_run_out_are_told_from_ninety_percent(http: httpx.AsyncClient) -> None:
    one = await event()
    quota = "SELECT q.id FROM quota q JOIN session s ON s.id = q.session WHERE s.event = $1 ORDER BY q.slug LIMIT 1"
    await fetch(f"UPDATE quota SET capacity = 100, taken = 89 WHERE id = ({quota})", one["id"])
    assert "Places run out at 1 event." not in await waiting("organiser", (one["organiser"],))
    await fetch(f"UPDATE quota SET taken = 90 WHERE id = ({quota})", one["id"])
    found = await waiting("organiser", (one["organiser"],))
    assert found["Places run out at 1 event."] == f"/console/events/{one['id']}/tickets"


UNTOLD = "Guests of 1 canceled event have not been told."


async def test_whoever_can_write_to_the_guests_of_a_canceled_event_is_asked_to(http: httpx.AsyncClient) -> None:
    one = await event("oto-matsuri")
    cancel = "UPDATE event SET canceled_at = $2 WHERE id = $1"
    await fetch(cancel, one["id"], NOW)
    assert UNTOLD not in await waiting("organiser", (one["organiser"],)), "there are no guests"
    await register(http, wish(member(ticket_type="citywide-pass")))
    assert UNTOLD not in await waiting("organiser", (one["organiser"],)), "only the city knows them"
    place = f"/console/events/{one['id']}/messages/new"
    assert (await waiting("officer"))[UNTOLD] == place
    await fetch("UPDATE ticket_type SET organiser = $1 WHERE slug = 'citywide-pass'", one["organiser"])
    assert UNTOLD not in await waiting("officer")
    assert UNTOLD not in await waiting("organiser", (uuid4(),))
    assert (await waiting("organiser", (one["organiser"],)))[UNTOLD] == place

    await written(one["id"], NOW - dt.timedelta(seconds=1))
    assert UNTOLD in await waiting("organiser", (one["organiser"],)), "that was before"
    await written(one["id"], NOW)
    assert UNTOLD not in await waiting("organiser", (one["organiser"],))


async def written(event: UUID, sent_at: dt.datetime) -> None:
    """Send a message to the guests of an event."""
    sender = await access.add_account(role="organiser", label="organiser", now=NOW, scope=Scope())
    await fetch(
        "INSERT INTO message (id, event, kind, subject, body, account, recipients, created_at, sent_at)"
        " VALUES ($1, $2, 'service', '{}', '{}', $3, 1, $4, $4)",
        *(uuid4(), event, sender, sent_at),
    )


async def test_attendee_is_told_of_tickets_and_of_nothing_a_year_later(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(ticket_type="online-pass")))
    found = await waiting("attendee", email="li.na@example.org")
    assert found["You have 1 ticket to show."] == "/my"
    await fetch("UPDATE convention SET first_day = first_day - 400, last_day = last_day - 400")
    await fetch("UPDATE session SET starts_at = starts_at - $1::interval, ends_at = ends_at - $1::interval",
                dt.timedelta(days=400))  # fmt: skip
    await fetch("DELETE FROM access_token")
    await fetch("DELETE FROM account")
    assert await waiting("attendee", email="li.na@example.org") == {}


async def test_officer_is_told_of_people_whose_residence_nobody_knows(http: httpx.AsyncClient) -> None:
    await register(http, wish())
    assert "1 ticket holder has no residence and is not counted." not in await waiting("officer")
    await fetch("UPDATE ticket SET residence = NULL")
    await fetch("UPDATE person SET residence = NULL")
    assert (await waiting("officer"))["1 ticket holder has no residence and is not counted."] == "/office/kpi"
