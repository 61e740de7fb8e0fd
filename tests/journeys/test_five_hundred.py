"""Five hundred people of all scripts, from the form to KPI 2: registered, mailed, scanned, on line, counted once."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from app.core import jobs, smtp
from app.core.db import fetch, fetch_one
from app.core.sandbox.catcher import catcher
from app.core.sandbox.mailbox import folder_of
from app.core.settings import settings
from app.core.web.frame import Frame
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.journeys import agenda, tally
from tests.journeys.agenda import SESSIONS, WINDOWS, Held, Visit
from tests.journeys.crowd import LANGUAGE, MOVED, PEOPLE, Sending, crowd
from tests.journeys.doing import KPI, Answered, Doors, Page, follow, knock, pictures, send_in, session_ids
from tests.journeys.letters import Letter, read_letter, read_picture

SEED = 2026
WEEK = dt.timedelta(days=7)
SUBJECT = {
    "ja": "チケット：", "en": "Your ticket: ", "zh-Hans": "您的门票：", "ko": "티켓: ", "de": "Ihr Ticket: ",
    "th": "บัตรของคุณ: ",
}  # fmt: skip
UNKNOWN = 4
"""Tickets whose residence nobody has declared, as from a list that was taken over."""
TRACES = ("registration", "ticket", "person", "job", "scan", "ticket_state", "presence_interval", "ledger_entry")


@pytest.fixture
async def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A real SMTP server; the folder in which its messages lie."""
    async with catcher(tmp_path) as server:
        monkeypatch.setenv("APP_MAIL_URL", server.url)
        settings.cache_clear()
        yield folder_of(tmp_path)
        await smtp.close()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="module")
