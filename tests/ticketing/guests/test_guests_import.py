"""Lists that organisers bring: looked through line by line, taken in once, whatever happens meanwhile."""

import datetime as dt
import io
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from openpyxl import load_workbook

from app.core import retention, spreadsheet
from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import gettext as _
from app.core.jobs import TASKS
from app.core.sheets import Unreadable, read
from app.core.web.frame import Frame
from app.people.roles import Principal
from app.ticketing import queries
from app.ticketing.guests.imports import columns, kept, taking, values
from app.ticketing.guests.imports.values import NotKnown
from app.ticketing.registering import answers, offers
from tests.clock import NOW
from tests.doors import value
from tests.ticketing import stock
from tests.ticketing.organisers import FOREIGN, draft, event, wrong
from tests.ticketing.own_guests import ask, base, console_of, few_places, guest, own_type

HEADING = ["Name", "E-mail", "Country"]


@pytest.fixture(autouse=True)
def _fresh_offers() -> None:
    offers.forget()


@pytest.fixture
async def own(app: Frame, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with await console_of(app) as found:
        yield found


def people(n: int, *more: str) -> list[list[str]]:
    return [[f"Guest {i}", f"guest{i}@example.org", "JP", *more] for i in range(n)]


async def bring(
    own: httpx.AsyncClient, rows: list[list[str]], heading: list[str] = HEADING, *, data: bytes = b"", **form: str
) -> httpx.Response:
    """Send a list, and return the page that shows it, or the form again."""
    content = data or spreadsheet.written(heading, rows)
    made = await fetch_one("SELECT id FROM ticket_type WHERE slug = 'yoxo-festival-workshop-pass'")
    form = {"ticket_type": str(made["id"]) if made else ""} | form
    sent = await own.post(f"{await base()}/imports", data=form, files={"file": ("guests.csv", content)})
    return await own.get(sent.headers["location"]) if sent.status_code == 303 else sent


async def take(own: httpx.AsyncClient, shown: httpx.Response, *, mails: bool = True) -> str:
    """Take a list in that is shown, do the work, and return the page that tells how it went."""
    address = shown.url.path
    assert (await own.post(f"{address}/take", data={"mails": "yes"} if mails else {})).status_code == 303
    await work()
    return (await own.get(address)).text


async def work() -> int:
    """Do the jobs of lists; return how many there were."""
    done = 0
    open_jobs = "SELECT id, payload FROM job WHERE name = 'ticketing.take_guests' AND done_at IS NULL"
    while rows := await fetch(open_jobs):
        for row in rows:
            await TASKS["ticketing.take_guests"](now=NOW, **msgspec.json.decode(row["payload"]))
            await fetch("UPDATE job SET done_at = $2 WHERE id = $1", row["id"], NOW)
            done += 1
    return done


async def tickets() -> int:
    found = await value("SELECT count(*) FROM ticket")
    assert isinstance(found, int)
    return found


async def outcome() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(str(await value("SELECT outcome FROM guest_import")))
    return found


@pytest.mark.parametrize("write", [spreadsheet.written, spreadsheet.workbook])
async def test_good_lines_are_taken_in_and_the_others_told(own: httpx.AsyncClient, write: Callable[..., bytes]) -> None:
    await own_type(own)
    rows = [
        ["林", "hayashi@example.org", "日本", "Harbour Lab", "yes"],
        ["", "no.name@example.org", "JP", "", ""],
        ["No Mail", "nobody", "JP", "", ""],
        ["No Country", "c@example.org", "Atlantis", "", ""],
        ["All wrong", "@", "Atlantis", "x" * 300, "perhaps"],
        ["Li Na", "li.na@example.org", "Singapore", "", ""],
    ]
    shown = await bring(
        own,
        [],
        data=write([*HEADING, "Organisation", "Bus?"], rows),
    )
    assert "2 lines can be taken in" in shown.text
    assert "We do not know these columns and leave them out: Bus?" in shown.text
    report = shown.text.partition("What needs a look")[2]
    cells = report.partition("<tbody>")[2].partition("</tbody>")[0]
    told = [line.partition("</th>")[0].rpartition(">")[2] for line in cells.split("<tr>")[1:]]
    assert told == ["3", "4", "5", "6"], "the numbers as the spreadsheet shows them"
    assert all(f"<b>{name}</b>" in cells.split("<tr>")[4] for name in (*HEADING[1:], "Organisation"))
    assert await tickets() == 0, "nothing is done yet"

    page = await take(own, shown)
    assert "2 / 2" in page
    names = {row["name"] for row in [await named(row["id"]) for row in await fetch("SELECT id FROM ticket")]}
    assert names == {"林", "Li Na"}
    assert await value("SELECT count(*) FROM job WHERE name = 'ticketing.send_ticket'") == 2
    assert await value("SELECT count(*) FROM consent") == 0, "a list agrees to nothing"
    assert await value("SELECT sealed FROM guest_import") is None
    assert await stock.wrong() == []


async def named(ticket: UUID) -> dict[str, Any]:
    view = await queries.ticket(ticket)
    assert view is not None
    return {"name": view.name, "email": view.email, "state": view.state, "view": view}


async def test_second_click_and_second_run_make_nothing_twice(own: httpx.AsyncClient) -> None:
    await own_type(own)
    shown = await bring(own, people(5))
    await take(own, shown)
    before = await fetch("SELECT id, serial FROM ticket ORDER BY id")
    await take(own, shown)
    assert await work() == 0
    row = await fetch_one("SELECT id FROM guest_import")
    assert row is not None
    await taking.take_slice(guest_import=row["id"], start=0, now=NOW)
    assert await fetch("SELECT id, serial FROM ticket ORDER BY id") == before
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guests.import'") == 1


class Crash(Exception):
    """The process ends in the middle."""


async def crash_in(guest_import: UUID, *, start: int) -> None:
    async with transaction():
        await taking.take_slice(guest_import=guest_import, start=start, now=NOW)
        assert await tickets() == start + 4
        raise Crash


async def test_killed_half_way_it_goes_on_where_it_was(own: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await own_type(own)
    monkeypatch.setattr(taking, "SLICE", 4)
    shown = await bring(own, people(10))
    assert (await own.post(f"{shown.url.path}/take")).status_code == 303
    guest_import = UUID(str(await value("SELECT id FROM guest_import")))
    await taking.take_slice(guest_import=guest_import, start=0, now=NOW)
    with pytest.raises(Crash):
        await crash_in(guest_import, start=4)
    assert await tickets() == 4
    assert (await outcome())["done"] == 4
    assert "4 / 10" in (await own.get(shown.url.path)).text
    await fetch("UPDATE guest_import SET outcome = $1", '{"mails": false, "wanted": 10}')
    await fetch("DELETE FROM job WHERE payload ->> 'start' = '4'")
    assert await work() == 3, "from the start once more: what is there stays as it is"
    assert await tickets() == 10
    assert await stock.wrong() == []


async def test_without_mails_nobody_hears_of_it(own: httpx.AsyncClient) -> None:
    await own_type(own)
    page = await take(own, await bring(own, people(3)), mails=False)
    assert "No mails are sent." in page
    assert await value("SELECT count(*) FROM job WHERE name LIKE 'ticketing.send%'") == 0
    assert await tickets() == 3


async def test_party_is_one_registration_and_stands_or_falls_together(own: httpx.AsyncClient) -> None:
    await own_type(own)
    rows = [
        ["Leader", "lead@example.org", "JP", "A", ""],
        ["Alone", "alone@example.org", "JP", "", ""],
        ["Child", "", "JP", "A", "yes"],
        ["Own Mail", "own@example.org", "JP", "A", ""],
        ["Good", "good@example.org", "JP", "B", ""],
        ["Bad", "", "Atlantis", "B", ""],
        ["Lost Child", "child@example.org", "JP", "", "yes"],
    ]
    shown = await bring(own, rows, [*HEADING, "Party", "Child"])
    assert "4 lines can be taken in" in shown.text
    assert "Somebody else of this party is not in order." in shown.text
    assert "A child comes with an adult" in shown.text
    await take(own, shown)
    assert await value("SELECT count(*) FROM registration") == 2
    party = await fetch(
        "SELECT t.id FROM ticket t WHERE t.registration IN"
        " (SELECT registration FROM ticket GROUP BY registration HAVING count(*) = 3) ORDER BY t.position"
    )
    found = [await named(row["id"]) for row in party]
    assert [(one["name"], one["email"], one["view"].child) for one in found] == [
        ("Leader", "lead@example.org", False),
        ("Child", "lead@example.org", True),
        ("Own Mail", "own@example.org", False),
    ]


async def test_twins_in_the_list_and_people_known_are_left_out(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    mine = await own_type(own)
    await guest(http, {"name": "Ｌi Na", "ticket_type": mine}, email="Li.Na+x@example.org")
    await guest(http, {"name": "City Guest"}, email="city@example.org")
    rows = [
        ["Li Na", "li.na@example.org", "SG"],
        ["City Guest", "city@example.org", "SG"],
        ["New", "new@example.org", "JP"],
        ["NEW", "New@example.org", "JP"],
    ]
    shown = await bring(own, rows)
    assert "2 lines can be taken in" in shown.text
    assert "1 is registered already" in shown.text
    assert "Line 4 has the same name and address." in shown.text
    again = await bring(own, rows)
    await own.post(f"{shown.url.path}/take")
    page = await take(own, again)
    assert page.count("Had a ticket by then.") == 2
    assert await tickets() == 4
    assert "0 lines can be taken in" in (await bring(own, rows)).text


async def test_no_more_are_taken_than_there_are_places(own: httpx.AsyncClient) -> None:
    await few_places(await own_type(own), 3)
    shown = await bring(own, people(5))
    assert "Small room: 5 places are wanted, 3 are left." in shown.text
    page = await take(own, shown)
    assert page.count("No place was left.") == 2
    assert (await outcome())["failed"] == [[5, "full"], [6, "full"]], "those at the end"
    assert await value("SELECT taken FROM quota WHERE slug = 'small'") == 3
    assert await stock.wrong() == []


async def test_list_invites_whatever_the_form_would_ask_for(own: httpx.AsyncClient) -> None:
    """A type by invitation, to be approved or paid, or not on sale: the organiser gives it away."""
    at = await event()
    await ask(own_event=at["id"], organiser=at["organiser"], required=True)
    for changes in ({"admission": "approval"}, {"admission": "invitation"}, {"price": 3300}, {"public": False}):
        slug = await own_type(own)
        for column, changed in changes.items():
            await fetch(f"UPDATE ticket_type SET {column} = $2 WHERE slug = $1", slug, changed)
        await fetch("UPDATE ticket_type SET slug = slug || '-' || number WHERE slug = $1", slug)
        offers.forget()
        held = await fetch_one("SELECT id FROM ticket_type ORDER BY number DESC LIMIT 1")
        assert held is not None
        name = next(iter(changes))
        rows = [[f"Guest of {name}", f"{name}-{changes[name]}@example.org", "JP"]]
        await take(own, await bring(own, rows, ticket_type=str(held["id"])))
    found = await fetch("SELECT state, price FROM ticket")
    assert [(row["state"], row["price"]) for row in found] == [("valid", 0)] * 4


async def test_answers_are_taken_in_as_people_write_them(own: httpx.AsyncClient) -> None:
    await own_type(own)
    at = await event()
    places = {"own_event": at["id"], "organiser": at["organiser"]}
    gates = [{"value": v, "label": {"en": f"{v} gate", "ja": f"{v}門"}} for v in ("north", "south")]
    slugs = {
        "Diet": await ask(**places, label="Diet"),
        "Gate": await ask(**places, label="Gate", kind="choice", options=gates),
        "Days": await ask(**places, label="Days", kind="choices", options=gates),
        "Born in": await ask(**places, label="Born in", kind="country"),
        "Bus": await ask(**places, label="Bus", kind="yes_no"),
        "Arrival": await ask(**places, label="Arrival", kind="date"),
    }
    await ask(**places, label="Card", kind="file")
    good = ["Good", "good@example.org", "JP", "Rice", "North gate", "north、South Gate", "韓国", "はい", "2026-11-21"]
    bad = ["Bad", "bad@example.org", "JP", "x" * 500, "East", "east", "Atlantis", "perhaps", "soon"]
    shown = await bring(own, [good, bad], [*HEADING, *slugs])
    assert "1 line can be taken in" in shown.text
    assert all(f"<b>{label}</b>" in shown.text for label in slugs)
    await take(own, shown)
    ids = {row["id"]: row["slug"] for row in await fetch("SELECT id, slug FROM question")}
    ticket = UUID(str(await value("SELECT id FROM ticket")))
    given = {ids[question]: said for question, said in (await answers.of([ticket]))[ticket].items()}
    said = ["Rice", "north", ["north", "south"], "KR", "yes", "2026-11-21"]
    assert given == dict(zip(slugs.values(), said, strict=True))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Please choose a file."),
        (b"\x00\xff\xfe", "cannot be read as a list"),
        (b"Name,E-mail,Country\n", "There is nothing below the heading"),
        (spreadsheet.written(HEADING, people(kept.MOST_LINES + 1)), "more than 5000 lines"),
    ],
)
async def test_what_is_no_list_is_told_at_the_file(own: httpx.AsyncClient, data: bytes, words: str) -> None:
    await own_type(own)
    sent = await own.post(f"{await base()}/imports", files={"file": ("x.csv", data)})
    assert (sent.status_code, wrong(sent)) == (422, ["file"])
    assert words in sent.text
    assert await value("SELECT count(*) FROM guest_import") == 0


async def test_missing_columns_and_missing_types_are_told(own: httpx.AsyncClient) -> None:
    await own_type(own)
    nameless = await bring(own, people(1), ticket_type="")
    assert "0 lines can be taken in" in nameless.text
    assert "<b>Ticket type</b>: This is needed." in nameless.text, "the column is named although there is none"
    shown = await bring(own, [["A", "x"]], ["Name", "Name"])
    assert "No column has the heading E-mail, Place of residence." in shown.text
    assert "These columns say what another one says already, and are left out: Name" in shown.text
    assert "/take" not in shown.text


async def test_ticket_types_are_the_organisers_own(app: Frame, own: httpx.AsyncClient) -> None:
    mine = await own_type(own)
    async with await console_of(app, FOREIGN) as other:
        await own_type(other, FOREIGN)
    rows = [
        ["A", "a@example.org", "JP", mine],
        ["B", "b@example.org", "JP", "WORKSHOP pass"],
        ["C", "c@example.org", "JP", "citywide-pass"],
        ["D", "d@example.org", "JP", f"{FOREIGN}-workshop-pass"],
        ["E", "e@example.org", "JP", ""],
    ]
    shown = await bring(own, rows, [*HEADING, "Ticket"])
    assert "3 lines can be taken in" in shown.text
    assert shown.text.count("You have no such ticket type.") == 2


async def test_list_of_another_organiser_is_not_found(app: Frame, own: httpx.AsyncClient) -> None:
    await own_type(own)
    address = (await bring(own, people(1))).url.path
    async with await console_of(app, FOREIGN) as other:
        mine = address.replace(str((await event())["id"]), str((await event(FOREIGN))["id"]))
        for path in (address, mine):
            assert (await other.get(path)).status_code == 404
            for act in ("take", "discard"):
                assert (await other.post(f"{path}/{act}")).status_code == 404
    assert await work() == 0


async def test_list_is_sealed_and_goes_by_itself(own: httpx.AsyncClient) -> None:
    await own_type(own)
    shown = await bring(own, [["Secret Guest", "secret@example.org", "JP"]])
    sealed = await value("SELECT sealed FROM guest_import")
    assert isinstance(sealed, bytes)
    assert b"Secret" not in sealed
    [rule] = [rule for rule in retention.KEPT if rule.purpose == kept.PURPOSE]
    assert await retention.clear(rule, days=rule.days, now=NOW + dt.timedelta(hours=23)) == 0
    assert await retention.clear(rule, days=rule.days, now=NOW + dt.timedelta(hours=25)) == 1
    assert (await own.get(shown.url.path)).status_code == 404

    thrown = await bring(own, people(1))
    assert (await own.post(f"{thrown.url.path}/discard")).status_code == 303
    assert await value("SELECT count(*) FROM guest_import") == 0


async def test_list_that_is_being_taken_in_is_not_cleared_away(own: httpx.AsyncClient) -> None:
    await own_type(own)
    shown = await bring(own, people(2))
    await own.post(f"{shown.url.path}/take")
    [rule] = [rule for rule in retention.KEPT if rule.purpose == kept.PURPOSE]
    later = NOW + dt.timedelta(days=3)
    assert await retention.clear(rule, days=rule.days, now=later) == 0
    await work()
    assert await tickets() == 2
    assert await retention.clear(rule, days=rule.days, now=later) == 1


async def test_ticket_type_that_is_gone_is_told_line_by_line(own: httpx.AsyncClient) -> None:
    slug = await own_type(own)
    shown = await bring(own, people(2))
    await fetch("DELETE FROM coverage WHERE ticket_type = (SELECT id FROM ticket_type WHERE slug = $1)", slug)
    offers.forget()
    later = await own.get(shown.url.path)
    assert later.status_code == 200
    assert "0 lines can be taken in" in later.text
    assert (await own.post(f"{shown.url.path}/take")).status_code == 303
    assert await tickets() == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["ja", "en", "de"])
