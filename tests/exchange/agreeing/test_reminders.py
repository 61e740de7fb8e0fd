"""Officers are reminded of an agreement once per threshold, by mail, and see it on their start page."""

import datetime as dt

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange.agreeing import reminders
from app.exchange.mails import term_reminders
from app.people import access
from app.people.roles import Role
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.desk import officer
from workers.schedule import ENTRIES

pytestmark = pytest.mark.usefixtures("http")
DEADLINE = dt.date(2027, 3, 31)


def at(day: str) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(3), tzinfo=dt.UTC)


async def agreed() -> None:
    made = await planting.partner("kobe", name={"en": "Kobe", "ja": "神戸市"})
    await planting.agreement(made, valid_until=DEADLINE, renews=False)


async def account(role: Role, address: str | None = None) -> None:
    await access.add_account(role=role, label=f"{role} {address}", now=NOW, email=address)


async def promised() -> int:
    return len(await fetch("SELECT 1 FROM job WHERE name = 'exchange.send_term_reminder'"))


async def test_each_reminder_is_sent_once_to_every_officer_with_an_address() -> None:
    await agreed()
    await account("officer", "one@city.example")
    await account("officer", "two@city.example")
    await account("officer")
    await account("admin", "root@city.example")
    sent = {}
    for day in ("2027-01-29", "2027-01-30", "2027-01-30", "2027-02-05", "2027-03-17", "2027-03-31", "2027-04-01"):
        await reminders.sweep(now=at(day))
        sent[day] = await promised()
    assert sent == {
        "2027-01-29": 0,
        "2027-01-30": 2,
        "2027-02-05": 2,
        "2027-03-17": 4,
        "2027-03-31": 4,
        "2027-04-01": 4,
    }


async def test_who_becomes_an_officer_later_is_not_reminded_of_what_lies_behind() -> None:
    await agreed()
    await reminders.sweep(now=at("2027-01-30"))
    await account("officer", "new@city.example")
    await reminders.sweep(now=at("2027-02-05"))
    assert await promised() == 0
    await reminders.sweep(now=at("2027-03-17"))
    assert await promised() == 1


async def test_a_worker_that_was_away_reminds_once_and_of_a_revoked_agreement_nobody_is_reminded() -> None:
    await account("officer", "one@city.example")
    await agreed()
    other = await planting.partner("sapporo")
    await planting.agreement(other, valid_until=DEADLINE, renews=False, revoked_at=NOW)
    await reminders.sweep(now=at("2027-03-20"))
    await reminders.sweep(now=at("2027-03-21"))
    assert await promised() == 1


async def test_the_mail_says_until_when_and_what_happens_and_has_one_name() -> None:
    await account("officer", "one@city.example")
    await agreed()
    (agreement,) = await fetch("SELECT id FROM agreement")
    (reader,) = await fetch("SELECT id FROM account WHERE role = 'officer'")
    asked = {"agreement": agreement["id"], "account": reader["id"], "due": "2027-01-30"}
    mail = await term_reminders.written(**asked, now=at("2027-01-30"))
    assert mail is not None
    assert mail.to == "one@city.example"
    assert "神戸市" in mail.subject
    assert "2027年3月31日" in mail.plain
    assert "http://test/office/partners/kobe" in mail.plain
    assert "http://test/office/partners/kobe" in mail.html
    again = await term_reminders.written(**asked, now=at("2027-02-02"))
    assert again is not None
    assert again.reference == mail.reference
    assert await term_reminders.written(**asked, now=at("2027-04-01")) is None
    await fetch("UPDATE account SET suspended_at = $1", NOW)
    assert await term_reminders.written(**asked, now=at("2027-01-30")) is None


async def test_the_start_page_shows_what_ends_within_60_days(app: Frame) -> None:
    made = await planting.partner("kobe", name={"en": "Kobe"})
    ends = dt.date(2027, 1, 20)
    await planting.agreement(made, valid_until=ends, renews=False)
    async with officer(app) as desk:
        shown = (await desk.get("/start")).text
        assert "The agreement with Kobe ends on Wednesday, January 20, 2027." in shown
        assert 'href="/office/partners/kobe"' in shown
        await fetch("UPDATE agreement SET valid_until = $1", ends + dt.timedelta(days=1))
        assert "The agreement with Kobe" not in (await desk.get("/start")).text
        await fetch("UPDATE agreement SET valid_until = $1, renews = true", ends + dt.timedelta(days=90))
        assert "goes on for another year unless notice is given" in (await desk.get("/start")).text


def test_the_schedule_looks_every_minute() -> None:
    assert [one.run for one in ENTRIES if one.name == "agreements_reminders"] == [reminders.sweep]
