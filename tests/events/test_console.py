"""The organiser's console: an event from its first draft to the end."""

import re
from uuid import UUID

import msgspec
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.events import queries
from tests.clock import NOW, Clock
from tests.doors import value
from tests.events.consoles import actions, at_desk, draft, row, two

pytestmark = pytest.mark.usefixtures("http")


async def test_title_in_one_language_is_enough(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine, "Night market & Café")
        made = await row("event", event)
        assert (made["slug"], made["revision"], made["kpi_scope"], made["published_at"]) == (
            "night-market-and-cafe",
            0,
            "linked",
            None,
        )
        assert [str(made[day]) for day in ("first_day", "last_day")] == ["2026-11-21", "2026-11-24"]
        page = await desk.get(f"/console/events/{event}?done=created")
        assert "Your draft is there." in page.text
        assert "There is no session yet." in page.text
        again = await draft(desk, mine, "Night market & Café")
        assert (await row("event", again))["slug"] == "night-market-and-cafe-2"
    assert await actions(event) == ["event.create"]


@pytest.mark.parametrize(
    ("titles", "slug"),
    [({"title.ja": "ナイトマーケット"}, "naitomaketto"), ({"title.ja": "夜市", "title.de": "Größe"}, "grosse")],
)
async def test_address_is_proposed_from_any_language(app: Frame, titles: dict[str, str], slug: str) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        assert (await row("event", await draft(desk, mine, "", **titles)))["slug"] == slug
        kanji = await row("event", await draft(desk, mine, "", **{"title.ja": "夜市"}))
        assert kanji["slug"] == await value("SELECT slug FROM organiser WHERE id = $1", mine)


async def test_wrong_fields_come_back_with_what_was_typed(app: Frame) -> None:
    mine, other = await two()
    async with at_desk(app, mine) as desk:
        form = {
            "convention": str(await value("SELECT id FROM convention")),
            "organiser": str(mine),
            "title.ko": "야시장",
            "first_day": "2026-11-30",
            "last_day": "2026-11-01",
            "venue": str(mine),
            "mode": "hybrid",
        }
        answer = await desk.post("/console/events/new", data=form)
        assert answer.status_code == 422
        for words in ('href="#first_day"', 'href="#last_day"', 'href="#venue"', "야시장", 'value="2026-11-30"'):
            assert words in answer.text
        foreign = await desk.post("/console/events/new", data={**form, "organiser": str(other)})
        unknown = await desk.post("/console/events/new", data={**form, "organiser": str(form["convention"])})
        assert foreign.status_code == unknown.status_code == 422
        assert await value("SELECT count(*) FROM event WHERE published_at IS NULL") == 0