def readers() -> Iterator[ProcessPoolExecutor]:
    """Two processes that read mails and pictures."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


async def test_five_hundred_people_are_counted_as_they_were(
    app: Frame, committed: None, clock: Clock, mailbox: Path, readers: ProcessPoolExecutor
) -> None:
    chance = random.Random(SEED)
    sendings = crowd(chance)
    answered = await register_in_two_weeks(app, clock, sendings)
    await check_mails(app, clock, sendings, answered, mailbox=mailbox, readers=readers)

    moved = {s.party[0].person.number for s in sendings if s.week}
    moved = {p for p in moved if len({h.residence for h, _ in answered if h.wanted.person.number == p}) > 1}
    assert len(moved) == MOVED
    tickets = await forget_some_residences([held for held, _ in answered], moved)
    windows = agenda.scans(tickets, moved, chance)
    visits = agenda.visits(tickets, moved, chance)
    assert len({v.held.wanted.person.number for v in visits}) == agenda.WATCHERS

    clock.moment = NOW - dt.timedelta(minutes=5)
    doors = await Doors.staffed(app, clock)
    async with client(app, await token_for("officer")) as officer:
        facts = await live_through(app, clock, doors, windows=windows, visits=visits, tickets=tickets, officer=officer)
        await check_figure(officer, facts, tickets)
        await check_people(officer)
        await send_again(doors, officer, chance)
    await doors.close()


async def register_in_two_weeks(app: Frame, clock: Clock, sendings: list[Sending]) -> list[Answered]:
    """Register everybody; those who come twice come a week later."""
    clock.moment = NOW - 2 * WEEK
    first = await send_in(app, [s for s in sendings if s.week == 0])
    assert len(first) == PEOPLE
    clock.forward(days=7)
    second = await send_in(app, [s for s in sendings if s.week == 1])
    assert await value("SELECT count(*) FROM person") == PEOPLE
    assert await value("SELECT count(*) FROM ticket") == len(first) + len(second)
    return [*first, *second]


async def check_mails(
    app: Frame,
    clock: Clock,
    sendings: list[Sending],
    answered: list[Answered],
    *,
    mailbox: Path,
    readers: ProcessPoolExecutor,
) -> None:
    """Every ticket has one mail, in the right language, whose code is that of the answer, on paper and on screen."""
    assert await jobs.drain(clock) == len(answered) + MOVED  # a mail per ticket, and a word to the ledger per move
    on_screen = await read_all(readers, read_picture, await pictures(app, answered))
    letters = await read_all(readers, read_letter, sorted(messages(mailbox)))
    by_id = {letter.message_ids: letter for letter in letters}
    assert len(letters) == len(by_id) == len(answered)
    language = {wanted: LANGUAGE[s.language] for s in sendings for wanted in s.party}
    address = {wanted: s.email.lower() for s in sendings for wanted in s.party}
    for (held, ticket), seen in zip(answered, on_screen, strict=True):
        letter = by_id[(f"<ticket-{held.id}-0-confirmation@test>",)]
        assert letter.to.lower() == address[held.wanted]  # as written this time
        check_letter(letter, held, ticket, language[held.wanted])
        assert seen == (ticket["code"],), f"SVG of {held.wanted}"
    assert len({held.code for held, _ in answered}) == len(answered)
    await check_same_message_again(clock, answered[::40], mailbox, set(by_id))


def messages(mailbox: Path) -> set[Path]:
    """Return the messages that have arrived."""
    return set(mailbox.glob("*.eml"))


async def read_all(readers: ProcessPoolExecutor, read: Any, things: list[Any]) -> list[Any]:
    """Let the other processes read."""
    return await asyncio.to_thread(lambda: list(readers.map(read, things, chunksize=8)))


def check_letter(letter: Letter, held: Held, ticket: dict[str, Any], language: str) -> None:
    """A mail says everything."""
    assert letter.language == language
    assert letter.subject.startswith(SUBJECT[language])
    for words in (letter.plain, letter.html):
        assert ticket["page_url"] in words
    assert ticket["code"] in letter.plain
    assert letter.on_paper == ((ticket["code"],),), f"PDF of {held.wanted}"
    assert letter.methods == ("PUBLISH",)
    assert letter.calendar.startswith("BEGIN:VCALENDAR")
    assert "BEGIN:VEVENT" in letter.calendar


async def check_same_message_again(
    clock: Clock, some: list[Answered], mailbox: Path, known: set[tuple[str, ...]]
) -> None:
    """A mail whose worker died before it could note it down comes again as the same message."""
    before = messages(mailbox)
    await fetch(
        "UPDATE job SET done_at = NULL WHERE key = ANY($1::text[])", [f"ticket-mail:{held.id}" for held, _ in some]
    )
    assert await jobs.drain(clock) == len(some)
    again = [read_letter(path).message_ids for path in messages(mailbox) - before]
    assert set(again) == {(f"<ticket-{held.id}-0-confirmation@test>",) for held, _ in some}
    assert set(again) <= known


async def forget_some_residences(tickets: list[Held], moved: set[int]) -> list[Held]:
    """Take the residence out of a few tickets, as if they had been taken over from a list without it."""
    numbers = [held.wanted.person.number for held in tickets]
    plain = [
        held
        for held in tickets
        if held.kind == "citywide-pass" and numbers.count(held.wanted.person.number) == 1 and held.residence != "JP"
    ]
    ids = {held.id for held in plain[: 40 * UNKNOWN : 10]}
    await fetch("UPDATE ticket SET residence = NULL WHERE id = ANY($1::uuid[])", list(ids))
    return [replace(held, residence=None) if held.id in ids else held for held in tickets]


async def live_through(
    app: Frame,
    clock: Clock,
    doors: Doors,
    *,
    windows: list[list[agenda.Scan]],
    visits: list[Visit],
    tickets: list[Held],
    officer: httpx.AsyncClient,
) -> list[tally.Fact]:
    """Let the two days pass in their order; return what happened, as those who did it would tell."""
    ids, facts = await session_ids(), list[tally.Fact | None]()
    uploads = [(starts_at + dt.timedelta(minutes=minutes + 1), n) for n, (starts_at, minutes) in enumerate(WINDOWS)]
    happenings: list[tuple[dt.datetime, int | agenda.Session]] = [*uploads, *((s.starts_at, s) for s in SESSIONS)]
    for _when, what in sorted(happenings, key=lambda pair: pair[0]):
        if isinstance(what, int):
            clock.moment = uploads[what][0]
            await doors.scan(windows[what], batch=37 + what)
            facts += [tally.entry(scan, clock()) for scan in windows[what]]
        else:
            here = [visit for visit in visits if visit.session == what]
            clock.moment = min(visit.signs[0] for visit in here)
            await knock(app, ids[what.slug], [held for held in tickets if not held.follows(what)][::6])
            await follow(app, clock, what, [Page(visit, ids[what.slug]) for visit in here])
            facts += [tally.stay(visit) for visit in here]
        await check_figure(officer, [fact for fact in facts if fact], tickets)
    return [fact for fact in facts if fact]


async def check_figure(officer: httpx.AsyncClient, facts: list[tally.Fact], tickets: list[Held]) -> None:
    """The product's every number is the one counted by hand."""
    answer = await officer.get(KPI, params={"fiscal_year": 2026})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    wanted = [replace(held.wanted, residence=held.residence) for held in tickets]
    counted = tally.figures(facts, wanted)
    head = await fetch_one("SELECT digest FROM ledger_entry ORDER BY position DESC LIMIT 1")
    counted |= {
        "fiscal_year": 2026,
        "rule": "kpi2-v1",
        "targets": None,
        "frozen": None,
        "ledger_head": head["digest"].hex() if head else told["ledger_head"],
    }
    assert told == counted


async def check_people(officer: httpx.AsyncClient) -> None:
    """The list behind the number is as long as the number."""
    people = (await officer.get(KPI, params={"fiscal_year": 2026})).json()["people"]
    listed = (await officer.get(f"{KPI}/people", params={"fiscal_year": 2026, "limit": 1000})).json()
    assert len({person["person"] for person in listed["people"]}) == len(listed["people"]) == people
    assert listed["next"] is None


async def send_again(doors: Doors, officer: httpx.AsyncClient, chance: random.Random) -> None:
    """Every scan once more, shuffled and in other batches: the same answers, and nothing changes."""
    before = (await officer.get(KPI, params={"fiscal_year": 2026})).content, await traces()
    for scan, receipt in await doors.scan_everything_again(chance, batch=83):
        verdict = "admitted" if scan.expected is None else "refused"
        assert (receipt["status"], receipt["verdict"], receipt["reason"]) == ("already_stored", verdict, scan.expected)
    assert ((await officer.get(KPI, params={"fiscal_year": 2026})).content, await traces()) == before


async def traces() -> dict[str, object]:
    """Return a digest of every row that scanning could touch, and the head of the ledger."""
    digest = "SELECT md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM {} t"
    return {table: await value(digest.format(table)) for table in (*TRACES, "chain_head", "quota")}
