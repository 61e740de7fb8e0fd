"""What officers do about privacy: letters, texts, times, the register, and who was affected."""

import csv
import datetime as dt
import io
import zipfile
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import audit
from app.core.db import fetch
from app.core.retention import KEPT
from app.core.web.frame import Frame
from app.people import affected, consents, own_data, personal_files, retention
from app.people.affected import Question
from tests.attendance.factories import covered_gate
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value
from tests.ticketing.wishes import member, wish
from tests.ticketing.wishes import register as send_in

EMAIL = "li.na@example.org"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def officer(app: Frame, http: httpx.AsyncClient) -> httpx.AsyncClient:
    """An officer with a bearer token, in the transaction of `http`."""
    return client(app, await token_for("officer"))


async def two(http: httpx.AsyncClient) -> list[UUID]:
    answer = await send_in(http, wish(member(name="李娜"), member(name="王伟")))
    assert answer.status_code == 201
    known = {one.details.name: one.id for one in await own_data.persons_by_address(EMAIL)}
    return [known["李娜"], known["王伟"]]


async def test_letter_finds_by_the_exact_address(officer: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    await two(http)
    found = await officer.post("/office/privacy", data={"email": "LI.NA@example.org", "act": "find"})
    assert found.status_code == 200
    assert "李娜" in found.text
    assert "王伟" in found.text
    other = await officer.post("/office/privacy", data={"email": "li.n@example.org", "act": "find"})
    assert "李娜" not in other.text


async def test_wrong_address_comes_back_in_the_form(officer: httpx.AsyncClient) -> None:
    answer = await officer.post("/office/privacy", data={"email": "not an address"})
    assert answer.status_code == 422
    assert 'value="not an address"' in answer.text


async def test_letter_is_answered_with_everything_of_one_person(
    officer: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    first, _second = await two(http)
    form = {"email": EMAIL, "persons": str(first), "act": "export"}
    answer = await officer.post("/office/privacy", data=form)
    assert answer.status_code == 200
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    said = packed.read("persons.json").decode() + packed.read("tickets.json").decode()
    assert "李娜" in said
    assert "王伟" not in said
    assert await value("SELECT subject FROM audit_entry WHERE action = 'person.export'") == f"person:{first}"


async def test_letter_needs_a_person(officer: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    await two(http)
    answer = await officer.post("/office/privacy", data={"email": EMAIL, "act": "erase"})
    assert answer.status_code == 422


async def test_erasing_by_letter_asks_first_and_keeps_an_entry_without_a_name(
    officer: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    first, second = await two(http)
    form = {"email": EMAIL, "persons": str(first)}
    asked = await officer.post("/office/privacy", data=form | {"act": "erase"})
    assert asked.status_code == 200
    assert len(await own_data.persons_by_address(EMAIL)) == 2, "only asked"
    answer = await officer.post("/office/privacy/erase", data=form)
    assert answer.headers["location"] == "/office/privacy?done=erased"
    assert [one.id for one in await own_data.persons_by_address(EMAIL)] == [second]
    rows = await fetch("SELECT subject, detail FROM audit_entry WHERE action = 'person.erase'")
    assert [tuple(row) for row in rows] == [(f"person:{first}", "{}")]


async def test_person_of_another_address_is_not_erased(officer: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    first, _second = await two(http)
    await officer.post("/office/privacy/erase", data={"email": "other@example.org", "persons": str(first)})
    assert len(await own_data.persons_by_address(EMAIL)) == 2


async def test_text_is_written_published_and_retired_on_its_pages(officer: httpx.AsyncClient) -> None:
    words = {"title.ja": "写真", "title.en": "Pictures", "body.ja": "撮影します。", "body.en": "We take pictures."}
    form = {"purpose": "photos", "version": "photos-2026", **words}
    made = await officer.post("/office/consents/new", data=form)
    assert made.status_code == 303, made.text
    page = made.headers["location"].partition("?")[0]
    assert "We take pictures." in (await officer.get(page)).text
    assert (await officer.post(f"{page}/edit", data=form | {"body.en": "We film."})).status_code == 303
    assert (await officer.post(f"{page}/publish")).status_code == 303
    assert "photos-2026" in [text.version for text in await consents.current_texts(NOW)]
    assert (await officer.post(f"{page}/edit", data=form)).status_code == 409
    assert (await officer.get(f"{page}/edit", headers={"accept": "application/json"})).status_code == 409
    assert (await officer.post(f"{page}/retire")).status_code == 303
    assert "photos-2026" not in [text.version for text in await consents.current_texts(NOW)]
    assert "photos-2026" in (await officer.get("/office/consents")).text


async def test_wrong_text_comes_back_with_all_that_was_typed(officer: httpx.AsyncClient) -> None:
    form = {"purpose": "photos", "version": "terms-2026", "title.ja": "写真", "body.zh-Hans": "照片"}
    answer = await officer.post("/office/consents/new", data=form)
    assert answer.status_code == 422
    assert all(words in answer.text for words in ("写真", "照片", 'value="terms-2026"'))
    taken = form | {"title.en": "P", "body.ja": "B", "body.en": "B"}
    assert (await officer.post("/office/consents/new", data=taken)).status_code == 422


async def test_days_are_chosen_within_bounds(officer: httpx.AsyncClient) -> None:
    days = {f"days.{kept.purpose}": str(kept.days) for kept in KEPT if not kept.fixed}
    answer = await officer.post("/office/retention", data=days | {"days.person-details": "29", "days.jobs": "x"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert "Record of work that was done, such as mails sent: " in answer.text, "the summary names the rule"
    assert await value("SELECT count(*) FROM retention_rule") == 0
    assert (await officer.post("/office/retention", data=days | {"days.person-details": "30"})).status_code == 303
    assert (await retention.chosen_days())["person-details"] == 30
    rows = await fetch("SELECT subject, detail FROM audit_entry WHERE action = 'retention.change'")
    assert [tuple(row) for row in rows] == [("retention:person-details", '{"from":400,"to":30}')]
    shown = await officer.get("/office/retention")
    assert shown.status_code == 200


async def columns() -> dict[str, str]:
    rows = await fetch(
        "SELECT table_name || '.' || column_name AS name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    return {row["name"]: row["data_type"] for row in rows}


COUNTED = {"integer", "smallint", "bigint", "boolean", "date", "double precision", "timestamp with time zone",
           "time without time zone", "timestamp without time zone", "numeric", "real"}  # fmt: skip


async def undeclared() -> set[str]:
    """Columns that could hold something personal and stand nowhere."""
    known = personal_files.declared()
    personal = {name.partition(".")[0] for name in known}
    plain = {f"{table}.{column}" for table, names in personal_files.NOT_PERSONAL.items() for column in names.split()}
    return {
        name
        for name, kind in (await columns()).items()
        if name not in known | plain and (name.partition(".")[0] in personal or kind not in COUNTED)
    }


@pytest.mark.usefixtures("http")
async def test_every_column_of_the_database_is_declared() -> None:
    assert await undeclared() == set()
    assert personal_files.declared() - set(await columns()) == set(), "and none that is not there"


@pytest.mark.usefixtures("http")
async def test_new_column_is_noticed() -> None:
    await fetch("ALTER TABLE venue ADD COLUMN keeper_mail text")
    await fetch("ALTER TABLE ticket ADD COLUMN seat int")
    await fetch("CREATE TABLE guest_book (name text)")
    assert await undeclared() == {"venue.keeper_mail", "ticket.seat", "guest_book.name"}


@pytest.mark.usefixtures("http")
def test_register_names_only_times_that_there_are() -> None:
    named = {purpose for file in personal_files.FILES for purpose in file.kept}
    assert named == {kept.purpose for kept in KEPT}, "and every one of them"


async def test_register_is_shown_and_taken_along(officer: httpx.AsyncClient) -> None:
    shown = (await officer.get("/office/privacy/register")).text
    assert "コンベンション参加者ファイル" in shown
    assert "Participants of conventions" in shown
    answer = await officer.get("/office/privacy/register.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][0] == "個人情報ファイルの名称"
    assert [row[0] for row in rows[1:]] == [file.name["ja"] for file in personal_files.FILES]
    assert {len(row) for row in rows} == {8}


async def scanned(app: Frame, http: httpx.AsyncClient) -> tuple[UUID, UUID]:
    """Let a phone read the ticket of 李娜; return the phone and her pseudonym."""
    answer = await send_in(http, wish(member(name="李娜"), member(name="王伟")))
    gate, token = await covered_gate("citywide-pass"), await token_for("staff")
    ticket = answer.json()["tickets"][0]
    scan = {"seq": 1, "code": ticket["code"], "gate": str(gate.id), "direction": "entry", "scanned_at": NOW.isoformat()}
    async with client(app, token) as phone:
        assert (await phone.post("/api/v1/scans", json={"scans": [scan]})).status_code == 200
    person = await value("SELECT person FROM ticket WHERE id = $1", UUID(ticket["id"]))
    return await device_of(token), person  # type: ignore[return-value]


async def test_device_affected_whoever_it_scanned_in_that_time(app: Frame, http: httpx.AsyncClient) -> None:
    device, person = await scanned(app, http)

    async def found(since: dt.datetime, until: dt.datetime, subject: UUID = device) -> list[UUID]:
        question = Question("device", subject, since, until)
        return (await affected.affected(question=question, actor="officer:test", now=NOW)).persons

    moment = dt.timedelta(microseconds=1)
    assert await found(NOW, NOW + moment) == [person]
    assert await found(NOW - HOUR, NOW) == []
    assert await found(NOW + moment, NOW + HOUR) == []
    assert await found(NOW, NOW + moment, uuid4()) == []


async def test_account_affected_whom_it_exported_and_what_its_device_saw(app: Frame, http: httpx.AsyncClient) -> None:
    _device, person = await scanned(app, http)
    account = await value("SELECT account FROM device")
    question = Question("account", account, NOW, NOW + HOUR)  # type: ignore[arg-type]
    assert (await affected.affected(question=question, actor="officer:test", now=NOW)).persons == [person]
    ids = [row["id"] for row in await fetch("SELECT id FROM person")]
    await own_data.collect(persons=ids, actor=f"staff:{account}", now=NOW)
    assert len((await affected.affected(question=question, actor="officer:test", now=NOW)).persons) == 2


async def test_page_counts_names_when_asked_and_writes_it_down(
    app: Frame, http: httpx.AsyncClient, officer: httpx.AsyncClient, clock: Clock
) -> None:
    device, _person = await scanned(app, http)
    form = {"kind": "device", "subject": str(device), "since": "2026-11-21T10:00", "until": "2026-11-21T10:01"}
    counted = await officer.post("/office/privacy/affected", data=form)
    assert "1 person was affected" in counted.text
    assert "李娜" not in counted.text
    listed = await officer.post("/office/privacy/affected", data=form | {"list": "yes"})
    assert "李娜" in listed.text
    assert "王伟" not in listed.text
    actions = [row["action"] for row in await fetch("SELECT action FROM audit_entry ORDER BY position")]
    assert actions.count("privacy.affected") == 2
    assert actions.count("privacy.affected-list") == 1
    wrong = await officer.post("/office/privacy/affected", data=form | {"until": "2026-11-21T09:00", "subject": "x"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(("people", "must", "large"), [(99, False, False), (100, True, False), (1000, True, True)])
def test_report_is_due_from_a_hundred_people(people: int, must: bool, large: bool) -> None:  # noqa: FBT001
    found = affected.Affected([uuid4() for _ in range(people)])
    assert (found.must_report, found.is_large) == (must, large)


@pytest.mark.parametrize(
    "path", ["/office/privacy", "/office/retention", "/office/consents", "/office/privacy/affected"]
)
async def test_office_pages_are_the_officers(app: Frame, http: httpx.AsyncClient, path: str) -> None:
    async with client(app, await token_for("organiser")) as organiser:
        assert (await organiser.get(path)).status_code == 403


@pytest.mark.parametrize(("organiser", "people"), [("own", 2), ("another's", 0)])
async def test_taken_list_affected_those_whom_it_named(http: httpx.AsyncClient, organiser: str, people: int) -> None:
    await two(http)
    row = (await fetch("SELECT e.id, e.organiser FROM event e JOIN coverage g ON g.event = e.id"
                       " JOIN ticket t ON t.ticket_type = g.ticket_type ORDER BY e.slug LIMIT 1"))[0]  # fmt: skip
    own = row["organiser"] if organiser == "own" else None
    await fetch("UPDATE ticket_type SET organiser = $1 WHERE slug = 'citywide-pass'", own)
    account = uuid4()
    await audit.record(actor=f"organiser:{account}", action="guests.export", subject=f"event:{row['id']}", now=NOW)
    for kind, subject in (("export", row["id"]), ("account", account)):
        question = Question(kind, subject, NOW, NOW + HOUR)  # type: ignore[arg-type]
        assert len((await affected.affected(question=question, actor="officer:test", now=NOW)).persons) == people
