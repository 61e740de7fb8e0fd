"""Reports handed in through HTTP: what counts at once, what waits, what is kept, and that nothing is ever lost."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from app.attendance import ledger
from app.attendance.online.reports import keeping
from app.attendance.privacy import HOLDER
from app.core import retention
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.kpi.counting import count
from app.people.persons import details_of
from tests.attendance.factories import Made, ticket
from tests.attendance.online.reports.files import report
from tests.attendance.online.reports.handing import (
    BEGUN,
    Place,
    asker,
    counts,
    hand_in,
    kept,
    measured,
    place,
    remarks,
)
from tests.clock import NOW, Clock
from tests.doors import all_at_once, value


@pytest.fixture
async def at(http: httpx.AsyncClient, clock: Clock) -> Place:
    clock.moment = NOW + dt.timedelta(hours=3)
    return await place()


@pytest.fixture
async def officer(app: Frame, at: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with await asker(app) as found:
        yield found


async def test_zoom_report_line_by_line(officer: httpx.AsyncClient, at: Place) -> None:
    a, b, c = await ticket(residence="SG"), await ticket(residence="KR"), await ticket(residence="JP")
    data = report("zoom.csv", A=at.id_of(a), B=at.id_of(b), C=at.id_of(c))
    looked = await hand_in(officer, at, data, dry_run=True)
    assert (looked["dry_run"], looked["report"], await kept(), await measured()) == (True, None, 0, [])
    taken = await hand_in(officer, at, data)
    assert counts(taken) == counts(looked) == (8, 2, 2, 3, 1)
    assert remarks(taken) == remarks(looked)
    assert remarks(taken) == [
        (5, "unsure"), (5, "outside"), (6, "waiting_room"), (6, "outside"), (8, "repeated"), (9, "outside"),
        (9, "rejoined"), (10, "no_leave"), (11, "backwards"), (12, "wrong_id"),
    ]  # fmt: skip
    assert (taken["platform"], taken["encoding"], taken["zone"], taken["dates"], taken["people"]) == (
        "zoom", "UTF-8", "Asia/Tokyo", "mdy", 1,
    )  # fmt: skip
    assert await measured() == [("D", a.person, 1.08, 20), ("D", a.person, 30, 62.67)]
    row = await fetch_one("SELECT * FROM ledger_entry ORDER BY position LIMIT 1")
    assert row is not None
    assert (row["mode"], row["residence"], row["ticket"], row["session"]) == ("online", "SG", a.id, at.session)
    assert (row["scheduled_at"], row["scheduled_minutes"]) == (BEGUN, 60)
    assert (row["scope"], row["role"], row["operator"], row["reason"]) == ("core", "visitor", None, None)
    assert (await ledger.verify()).rows == 2


async def test_imported_stays_count_as_the_union_of_what_was_measured(officer: httpx.AsyncClient, at: Place) -> None:
    a, b = await ticket(residence="SG"), await ticket(residence="KR")
    line = f"{at.id_of(b)},2026-11-21T10:00:00+09:00,2026-11-21T10:09:59+09:00\n"
    twice = "".join(f"{at.id_of(a)},2026-11-21T10:0{n}:00+09:00,2026-11-21T10:10:00+09:00\n" for n in (0, 5))
    await hand_in(officer, at, ("id,joined_at,left_at\n" + line + twice).encode())
    year = await ledger.read(starts_at=NOW - dt.timedelta(days=9), ends_at=NOW + dt.timedelta(days=9))
    figure = count(year, fiscal_year=2026)
    assert (figure.people, figure.online, [row.country for row in figure.by_country]) == (1, 1, ["SG"])
    assert figure.sensitivity == {"0": 2, "1": 2, "10": 1, "30": 0}


@pytest.mark.parametrize(
    ("name", "encoding", "expected"),
    [
        ("zoom_bare.csv", "utf-8-sig", [(0, 45), (10, 60)]),
        ("teams.tsv", "utf-16", [(0, 10), (30, 50), (5, 45.5)]),
        ("teams_ja.tsv", "utf-16", [(0, 30.08), (5, 45.5)]),
        ("bigbluebutton.json", "utf-8", [(0, 20), (30, 40), (50, 60), (0, 10)]),
        ("plain.csv", "cp932", [(0, 30), (0, 60)]),
        ("zoom_reopened.csv", "utf-16", [(-1, 20), (0, 20), (25, 60)]),
    ],
)
async def test_every_platform_is_evidence_at_once_and_only_once(
    officer: httpx.AsyncClient, at: Place, name: str, encoding: str, expected: list[tuple[float, float]]
) -> None:
    a, b = await ticket(), await ticket()
    data = report(name, encoding, A=at.id_of(a), B=at.id_of(b))
    first = await hand_in(officer, at, data)
    assert [(start, end) for _class, _person, start, end in await measured()] == expected
    before, stays = await measured(), await kept()
    again = await hand_in(officer, at, data)
    assert (first["already"], again["already"], again["report"]) == (False, True, None)
    assert again["repeated"] == again["lines"]
    spaced = await hand_in(officer, at, data + "\r\n".encode(encoding.removesuffix("-sig").replace("16", "16-le")))
    assert (spaced["already"], spaced["evidence"]) == (False, 0)
    assert (await measured(), await kept()) == (before, stays)


async def test_later_report_adds_and_never_takes(officer: httpx.AsyncClient, at: Place) -> None:
    a, b = await ticket(), await ticket()
    head = "id,joined_at,left_at\n"
    one, two = f"{at.id_of(a)},2026-11-21T10:00:00+09:00", f"{at.id_of(b)},2026-11-21T10:01:00+09:00"
    early = f"{one},2026-11-21T10:20:00+09:00\n{two},\n"
    late = f"{one},2026-11-21T10:05:00+09:00\n{two},2026-11-21T10:50:00+09:00\n"
    assert counts(await hand_in(officer, at, (head + early).encode())) == (2, 1, 0, 1, 0)
    assert counts(await hand_in(officer, at, (head + late).encode())) == (2, 2, 0, 0, 0)
    assert counts(await hand_in(officer, at, (head + early + late).encode())) == (4, 0, 0, 0, 4)
    assert [entry[1:] for entry in await measured()] == [(a.person, 0, 20), (a.person, 0, 5), (b.person, 1, 50)]


async def test_address_and_name_wait_and_unknown_people_stay_unknown(officer: httpx.AsyncClient, at: Place) -> None:
    a = await ticket(name="Ana López")
    email = await _email(a)
    head = "name,email,joined_at,left_at\n"
    times = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"
    data = f"{head}Ana L,{email.upper()},{times}\nana　lópez,,{times}\nNobody,nobody@example.org,{times}\n"
    answer = await hand_in(officer, at, data.encode())
    assert counts(answer) == (3, 0, 3, 0, 0)
    assert {code for _line, code in remarks(answer)} == {"unsure"}
    rows = await fetch("SELECT line, state, ticket, sealed FROM reported_stay ORDER BY line")
    assert [(r["line"], r["state"], r["ticket"]) for r in rows] == [
        (2, "review", a.id),
        (3, "review", a.id),
        (4, "unknown", None),
    ]
    assert not any(b"nobody" in bytes(r["sealed"]) for r in rows)
    assert await measured() == []


async def test_group_on_one_address_is_told_apart_by_name_or_unknown(officer: httpx.AsyncClient, at: Place) -> None:
    a, b = await ticket(name="Kim Minsu"), await ticket(name="Kim Jisu")
    key = await value("SELECT address_key FROM person_details WHERE person = $1", a.person)
    await fetch("UPDATE person_details SET address_key = $1 WHERE person = $2", key, b.person)
    times = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"
    email = await _email(a)
    data = f"name,email,joined_at,left_at\nKIM  jisu,{email},{times}\nGuest,{email},{times}\n"
    await hand_in(officer, at, data.encode())
    rows = await fetch("SELECT ticket FROM reported_stay ORDER BY line")
    assert [row["ticket"] for row in rows] == [b.id, None]


async def _email(made: Made) -> str:
    return (await details_of([made.person]))[made.person].email


async def test_ids_of_canceled_tickets_wait_those_of_other_events_too(officer: httpx.AsyncClient, at: Place) -> None:
    canceled, other = await ticket(state="canceled"), await ticket()
    elsewhere = Place(at.session, other.id, at.organiser)
    times = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"
    data = f"id,joined_at,left_at\n{at.id_of(canceled)},{times}\n{elsewhere.id_of(other)},{times}\n"
    answer = await hand_in(officer, at, data.encode())
    assert (counts(answer), remarks(answer)) == ((2, 0, 2, 0, 0), [(2, "canceled"), (3, "wrong_id")])


async def test_ticket_that_was_passed_on_counts_for_whoever_had_it_then(officer: httpx.AsyncClient, at: Place) -> None:
    made, heir = await ticket(residence="KR"), await ticket(residence="SG")
    passed_on = NOW + dt.timedelta(minutes=30)
    await fetch(
        "INSERT INTO ticket_change (id, ticket, at, actor, action, fields, person)"
        " VALUES (gen_random_uuid(), $1, $2, 'holder', 'transferred', '[]', $3)",
        made.id,
        passed_on,
        made.person,
    )
    await fetch("UPDATE ticket SET person = $2, residence = 'SG' WHERE id = $1", made.id, heir.person)
    early, late = (
        "2026-11-21T10:00:00+09:00,2026-11-21T10:20:00+09:00",
        "2026-11-21T10:40:00+09:00,2026-11-21T10:55:00+09:00",
    )
    lines = [f"{at.id_of(made)},{early}", f"{at.id_of(made)},{late}", f"{at.id_of(made, heir.person)},{late}"]
    answer = await hand_in(officer, at, "\n".join(["id,joined_at,left_at", *lines]).encode())
    assert [(c, p) for c, p, _start, _end in await measured()] == [("D", made.person), ("D", heir.person)]
    assert (3, "canceled") in remarks(answer)
    rows = await fetch("SELECT residence FROM ledger_entry WHERE kind = 'import' ORDER BY position")
    assert [row["residence"] for row in rows] == ["KR", "SG"]


async def test_clock_of_another_zone(officer: httpx.AsyncClient, at: Place) -> None:
    a, b = await ticket(), await ticket()
    data = report("zoom_bare.csv", A=at.id_of(a), B=at.id_of(b))
    wrong = await hand_in(officer, at, data, zone="America/New_York", dry_run=True)
    assert (counts(wrong), {code for _line, code in remarks(wrong)}) == ((2, 0, 2, 0, 0), {"elsewhere", "future"})
    paris = data.replace(b"21/11/2026 10:", b"21/11/2026 02:").replace(b"21/11/2026 11:", b"21/11/2026 03:")
    assert counts(await hand_in(officer, at, paris, zone="Europe/Paris")) == (2, 2, 0, 0, 0)
    assert [one[2:] for one in await measured()] == [(0, 45), (10, 60)]
    assert (await hand_in(officer, at, data, zone="Mars/Base", status=422))["errors"][0]["field"] == "zone"
    assert (await hand_in(officer, at, data, zone="../../etc/passwd", status=422))["errors"][0]["field"] == "zone"


async def test_same_file_read_by_another_clock_is_another_report(officer: httpx.AsyncClient, at: Place) -> None:
    a, b = await ticket(), await ticket()
    data = report("zoom_bare.csv", A=at.id_of(a), B=at.id_of(b))
    assert counts(await hand_in(officer, at, data, zone="America/New_York"))[2] == 2
    assert counts(await hand_in(officer, at, data)) == (2, 2, 0, 0, 0)
    assert len(await measured()) == 2


async def test_two_at_once_take_each_stay_once(app: Frame, committed: None, clock: Clock) -> None:
    clock.moment = NOW + dt.timedelta(hours=3)
    at = await place()
    made = [await ticket() for _ in range(6)]
    times = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"
    lines = [f"{at.id_of(one)},{times}" for one in made]
    async with await asker(app) as officer:
        files = ["\n".join(["id,joined_at,left_at", *lines[n:], *lines[:n]]).encode() for n in range(6)]
        answers: list[dict[str, Any]] = []

        async def take(data: bytes) -> None:
            answers.append(await hand_in(officer, at, data))

        # Each has looked who is known before any of them writes: the report's row waits for the session's.
        await all_at_once("session", [take(data) for data in files])
    assert sum(answer["evidence"] for answer in answers) == 6
    assert sorted(one[1] for one in await measured()) == sorted(one.person for one in made)


async def test_imports_close_thirty_days_after_the_event(
    app: Frame, officer: httpx.AsyncClient, at: Place, clock: Clock
) -> None:
    a, b = await ticket(), await ticket()
    data = report("plain.csv", A=at.id_of(a), B=at.id_of(b))
    last = await value("SELECT last_day FROM event WHERE id = $1", at.event)
    assert isinstance(last, dt.date)
    midnight = dt.datetime.combine(last + dt.timedelta(days=31), dt.time(), dt.timezone(dt.timedelta(hours=9)))
    async with await asker(app, "organiser", organiser=at.organiser) as organiser:
        clock.moment = midnight - dt.timedelta(seconds=1)
        assert (await hand_in(organiser, at, data, dry_run=True))["evidence"] == 2
        clock.moment = midnight
        refused = await hand_in(organiser, at, data, reason="late", status=409)
        assert refused["type"].endswith("/problems/imports-closed")
    await hand_in(officer, at, data, status=409)
    await hand_in(officer, at, data, reason="platform was down")
    row = await fetch_one("SELECT evidence_class, operator, reason FROM ledger_entry LIMIT 1")
    assert row is not None
    assert (row["evidence_class"], row["operator"][:8], row["reason"]) == ("D", "account:", "platform was down")


async def test_last_second_of_the_thirtieth_day_is_in_time(app: Frame, at: Place, clock: Clock) -> None:
    a, b = await ticket(), await ticket()
    last = await value("SELECT last_day FROM event WHERE id = $1", at.event)
    assert isinstance(last, dt.date)
    clock.moment = dt.datetime.combine(last + dt.timedelta(days=30), dt.time(14, 59, 59), dt.UTC)
    async with await asker(app, "organiser", organiser=at.organiser) as organiser:
        assert (await hand_in(organiser, at, report("plain.csv", A=at.id_of(a), B=at.id_of(b))))["evidence"] == 2


async def test_somebody_elses_session_is_not_found(app: Frame, at: Place) -> None:
    other = await value("SELECT id FROM organiser WHERE id <> $1 LIMIT 1", at.organiser)
    async with await asker(app, "organiser", organiser=other) as organiser:  # type: ignore[arg-type]
        await hand_in(organiser, at, b"id,joined_at\n", status=404)
        assert (await organiser.get(f"/api/v1/sessions/{at.session}/registrants")).status_code == 404
    async with await asker(app, "attendee") as attendee:
        await hand_in(attendee, at, b"id,joined_at\n", status=403)


async def test_session_in_a_room_alone_takes_no_report(officer: httpx.AsyncClient, at: Place) -> None:
    await fetch("UPDATE session SET mode = 'on_site' WHERE id = $1", at.session)
    assert (await hand_in(officer, at, b"x", status=422))["errors"][0]["field"] == "session"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{" * 9_999, b"id,joined_at\n" * 30_000, b"\x00\x01" * 99])
async def test_what_is_no_report_is_refused_and_nothing_is_written(
    officer: httpx.AsyncClient, at: Place, data: bytes
) -> None:
    assert (await hand_in(officer, at, data, status=422))["errors"][0]["field"] == "file"
    assert await value("SELECT count(*) FROM platform_report") == 0


async def test_report_beyond_the_limit_is_refused(officer: httpx.AsyncClient, at: Place) -> None:
    await hand_in(officer, at, b"x" * (4 * 1024 * 1024 + 2), status=413)


async def test_session_in_a_room_alone_has_nobody_to_register(officer: httpx.AsyncClient, at: Place) -> None:
    await fetch("UPDATE session SET mode = 'on_site' WHERE id = $1", at.session)
    answer = await officer.get(f"/api/v1/sessions/{at.session}/registrants")
    assert (answer.status_code, answer.json()["registrants"]) == (200, [])


async def test_registrants_leave_without_name_and_address(officer: httpx.AsyncClient, at: Place) -> None:
    a, b = await ticket(name="Ana López"), await ticket(name="李娜")
    await ticket(state="canceled")
    await fetch("UPDATE ticket_type SET mode = 'on_site' WHERE slug <> 'citywide-pass'")
    answer = await officer.get(f"/api/v1/sessions/{at.session}/registrants")
    people = answer.json()["registrants"]
    assert sorted(one["email"] for one in people) == sorted([at.id_of(a), at.id_of(b)])
    said = answer.text
    for secret in ("Ana", "李娜", await _email(a), str(a.id), str(a.person), a.id.hex, "example.org"):
        assert secret not in said
    assert answer.headers["cache-control"] == "private, no-store"
    assert (
        await value("SELECT detail FROM audit_entry WHERE action = 'report.registrants'")
        == msgspec.json.encode({"registrants": 2, "session": str(at.session)}).decode()
    )


async def test_nothing_of_a_person_stands_in_audit_notes_or_source(officer: httpx.AsyncClient, at: Place) -> None:
    times = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"
    await hand_in(officer, at, f"name,email,joined_at,left_at\nZaphod,zaphod@example.org,{times}\n".encode())
    for sql in (
        "SELECT string_agg(detail || subject, '') FROM audit_entry",
        "SELECT notes::text FROM platform_report",
        "SELECT source || reason FROM reported_stay",
    ):
        said = str(await value(sql)).lower()
        assert said
        assert "zaphod" not in said


async def test_what_reports_say_of_people_is_forgotten_with_them_and_in_time(
    officer: httpx.AsyncClient, at: Place, clock: Clock
) -> None:
    a = await ticket(name="Ana López")
    times = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"
    email = await _email(a)
    data = f"name,email,joined_at,left_at\nAna,{email},{times}\nZaphod,zaphod@example.org,{times}\n"
    await hand_in(officer, at, data.encode())
    await HOLDER.erase([a.person], clock())
    sealed: Any = [row["sealed"] is None for row in await fetch("SELECT sealed FROM reported_stay ORDER BY line")]
    assert sealed == [True, False]
    [rule] = [one for one in retention.KEPT if one.purpose == keeping.STAYS]
    await retention.clear(rule, days=rule.days, now=clock() + dt.timedelta(days=399))
    assert await value("SELECT count(*) FROM reported_stay WHERE sealed IS NOT NULL") == 1
    await retention.clear(rule, days=rule.days, now=clock() + dt.timedelta(days=401))
    assert await value("SELECT count(*) FROM reported_stay WHERE sealed IS NOT NULL") == 0
