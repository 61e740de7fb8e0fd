"""The figure through HTTP: exact numbers, what the public may see, and the edges of a year."""

import datetime as dt
from random import Random
from uuid import UUID

import httpx
import msgspec
import pytest

from app.attendance import ledger
from app.core.db import fetch_one
from app.kpi import figures, live
from app.kpi.counting import count
from app.kpi.fiscal import JST, bounds
from app.kpi.publishing.releasing import release
from tests.conftest import client
from tests.doors import token_for
from tests.kpi.ledgers import OPENING, YEAR, correction, event, manual, person, random_ledger, scan, stay, ticket
from tests.kpi.rows import write
from tests.ticketing.wishes import member, register, wish

FIGURE = "/api/v1/kpi/overseas-participants"
FIELDS = [
    "fiscal_year", "rule", "people", "on_site", "online", "both", "core_only", "visits", "participations",
    "registrations", "unknown_residence", "by_country", "sensitivity", "targets", "ledger_head", "frozen",
]  # fmt: skip


@pytest.fixture
async def officer(app, http):
    async with client(app, await token_for("officer")) as found:
        yield found


async def figure(asker: httpx.AsyncClient, year: int = YEAR) -> dict:
    answer = await asker.get(FIGURE, params={"fiscal_year": year})
    assert answer.status_code == 200
    return answer.json()


def row(country, region, people, on_site, online, both) -> dict:  # noqa: PLR0917
    return {
        "country": country, "region": region, "people": people, "on_site": on_site, "online": online, "both": both,
    }  # fmt: skip


async def test_empty_year(http):
    assert await figure(http, 2031) == {
        "fiscal_year": 2031,
        "rule": "kpi2-v1",
        "people": 0,
        "on_site": 0,
        "online": 0,
        "both": 0,
        "core_only": 0,
        "visits": 0,
        "participations": 0,
        "registrations": 0,
        "unknown_residence": 0,
        "by_country": [],
        "sensitivity": {"0": 0, "1": 0, "10": 0, "30": 0},
        "targets": None,
        "ledger_head": "0" * 64,
        "frozen": None,
        "by_country_of": None,
    }


async def test_every_number(officer):
    await write([
        scan(0, 1),  # on site and, the next two, on line: one person
        stay(0, 1, minutes=15),
        scan(0, 1, event=event(2), scope="core"),
        stay(0, 2, minutes=5, residence="KR"),  # below the threshold
        stay(0, 3, minutes=31, residence="KR"),
        manual(0, 4, residence="DE"),
        scan(0, 5, residence=None),
        scan(0, 6, residence="JP"),
        scan(0, 7, role="exhibitor", residence="TH"),
        scan(0, 8, scope="out"),
    ])  # fmt: skip
    found = await figure(officer)
    assert list(found) == FIELDS
    assert found["by_country"] == [
        row("DE", "150", 1, 1, 0, 0),
        row("KR", "142", 1, 0, 1, 0),
        row("SG", "142", 1, 1, 1, 1),
    ]
    assert found["ledger_head"] == (await ledger.verify()).head.hex()
    numbers = {name: found[name] for name in FIELDS[2:11]}
    assert numbers == {
        "people": 3, "on_site": 2, "online": 2, "both": 1, "core_only": 1, "visits": 4, "participations": 4,
        "registrations": 0, "unknown_residence": 1,
    }  # fmt: skip
    assert found["sensitivity"] == {"0": 4, "1": 4, "10": 3, "30": 3}


async def test_person_on_site_and_online_counts_once(http):
    await write([scan(0, 1), stay(0, 1, minutes=20)])
    found = await figure(http)
    assert (found["people"], found["on_site"], found["online"], found["both"]) == (1, 1, 1, 1)


async def test_public_sees_the_released_table_and_officers_every_country(http, officer, clock):
    residents = {"SG": 40, "KR": 6, "TH": 7, "VN": 2, "DE": 8, "FR": 4}
    people = [country for country, n in residents.items() for _ in range(n)]
    await write([scan(0, who, residence=country) for who, country in enumerate(people, 1)])
    assert (await figure(http))["by_country"] == [row(None, "001", 67, 67, 0, 0)]
    assert await release(fiscal_year=YEAR, now=clock())
    full, public = await figure(officer), await figure(http)
    assert [(r["country"], r["people"]) for r in full["by_country"]] == [
        ("SG", 40), ("DE", 8), ("TH", 7), ("KR", 6), ("FR", 4), ("VN", 2),
    ]  # fmt: skip
    assert public["by_country"] == [
        row("SG", "142", 40, 40, 0, 0),
        row(None, "142", 15, 15, 0, 0),
        row(None, "150", 12, 12, 0, 0),
    ]
    assert sum(r["people"] for r in public["by_country"]) == public["people"] == 67
    assert public.pop("by_country_of") == {"day": "2026-11-21", "people": 67, "ledger_head": full["ledger_head"]}
    assert {k: v for k, v in public.items() if k != "by_country"} == {
        k: v for k, v in full.items() if k != "by_country"
    }


