"""The office: conventions, the city's venues, organisers."""

import re

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.policy import POLICY
from tests.doors import value
from tests.events.consoles import at_desk, draft, row, two

pytestmark = pytest.mark.usefixtures("http")
NEXT = {
    "slug": "yokohama-2027",
    "number": "28",
    "zone": "Asia/Tokyo",
    "title.ja": "横浜二〇二七",
    "first_day": "2027-11-20",
    "last_day": "2027-11-23",
}


async def test_next_convention_takes_its_venues_from_the_last_one(app: Frame) -> None:
    last = await value("SELECT id FROM convention")
    mine, _other = await two()
    await fetch("UPDATE venue SET organiser = $1 WHERE slug = 'yoxo-box'", mine)
    async with at_desk(app, role="officer") as officer, at_desk(app, mine) as desk:
        form = (await officer.get("/office/conventions/new")).text
        for words in ('value="yokohama-2027"', 'value="Asia/Tokyo"', f'value="{last}" selected'):
            assert words in form
        answer = await officer.post("/office/conventions/new", data={**NEXT, "venues_of": str(last)})
        made = await value("SELECT id FROM convention WHERE slug = 'yokohama-2027'")
        assert answer.headers["location"] == f"/office/conventions/{made}?done=added"
        kept = "SELECT count(*) FROM venue WHERE convention = $1 AND organiser IS NULL"
        assert await value(kept, made) == await value(kept, last) == 9
        assert await value("SELECT count(*) FROM venue WHERE convention = $1", made) == 9
        for path in ("/yokohama-2027", "/api/v1/conventions/yokohama-2027", "/calendars/yokohama-2027.ics"):
            assert (await desk.get(path)).status_code == 404
        assert "2027" not in (await desk.get("/console/events/new")).text
        assert f'value="{made}"' in (await officer.get("/console/events/new")).text
        published = await officer.post(f"/office/conventions/{made}/publish")
        assert published.headers["location"].endswith("?done=published")
        assert (await desk.get("/yokohama-2027")).status_code == 200
        assert f'value="{made}"' in (await desk.get("/console/events/new")).text
        assert (await officer.post(f"/office/conventions/{made}/publish")).status_code == 409
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"convention:{made}")
    assert [r["action"] for r in rows] == ["convention.create", "convention.publish"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "console"}, "slug"),
        ({"slug": "yokohama-2026"}, "slug"),
        ({"number": "0"}, "number"),
        ({"zone": "Europe/Berlin"}, "zone"),
        ({"zone": "Nowhere/At-all"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"last_day": "2027-11-19"}, "last_day"),
        ({"last_day": "2028-11-19"}, "last_day"),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, "first_day"),
        ({"first_day": "0001-01-01", "last_day": "0001-01-01"}, "first_day"),
        ({"title.ja": ""}, "title"),
        ({"venues_of": "018f0000-0000-7000-8000-000000000000"}, "venues_of"),
    ],
)
async def test_wrong_convention(app: Frame, wrong: dict[str, str], field: str) -> None:
    async with at_desk(app, role="officer") as officer:
        answer = await officer.post("/office/conventions/new", data={**NEXT, **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert await value("SELECT count(*) FROM convention") == 1


async def test_no_convention_takes_an_address_of_our_own(app: Frame) -> None:
    """The application does not start unless the policy names all of its routes, and no other."""
    ours = {first for route in POLICY if (first := route.split("/")[1]) and "{" not in first}
    assert {"board", "gate", "office", "count", "api", "console", "static"} <= ours
    async with at_desk(app, role="officer") as officer:
        for word in sorted(ours):
            answer = await officer.post("/office/conventions/new", data={**NEXT, "slug": word})
            assert answer.status_code == 422, word
            assert "End it with the year, such as yokohama-2027" in answer.text, word
    assert await value("SELECT count(*) FROM convention") == 1


async def test_convention_names_every_wrong_field_at_once(app: Frame) -> None:
    number = str(await value("SELECT number FROM convention"))
    wrong = {"slug": "yokohama-2026", "number": number, "zone": "Mars/Base", "last_day": "2027-11-19", "title.ja": ""}
    async with at_desk(app, role="officer") as officer:
        answer = await officer.post("/office/conventions/new", data={**NEXT, **wrong})
    assert set(re.findall(r'<li><a href="#([^"]+)">', answer.text)) == {"slug", "number", "zone", "last_day", "title"}


async def test_number_of_another_convention_is_taken(app: Frame) -> None:
    number = await value("SELECT number FROM convention")
    async with at_desk(app, role="officer") as officer:
        answer = await officer.post("/office/conventions/new", data={**NEXT, "number": str(number)})
    assert answer.status_code == 422
    assert 'href="#number"' in answer.text


async def test_convention_keeps_its_events_inside_its_days(app: Frame) -> None:
    convention = await value("SELECT id FROM convention")
    async with at_desk(app, role="officer") as officer:
        path = f"/office/conventions/{convention}"
        form = {"seen": "0", "title.en": "Changed", "first_day": "2026-11-22", "last_day": "2026-11-24"}
        answer = await officer.post(path, data=form)
        assert answer.status_code == 422
        assert "An event lies outside these days." in answer.text
        assert (await officer.post(path, data={**form, "first_day": "2026-11-20"})).status_code == 303
        assert "Changed" in (await officer.get("/yokohama-2026")).text
        late = await officer.post(path, data={**form, "first_day": "2026-11-20", "title.en": "Mine"})
        assert late.status_code == 409
        assert "Stored now: “Changed”." in late.text


async def test_officer_orders_the_events_of_the_programme(app: Frame) -> None:
    convention = await value("SELECT id FROM convention")
    order = "SELECT array_agg(slug ORDER BY position, slug) FROM event"
    before = await value(order)
    assert isinstance(before, list)
    ids = {r["slug"]: r["id"] for r in await fetch("SELECT id, slug FROM event")}
    base = f"/office/conventions/{convention}"
    async with at_desk(app, role="officer") as officer:
        page = (await officer.get(base)).text
        assert [slug for slug in before if f"/events/{ids[slug]}/move" in page] == before
        await fetch("UPDATE event SET position = 1")
        equal = sorted(before)
        second, last = f"{base}/events/{ids[equal[1]]}/move", f"{base}/events/{ids[equal[-1]]}/move"
        assert (await officer.post(second, data={"to": "earlier"})).headers["location"] == f"{base}?done=saved"
        assert (await officer.post(last, data={"to": "later"})).status_code == 303
        assert await value(order) == [equal[1], equal[0], *equal[2:]]
        shown = (await officer.get("/api/v1/conventions/yokohama-2026")).json()["events"]
        assert [e["slug"] for e in shown][:2] == [equal[1], equal[0]]
        made = (await officer.post("/office/conventions/new", data=NEXT)).headers["location"].partition("?")[0]
        assert (await officer.post(f"{made}/events/{ids[equal[1]]}/move", data={"to": "later"})).status_code == 404
        assert "No event yet" in (await officer.get(made)).text
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        assert (await desk.post(second, data={"to": "later"})).status_code == 403


async def test_venues_of_the_city(app: Frame) -> None:
    convention = await value("SELECT id FROM convention")
    async with at_desk(app, role="officer") as officer:
        path = f"/office/conventions/{convention}/venues"
        await officer.post(f"{path}/new", data={"name.en": "Lighthouse"})
        made = await value("SELECT id FROM venue WHERE slug = 'lighthouse'")
        assert (await row("venue", made))["organiser"] is None  # type: ignore[arg-type]
        assert 'value="Lighthouse"' in (await officer.get(f"{path}/{made}")).text
        await officer.post(f"{path}/{made}", data={"seen": "0", "name.en": "Beacon"})
        assert "Beacon" in (await officer.get(f"/office/conventions/{convention}")).text
        assert "Remove “Beacon”?" in (await officer.get(f"{path}/{made}/delete")).text
        assert (await officer.post(f"{path}/{made}/delete")).status_code == 303
        assert (await officer.get(f"{path}/{made}")).status_code == 404


async def test_organisers_are_added_and_changed(app: Frame) -> None:
    async with at_desk(app, role="officer") as officer:
        await officer.post("/office/organisers/new", data={"name.en": "Dance & Co", "url": "https://dance.example"})
        made = await value("SELECT id FROM organiser WHERE slug = 'dance-and-co'")
        path = f"/office/organisers/{made}"
        assert 'value="https://dance.example"' in (await officer.get(path)).text
        await officer.post(path, data={"seen": "0", "name.en": "Dance", "slug": "dance"})
        assert (await row("organiser", made))["slug"] == "dance"  # type: ignore[arg-type]
        taken = await value("SELECT slug FROM organiser WHERE id <> $1 LIMIT 1", made)
        answer = await officer.post(path, data={"seen": "1", "name.en": "Dance", "slug": str(taken)})
        assert answer.status_code == 422
        assert 'href="#slug"' in answer.text
        wrong = await officer.post("/office/organisers/new", data={"url": "javascript:alert(1)"})
        assert wrong.status_code == 422
        assert 'href="#url"' in wrong.text
        assert "Dance" in (await officer.get("/office/organisers")).text


async def test_officer_decides_what_counts_for_the_kpi_in_any_event(app: Frame) -> None:
    event = await value("SELECT id FROM event WHERE slug = 'yoxo-festival'")
    async with at_desk(app, role="officer") as officer:
        page = (await officer.get(f"/console/events/{event}/details")).text
        assert 'name="kpi_scope"' in page
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        own = await draft(desk, mine)
        assert 'name="kpi_scope"' not in (await desk.get(f"/console/events/{own}/details")).text