async def test_empty_list_is_understood_when_filled_in(own: httpx.AsyncClient, kind: str, language: str) -> None:
    await own_type(own)
    at = await event()
    await ask(own_event=at["id"], organiser=at["organiser"])
    answer = await own.get(f"{await base()}/imports/template.{kind}", params={"lang": language})
    assert answer.headers["content-disposition"].startswith("attachment")
    with pytest.raises(Unreadable, match=_("There is nothing below the heading in this file.")):
        read(answer.content, most=5)
    found = await kept.questions(event=at["id"], principal=Principal(role="officer"), now=NOW)
    heading = heading_of(answer.content)
    meant = columns.recognise(heading, found)
    assert (meant.unknown, meant.twice, meant.missing) == ([], [], [])
    assert len(meant.fields) + len(meant.answers) == len(heading)


def heading_of(content: bytes) -> list[str]:
    if content.startswith(b"PK"):
        return [str(cell.value) for cell in next(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())]
    return content.decode("utf-8-sig").strip().replace('"', "").split(",")


async def test_draft_can_have_no_guests(own: httpx.AsyncClient) -> None:
    made = await draft(organiser=(await event())["organiser"])
    sent = await own.post(f"/console/events/{made}/guests/imports", files={"file": ("x.csv", b"a,b\nc,d\n")})
    assert (sent.status_code, wrong(sent)) == (422, ["file"])