async def test_organiser_sees_the_public_form(app, http):
    await write([scan(0, 1)])
    async with client(app, await token_for("organiser")) as organiser:
        found = await figure(organiser)
    assert (found["people"], found["by_country"], found["by_country_of"]) == (1, [row(None, "001", 1, 1, 0, 0)], None)


@pytest.mark.parametrize(
    ("clock_time", "year"),
    [
        (dt.datetime(2026, 3, 31, 23, 59, 58, tzinfo=JST), 2025),
        (dt.datetime(2026, 4, 1, 0, 0, 0, tzinfo=JST), 2026),
        (dt.datetime(2027, 3, 31, 23, 59, 58, tzinfo=JST), 2026),
        (dt.datetime(2027, 4, 1, 0, 0, 0, tzinfo=JST), 2027),
    ],
)
async def test_year_ends_with_31_march_in_japan(http, clock, clock_time, year):
    await write([scan(0, 1, scheduled_at=clock_time, starts_at=clock_time, ends_at=clock_time)])
    assert [(await figure(http, y))["people"] for y in (2025, 2026, 2027)] == [
        int(y == year) for y in (2025, 2026, 2027)
    ]
    clock.moment = clock_time
    present = (await http.get(FIGURE)).json()
    assert (present["fiscal_year"], present["people"]) == (year, 1)


async def test_corrections_are_felt_at_once(http):
    first, *_ = await write([scan(0, 1), scan(0, 2, residence="KR")])
    assert (await figure(http))["people"] == 2
    [merge] = await write([correction(0, "merge", 2, other=person(1))])
    assert (await figure(http))["people"] == 1
    await write([correction(0, "split", 2, subject=merge)])
    assert (await figure(http))["people"] == 2
    await write([correction(0, "residence", 2, residence="JP")])
    assert (await figure(http))["people"] == 1
    [void] = await write([correction(0, "void", 1, subject=first)])
    assert (await figure(http))["people"] == 0
    await write([correction(0, "void", 1, subject=void)])
    assert (await figure(http))["people"] == 1
    await write([correction(0, "role", 1, role="staff", ticket=ticket(1))])
    assert (await figure(http))["people"] == 0


async def test_correction_dated_in_another_year_still_corrects(http):
    [position] = await write([scan(0, 1)])
    assert (await figure(http))["people"] == 1
    await write([correction(0, "void", 1, subject=position, scheduled_at=OPENING.replace(year=2024))])
    assert (await figure(http))["people"] == 0


@pytest.mark.parametrize("seed", range(25))
async def test_live_figure_is_the_recount_after_every_entry(http, seed):
    start, end = bounds(YEAR)
    positions: dict[int, int] = {}
    for entry in random_ledger(Random(seed), most=25):
        subject = positions.get(entry.subject) if entry.subject is not None else None
        [positions[entry.position]] = await write([msgspec.structs.replace(entry, subject=subject)])
        found, head = await live.counted(YEAR)
        assert head.position == positions[entry.position]
        assert found == count(await ledger.read(starts_at=start, ends_at=end), fiscal_year=YEAR)


async def test_another_ledger_is_counted_from_the_start(http):
    await write([scan(0, 1), scan(0, 2)])
    assert (await live.counted(YEAR))[0].people == 2
    kept = live._kept[YEAR]
    forged = live.Live(kept.head._replace(digest=bytes(32)), kept.tally, kept.kin)
    live._kept[YEAR] = forged
    await write([scan(0, 3)])
    assert (await live.counted(YEAR))[0].people == 3