async def test_form_of_a_new_event_sent_twice_leads_to_one_draft(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        found = re.search(r'name="form" value="([0-9a-f-]{36})"', (await desk.get("/console/events/new")).text)
        assert found is not None
        wrong = await desk.post("/console/events/new", data={"form": found[1], "title.en": "Night market"})
        assert (wrong.status_code, found[1] in wrong.text) == (422, True)
        first = await draft(desk, mine, form=found[1])
        assert await draft(desk, mine, form=found[1]) == first
        assert await draft(desk, mine, "Day market", form=found[1]) != first
        assert await actions(first) == ["event.create"]


async def test_draft_is_nowhere_until_it_is_published(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        places = (
            "/yokohama-2026?day=all",
            "/api/v1/conventions/yokohama-2026/events",
            "/calendars/yokohama-2026.ics",
            "/api/v1/conventions/yokohama-2026",
        )
        for path in places:
            assert "Night market" not in (await desk.get(path)).text, path
        for path in ("/yokohama-2026/events/night-market", "/api/v1/events/night-market", f"/api/v1/events/{event}"):
            assert (await desk.get(path)).status_code == 404, path
        assert (await desk.post(f"/console/events/{event}/publish")).headers["location"].endswith("?done=published")
        for path in (*places, "/yokohama-2026/events/night-market", f"/api/v1/events/{event}"):
            assert "Night market" in (await desk.get(path)).text, path
        assert (await desk.post(f"/console/events/{event}/publish")).status_code == 409
        await desk.post(f"/console/events/{event}/unpublish")
        assert (await desk.get("/yokohama-2026/events/night-market")).status_code == 404
    made = await row("event", event)
    assert (made["revision"], made["published_at"]) == (2, None)
    assert await actions(event) == ["event.create", "event.publish", "event.unpublish"]


async def test_texts_are_saved_in_all_languages_and_the_change_is_told(app: Frame, clock: Clock) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        clock.forward(minutes=5)
        form = {"seen": "0", "title.en": "Night market", "title.zh-Hans": "夜市", "summary.th": "ตลาดกลางคืน"}
        answer = await desk.post(f"/console/events/{event}/texts", data={**form, "description.ja": "一\r\n\r\n二"})
        assert answer.headers["location"] == f"/console/events/{event}/texts?done=saved"
        made = await row("event", event)
        assert msgspec.json.decode(str(made["title"])) == {"en": "Night market", "zh-Hans": "夜市"}
        assert msgspec.json.decode(str(made["description"])) == {"ja": "一\n\n二"}
        assert (made["revision"], made["changed_at"]) == (1, clock.moment)
        page = (await desk.get(f"/console/events/{event}/texts")).text
        assert 'value="夜市"' in page
        assert "see this instead:" in page
        told = (await desk.get(f"/console/events/{event}/history")).text
        assert "Texts changed" in told
        assert "Title (zh-Hans): <ins>夜市</ins>" in told
        assert "by You" in told
        assert (await desk.post(f"/console/events/{event}/texts", data={"seen": "1"})).status_code == 422


async def test_who_saves_too_late_sees_both_and_loses_nothing(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk, at_desk(app, role="officer") as officer:
        event = await draft(desk, mine)
        path = f"/console/events/{event}/texts"
        await officer.post(path, data={"seen": "0", "title.en": "Night bazaar", "summary.en": "By the water."})
        late = await desk.post(path, data={"seen": "0", "title.en": "Evening market", "title.de": "Abendmarkt"})
        assert late.status_code == 409
        assert "Title (en): Stored now: “Night bazaar”." in late.text
        for words in ('value="Evening market"', 'value="Abendmarkt"', "Night bazaar", "By the water.", 'value="1"'):
            assert words in late.text
        assert msgspec.json.decode(str((await row("event", event))["title"])) == {"en": "Night bazaar"}
        again = await desk.post(path, data={"seen": "1", "title.en": "Evening market"})
        assert again.status_code == 303
        told = (await desk.get(f"/console/events/{event}/history")).text
        assert "by The city&#39;s office" in told
        assert "<del>Night bazaar</del>" in told


async def test_details_are_changed_and_checked(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk, at_desk(app, role="officer") as officer:
        event = await draft(desk, mine)
        venue = await value("SELECT id FROM venue WHERE organiser IS NULL LIMIT 1")
        path = f"/console/events/{event}/details"
        form = {"first_day": "2026-11-22", "last_day": "2026-11-23", "mode": "online", "kpi_scope": "core"}
        more = {"seen": "0", "slug": "the-night", "tags": "music、 family, music", "venue": str(venue)}
        assert (await desk.post(path, data={**form, **more})).status_code == 303
        made = await row("event", event)
        assert (made["slug"], made["mode"], made["venue"], made["kpi_scope"]) == (
            "the-night",
            "online",
            venue,
            "linked",
        )
        assert msgspec.json.decode(str(made["tags"])) == ["music", "family"]
        await officer.post(path, data={**form, "seen": "1", "slug": "the-night"})
        assert (await row("event", event))["kpi_scope"] == "core"
        taken = await desk.post(path, data={**form, "seen": "2", "slug": "yoxo-festival"})
        assert taken.status_code == 422
        assert "Another event of this convention has this address." in taken.text
        await desk.post(f"/console/events/{event}/publish")
        await desk.post(path, data={**form, "seen": "3", "slug": "another"})
        assert (await row("event", event))["slug"] == "the-night"


async def test_canceled_event_stays_marked_everywhere(app: Frame, clock: Clock) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = {
            "title.en": "Lanterns",
            "day": "2026-11-21",
            "from_time": "18:00",
            "to_time": "19:00",
            "mode": "online",
        }
        await desk.post(f"/console/events/{event}/sessions/new", data=session)
        assert (await desk.post(f"/console/events/{event}/cancel")).status_code == 409
        await desk.post(f"/console/events/{event}/publish")
        calendar = "/calendars/yokohama-2026/night-market.ics"
        before = (await desk.get(calendar)).text
        assert before.count("STATUS:CONFIRMED") == 2
        clock.forward(hours=1)
        assert "Cancel “Night market”?" in (await desk.get(f"/console/events/{event}/cancel")).text
        await desk.post(f"/console/events/{event}/cancel")
        after = (await desk.get(calendar)).text
        assert (after.count("STATUS:CANCELLED"), after.count("STATUS:CONFIRMED")) == (2, 0)
        assert ("SEQUENCE:2" in after, "SEQUENCE:1" in after) == (True, True)
        page = (await desk.get("/yokohama-2026/events/night-market")).text
        assert page.count("https://schema.org/EventCancelled") == 2
        assert "canceled" in page.lower()
        shown = (await desk.get("/api/v1/events/night-market")).json()
        assert (shown["canceled"], shown["sessions"][0]["canceled"]) == (True, True)
        await desk.post(f"/console/events/{event}/reinstate")
        again = (await desk.get(calendar)).text
        assert again.count("STATUS:CONFIRMED") == 2
        assert "SEQUENCE:3" in again
    assert (await row("event", event))["revision"] == 3


async def test_draft_is_deleted_with_all_that_is_its_own(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = {
            "title.en": "Lanterns",
            "day": "2026-11-21",
            "from_time": "18:00",
            "to_time": "19:00",
            "mode": "online",
        }
        await desk.post(f"/console/events/{event}/sessions/new", data={**session, "capacity": "20"})
        venue = str(await value("SELECT id FROM venue WHERE organiser IS NULL LIMIT 1"))
        await desk.post(f"/console/events/{event}/places/gates/new", data={"name.en": "East", "venue": venue})
        assert "cannot be taken back" in (await desk.get(f"/console/events/{event}/delete")).text
        answer = await desk.post(f"/console/events/{event}/delete")
        assert answer.headers["location"] == "/console?done=removed"
        for table in ("session", "gate"):
            assert await value(f"SELECT count(*) FROM {table} WHERE event = $1", event) == 0
        assert (await desk.get(f"/console/events/{event}")).status_code == 404


async def test_draft_that_a_ticket_type_opens_is_not_deleted(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await fetch(
            "INSERT INTO coverage (id, ticket_type, event) SELECT gen_random_uuid(), id, $1 FROM ticket_type LIMIT 1",
            event,
        )
        answer = await desk.post(f"/console/events/{event}/delete")
        assert answer.status_code == 409
        assert "Remove them first." in answer.text
        assert (await row("event", event))["slug"] == "night-market"


async def test_published_event_is_not_deleted(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await desk.post(f"/console/events/{event}/publish")
        assert (await desk.post(f"/console/events/{event}/delete")).status_code == 409


async def test_home_lists_own_events_by_time(app: Frame, clock: Clock) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        page = (await desk.get("/console")).text
        assert f'href="/console/events/{event}"' in page
        assert "Now and next" in page
        assert "Nothing found" in (await desk.get("/console?q=zebra%25")).text
        assert "Night market" in (await desk.get("/console?q=MARKET")).text
        clock.moment = NOW.replace(year=2027)
        assert "Now and next" not in (await desk.get("/console")).text
        assert "No convention to come" in (await desk.get("/console/events/new")).text


async def test_organiser_without_events_is_told_what_to_do(app: Frame) -> None:
    fresh = await value(
        "INSERT INTO organiser (id, slug, name, url) VALUES (gen_random_uuid(), 'new', '{}', '') RETURNING id"
    )
    async with at_desk(app, fresh) as desk:  # type: ignore[arg-type]
        page = (await desk.get("/console")).text
        assert "No event yet" in page
        assert 'href="/console/events/new"' in page


async def test_event_to_which_people_hold_tickets_cannot_vanish(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await desk.post(f"/console/events/{event}/publish")
        await fetch(
            "INSERT INTO coverage (id, ticket_type, event) SELECT gen_random_uuid(), id, $1 FROM ticket_type LIMIT 1",
            event,
        )
        await fetch("SET LOCAL session_replication_role = replica")
        await fetch(
            "INSERT INTO ticket (id, registration, person, ticket_type, position, serial, state, code_digest,"
            " created_at) SELECT id, id, id, ticket_type, 0, 1, 'valid', '', $2 FROM coverage WHERE event = $1",
            event,
            NOW,
        )
        await fetch("SET LOCAL session_replication_role = DEFAULT")
        answer = await desk.post(f"/console/events/{event}/unpublish")
        assert answer.status_code == 409
        assert "Cancel it instead" in answer.text
        assert (await row("event", event))["published_at"] == NOW


async def test_demo_events_open_in_every_form(app: Frame) -> None:
    """What is stored fits the forms, whatever it is."""
    async with at_desk(app, role="officer") as officer:
        for found in await fetch("SELECT id FROM event"):
            for below in ("", "/details", "/texts", "/sessions", "/places", "/preview", "/history"):
                assert (await officer.get(f"/console/events/{found['id']}{below}")).status_code == 200


async def test_search_looks_at_words_and_not_at_languages(app: Frame) -> None:
    async with at_desk(app, role="officer") as officer:
        assert "YOXO" in (await officer.get("/console?q=yoxo")).text
        assert "Nothing found" in (await officer.get("/console?q=zh-Hans")).text


async def test_what_is_refused_is_said_on_the_page_of_the_event(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        for step in ("unpublish", "cancel", "reinstate"):
            refused = await desk.post(f"/console/events/{event}/{step}")
            assert refused.status_code == 409
            assert "This has changed in the meantime; please look at it again." in refused.text
            assert f'action="/console/events/{event}/publish"' in refused.text, "one can go on from here"


async def test_history_of_one_event_is_found_by_an_index() -> None:
    await fetch("SET LOCAL enable_seqscan = off")
    plan = await fetch(f"EXPLAIN {queries._HISTORY}", f"event:{UUID(int=1)}", 2**62, 31)
    assert any("audit_entry_subject" in line for (line,) in plan), plan