@pytest.mark.parametrize(
    ("words", "code"),
    [("JP", "JP"), ("jp", "JP"), ("日本", "JP"), ("Japan", "JP"), ("ＵＳＡ", "US"), ("アメリカ合衆国", "US"),
     ("米国", "US"), ("Deutschland", "DE"), ("South Korea", "KR"), ("대한민국", "KR"), ("中国", "CN"), ("ไทย", "TH"),
     (" united  kingdom ", "GB"), ("Hong Kong", "HK"), ("台湾", "TW")],
)  # fmt: skip
def test_countries_are_known_by_code_and_name(words: str, code: str) -> None:
    assert values.country(words) == code


@pytest.mark.parametrize("words", ["Atlantis", "XX", "EU", "-"])
def test_unknown_countries_are_refused(words: str) -> None:
    with pytest.raises(NotKnown):
        values.country(words)


def test_needs_and_languages_are_known_by_their_words() -> None:
    assert values.needs("Captions, wheelchair; 筆談") == (["captions", "wheelchair", "other"], "筆談")
    assert values.needs("車椅子、手話") == (["wheelchair", "sign_language"], "")
    assert values.needs("") == ([], "")
    assert [values.tongue(words) for words in ("ja", "日本語", "German", "ドイツ語", "zh", "한국어")] == [
        "ja", "ja", "de", "de", "zh-Hans", "ko",
    ]  # fmt: skip
    with pytest.raises(NotKnown):
        values.tongue("Klingon")