async def test_tag_stands_until_the_ledger_changes(http, officer):
    await write([scan(0, 1)])
    first = await http.get(FIGURE, params={"fiscal_year": YEAR})
    tag = first.headers["etag"]
    again = await http.get(FIGURE, params={"fiscal_year": YEAR}, headers={"if-none-match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    full = await officer.get(FIGURE, params={"fiscal_year": YEAR}, headers={"if-none-match": tag})
    assert full.status_code == 200
    assert (full.headers["cache-control"], full.headers["vary"]) == ("private, no-cache", "Authorization, Cookie")
    await write([scan(0, 2)])
    later = await http.get(FIGURE, params={"fiscal_year": YEAR}, headers={"if-none-match": tag})
    assert (later.status_code, later.json()["people"]) == (200, 2)


@pytest.mark.parametrize("year", ["1999", "2101", "next", "2026.5", "-1", "٢٠٢٦x"])
@pytest.mark.parametrize("path", [FIGURE, f"{FIGURE}/people"])
async def test_wrong_year(officer, path, year):
    answer = await officer.get(path, params={"fiscal_year": year})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["fiscal_year"]


@pytest.mark.parametrize("year", [2000, 2100])
async def test_first_and_last_year(http, year):
    assert (await figure(http, year))["fiscal_year"] == year


@pytest.mark.parametrize("state", ["canceled", "waiting", "offered", "unapproved", "unpaid"])
async def test_registrations_are_tickets_from_overseas_of_the_conventions_year(http, clock, state):
    party = [member(residence="SG"), member(residence="KR", name="김"), member(residence="JP", name="林")]
    assert (await register(http, wish(*party))).status_code == 201
    assert [(await figure(http, year))["registrations"] for year in (2025, 2026, 2027)] == [0, 2, 0]
    await fetch_one("UPDATE ticket SET state = $1 WHERE residence = 'KR'", state)
    clock.forward(seconds=2)
    assert (await figure(http))["registrations"] == 2  # remembered for two seconds
    clock.forward(seconds=0.1)
    assert (await figure(http))["registrations"] == 1
    assert (await figure(http))["people"] == 0


async def test_targets_of_the_plan_and_none_after_it(http):
    assert (await figure(http, 2025))["targets"] == {"level": 30000, "increment": 10000}
    assert (await figure(http, 2023))["targets"] == {"level": 10000, "increment": 10000}
    assert (await figure(http, 2026))["targets"] is None


@pytest.mark.parametrize("batch", [1, 3, 250])
async def test_people_are_as_many_as_the_figure_says(officer, monkeypatch, batch):
    monkeypatch.setattr(figures, "BATCH", batch)
    await write([scan(0, who, residence="JP" if who % 3 == 0 else "SG") for who in range(1, 12)])
    await write([correction(0, "merge", 2, other=person(1)), correction(0, "merge", 9, other=person(999))])
    found, cursor = [], None
    while True:
        query = {"fiscal_year": YEAR, "limit": 3, **({"cursor": cursor} if cursor else {})}
        answer = await officer.get(f"{FIGURE}/people", params=query)
        page = answer.json()
        assert len(page["people"]) == 3 or page["next"] is None
        assert ("link" in answer.headers) == (page["next"] is not None)
        found += page["people"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [UUID(p["person"]).int for p in found] == [1, 4, 5, 7, 8, 10, 11]
    assert len(found) == (await figure(officer))["people"]
    assert found[0]["event_days"] == [{"event": str(event(1)), "day": "2026-11-14", "on_site": True, "online": False}]


async def test_explanation_names_every_entry_of_a_person(officer):
    positions = await write([scan(0, 1), stay(0, 2, minutes=3), correction(0, "merge", 2, other=person(1)), scan(0, 3)])
    answer = await officer.get(f"{FIGURE}/explain", params={"fiscal_year": YEAR, "person": str(person(2))})
    found = answer.json()
    assert found["pseudonyms"] == [str(person(1)), str(person(2))]
    assert found["counted"]["person"] == str(person(1))
    assert found["positions"] == positions[:2]
    assert [e["position"] for e in found["evidence"]] == positions[:3]


async def test_explanation_of_who_does_not_count(officer):
    [position] = await write([scan(0, 1, residence="JP")])
    answer = await officer.get(f"{FIGURE}/explain", params={"fiscal_year": YEAR, "person": str(person(1))})
    assert (answer.json()["counted"], answer.json()["positions"]) == (None, [])
    assert [e["position"] for e in answer.json()["evidence"]] == [position]


async def test_explanation_of_a_stranger(officer):
    answer = await officer.get(f"{FIGURE}/explain", params={"fiscal_year": YEAR, "person": str(person(77))})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", [f"{FIGURE}/people", f"{FIGURE}/explain?person={person(1)}"])
async def test_people_are_for_officers(app, http, path):
    assert (await http.get(path)).status_code == 401
    async with client(app, await token_for("organiser")) as organiser:
        assert (await organiser.get(path)).status_code == 403
