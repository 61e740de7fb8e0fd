"""What entries hold about persons: given out, forgotten, corrected nowhere else, cleared in time."""

import datetime as dt
from uuid import UUID

import httpx
import msgspec

from app.awards.entering import members, personal
from app.core.retention import KEPT, clear
from app.people import persons
from app.people.erasure import erase
from app.people.holders import Trace
from app.people.schemas import Details
from tests.awards import planting
from tests.awards.entering.entrants import (
    HTML,
    TEXTS,
    entered,
    entry_of,
    hand_in,
    mails_promised,
    pair,
    planted,
    sign,
    state,
    write,
)
from tests.clock import NOW, Clock
from tests.doors import value

UNFINISHED = next(kept for kept in KEPT if kept.purpose == "unfinished-entries")


async def person(organisation: str) -> UUID:
    return UUID(str(await value("SELECT person FROM entry_member WHERE organisation = $1", organisation)))


async def test_persons_get_what_entries_hold_about_them(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await sign(http, other)
    files = {file.name: file.content for file in await personal.export([await person("Fjordvarme ApS")])}
    (entry,) = files["award_entries.json"]
    assert (entry["organisation"], entry["state"], entry["number"]) == ("Fjordvarme ApS", "submitted", 1)
    assert entry["handed_in"]["texts"]["title"]["en"]["text"] == TEXTS["title"]
    assert [mail["purpose"] for mail in files["award_mails.json"]] == ["invited", "sign", "submitted"]
    msgspec.json.encode(files, enc_hook=str)


async def test_a_draft_ends_with_the_person_who_leads_it(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await personal.erase([await person("Minato Heat K.K.")], NOW)
    assert await state(lead) == "withdrawn"
    assert await value("SELECT draft FROM award_entry") == "{}"
    assert await mails_promised("started") == 0
    assert (await http.get(other, headers=HTML)).status_code == 200


async def test_what_was_handed_in_stays_without_the_person(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await sign(http, other)
    who = await person("Fjordvarme ApS")
    await erase(persons=[who], actor="attendee", now=NOW)
    assert await state(lead) == "submitted"
    entry = entry_of(lead)
    assert (await members.parties([entry]))[entry].persons == ("Sato Aoi",)
    assert (await members.parties([entry]))[entry].organisations == ("Minato Heat K.K.", "Fjordvarme ApS")
    assert (await http.get(other, headers=HTML)).status_code == 404
    assert (await http.get(lead, headers=HTML)).status_code == 200


async def test_who_read_names_is_found_again(http: httpx.AsyncClient) -> None:
    award, category = await planted()
    entry = await planting.entry(category)
    elsewhere = await planting.entry(await planting.category(await planting.award("other-2026")))
    token = await planting.secretary(award)
    account = UUID(str(await value("SELECT account FROM access_token ORDER BY created_at DESC LIMIT 1")))
    trace = Trace("account", account, NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1))
    assert await personal.reached(trace) == set()
    await http.get("/awards/green-2026/entries", headers={"authorization": f"Bearer {token}", **HTML})
    assert await personal.reached(trace) == set(entry.persons)
    assert not set(elsewhere.persons) & await personal.reached(trace)


async def test_what_was_never_handed_in_goes_in_time(http: httpx.AsyncClient, clock: Clock) -> None:
    await planted()
    lead, other = await pair(http)
    done = await entered(http, email="done@example.org", name="Done")
    await write(http, done)
    await hand_in(http, done)
    await hand_in(http, lead)  # a version that the partner never signed
    assert (await http.get(other, headers=HTML)).status_code == 200
    closed = NOW + dt.timedelta(days=1)
    assert await clear(UNFINISHED, days=60, now=closed + dt.timedelta(days=59)) == 0
    assert await clear(UNFINISHED, days=60, now=closed + dt.timedelta(days=61)) == 1
    assert await value("SELECT array_agg(number) FROM award_entry") == [2]
    assert await value("SELECT count(*) FROM entry_version") == 1
    clock.forward(days=1)
    assert (await http.get(lead, headers=HTML)).status_code == 404


async def test_an_entrant_is_kept_while_the_convention_of_the_award_is_to_come(http: httpx.AsyncClient) -> None:
    await planted()
    await entered(http)
    details = next(kept for kept in KEPT if kept.purpose == "person-details")
    await value("UPDATE person SET created_at = $1 RETURNING id", NOW - dt.timedelta(days=900))
    assert await clear(details, days=400, now=NOW) == 0
    assert await value("SELECT count(*) FROM person WHERE erased_at IS NULL") == 1
    assert await clear(details, days=400, now=NOW + dt.timedelta(days=500)) == 1


async def test_meeting_somebody_twice_is_one_person(rollback: None) -> None:
    first = await persons.meet(Details("Sato Aoi", "aoi@minato.example"), now=NOW)
    assert await persons.meet(Details("SATO  Aoi", "Aoi+award@minato.example"), now=NOW) == first
    assert await persons.meet(Details("Sato Rei", "aoi@minato.example"), now=NOW) != first
    assert await value("SELECT residence FROM person WHERE id = $1", first) is None
