"""Mails about what became of a registration: true when they are sent, to the right person, with one way to go on."""

import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage
from uuid import UUID

import pytest
from icalendar import Calendar, Event

from app.core import jobs
from app.core.db import fetch
from app.core.smtp import AddressRefused
from app.people import undeliverable
from app.people.persons import address_key
from app.ticketing.life import approval, block, cancel, change, reissue, transfer, waiting_list
from app.ticketing.life.by import HOLDER
from app.ticketing.life.edits import NewHolder, TicketEdit
from app.ticketing.mails.promises import Purpose, promise, promise_ticket
from app.ticketing.registering import offers
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox
from tests.ticketing.life.doing import EARLY, STAFF, register, set_type, waiting
from tests.ticketing.payments.bills import method, paid_type
from tests.ticketing.wishes import member

pytestmark = pytest.mark.usefixtures("http")
OWN = "companion@example.org"


@pytest.fixture(autouse=True)
def fresh(clock: Clock) -> Iterator[None]:
    """Three days before the convention, with offers read anew."""
    clock.moment = EARLY
    offers.forget()
    yield
    offers.forget()


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    found: str = part.get_content()
    return found


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    found: str = part.get_content()
    return found


async def sent(clock: Clock, mailbox: Mailbox) -> list[EmailMessage]:
    """Do all that is due, and return the mails that came of it."""
    before = len(mailbox())
    await jobs.drain(clock)
    assert await value("SELECT count(*) FROM job WHERE last_error <> ''") == 0
    return mailbox()[before:]


async def ids(registration: UUID) -> list[UUID]:
    rows = await fetch("SELECT id FROM ticket WHERE registration = $1 ORDER BY position", registration)
    return [row["id"] for row in rows]


CASES: list[tuple[Purpose, str, str]] = [
    ("waiting", "waiting", "You are on the waiting list"),
    ("offered", "offered", "There is a place for you"),
    ("pending", "unapproved", "We have your registration"),
    ("canceled", "canceled", "Canceled"),
    ("refused", "canceled", "About your registration"),
    ("offer_lapsed", "canceled", "The time for your place is over"),
    ("blocked", "blocked", "Your ticket is blocked"),
]


async def in_state(state: str, clock: Clock) -> UUID:
    """Return a registration whose ticket is in a state, its first mail sent."""
    found = await register()
    await jobs.drain(clock)
    until = EARLY + dt.timedelta(hours=24)
    await fetch("UPDATE ticket SET state = $2 WHERE registration = $1", found.id, state)
    await fetch("UPDATE registration SET expires_at = $2 WHERE id = $1", found.id, until)
    return found.id


@pytest.mark.parametrize(("purpose", "state", "subject"), CASES)
async def test_note_says_what_is_so(clock: Clock, mailbox: Mailbox, purpose: Purpose, state: str, subject: str) -> None:
    registration = await in_state(state, clock)
    (ticket,) = await ids(registration)
    await promise(purpose, registration=registration, ticket=ticket if purpose == "blocked" else None, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert message["subject"].startswith(f"{subject}: ")
    assert message["to"].addresses[0].addr_spec == "li.na@example.org"
    assert "李娜" in plain(message)
    links = {word.rstrip(".") for word in plain(message).split() if word.startswith("http://test/")}
    assert len(links - {"http://test/"}) == 1, "one link that matters"
    for link in links - {"http://test/"}:
        assert f'href="{link}"' in html(message)


@pytest.mark.parametrize(("purpose", "state", "subject"), CASES)
async def test_note_that_is_no_longer_true_is_not_sent(
    clock: Clock, mailbox: Mailbox, purpose: Purpose, state: str, subject: str
) -> None:
    registration = await in_state(state, clock)
    (ticket,) = await ids(registration)
    await promise(purpose, registration=registration, ticket=ticket if purpose == "blocked" else None, now=EARLY)
    await fetch("UPDATE ticket SET state = 'valid' WHERE id = $1", ticket)
    assert await sent(clock, mailbox) == []
    assert await value("SELECT count(*) FROM job WHERE done_at IS NULL") == 0


async def test_offer_that_is_over_is_not_sent(clock: Clock, mailbox: Mailbox) -> None:
    registration = await in_state("offered", clock)
    await promise("offered", registration=registration, now=EARLY)
    clock.forward(hours=24)
    assert await sent(clock, mailbox) == []


async def test_note_speaks_the_language_of_the_registration(clock: Clock, mailbox: Mailbox) -> None:
    found = await register(language="ja")
    await jobs.drain(clock)
    await fetch("UPDATE ticket SET state = 'waiting'")
    await promise("waiting", registration=found.id, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert message["content-language"] == "ja"
    assert 'lang="ja"' in html(message)


async def test_note_sent_again_is_the_same_message_and_promised_twice_is_one(clock: Clock, mailbox: Mailbox) -> None:
    registration = await in_state("waiting", clock)
    for stamp in ("1", "1", "2"):
        await promise("waiting", registration=registration, stamp=stamp, now=EARLY)
    first, second = await sent(clock, mailbox)
    assert first["message-id"] != second["message-id"]
    await fetch("UPDATE job SET done_at = NULL WHERE key LIKE 'note:%'")
    assert {m["message-id"] for m in await sent(clock, mailbox)} == {first["message-id"], second["message-id"]}


async def test_erased_person_gets_no_note(clock: Clock, mailbox: Mailbox) -> None:
    registration = await in_state("waiting", clock)
    await promise("waiting", registration=registration, now=EARLY)
    await fetch("UPDATE person SET key = NULL")
    assert await sent(clock, mailbox) == []


async def test_who_waits_is_told_of_it_and_of_the_place(clock: Clock, mailbox: Mailbox) -> None:
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'citywide'")
    first = await register(email="first@example.org")
    found = await waiting()
    message = (await sent(clock, mailbox))[-1]
    assert "As soon as your party fits in" in plain(message)
    assert found.manage_url in plain(message)
    await cancel.cancel(registration=first.id, by=HOLDER, now=EARLY)
    subjects = {m["to"].addresses[0].addr_spec: m["subject"] for m in await sent(clock, mailbox)}
    assert subjects["li.na@example.org"].startswith("There is a place for you: ")
    await waiting_list.accept(registration=found.id, by=HOLDER, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert message["subject"].startswith("Your ticket: "), "it is the first one, whatever happened before"


async def test_reason_is_told(clock: Clock, mailbox: Mailbox) -> None:
    await set_type("citywide-pass", admission="approval")
    found = await register()
    await sent(clock, mailbox)
    await approval.refuse(registration=found.id, by=STAFF, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert "Reason: A good reason" in plain(message)
    assert message.get_content_type() == "multipart/alternative", "nothing was in a calendar yet"


async def test_blocked_ticket_and_its_return(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    await sent(clock, mailbox)
    await block.block(ticket=found.tickets[0].id, by=STAFF, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert "Reason: A good reason" in plain(message)
    clock.forward(minutes=1)
    await block.unblock(ticket=found.tickets[0].id, by=STAFF, now=clock())
    (message,) = await sent(clock, mailbox)
    assert message["subject"].startswith("Your ticket has changed: ")


async def test_changed_ticket_replaces_the_one_before(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    (first,) = await sent(clock, mailbox)
    await change.change(ticket=found.tickets[0].id, wish=TicketEdit(name="Li Na"), by=HOLDER, now=EARLY)
    (second,) = await sent(clock, mailbox)
    assert second["subject"].startswith("Your ticket has changed: ")
    assert "This is how it is now" in plain(second)
    assert first["message-id"] != second["message-id"]
    before, after = (Calendar.from_ical(files(m)["events.ics"]) for m in (first, second))
    assert {str(e["uid"]) for e in before.events} == {str(e["uid"]) for e in after.events}
    assert {sequence(e) for e in after.events} == {sequence(e) + 1 for e in before.events}


async def test_new_code_is_in_the_mail(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    await sent(clock, mailbox)
    await reissue.reissue(ticket=found.tickets[0].id, by=HOLDER, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert message["subject"].startswith("Your ticket has changed: ")
    assert found.tickets[0].code not in plain(message)


async def test_two_changes_at_once_are_one_mail(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    await sent(clock, mailbox)
    for name in ("Li", "Lina"):
        await change.change(ticket=found.tickets[0].id, wish=TicketEdit(name=name), by=HOLDER, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert "Lina" in plain(message)


async def test_ticket_is_sent_again_on_wish(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    (first,) = await sent(clock, mailbox)
    for wish in ("20261118 10:00", "20261118 10:00", "20261118 10:01"):
        await promise_ticket(found.tickets[0].id, revision=0, now=EARLY, again=wish)
    again = await sent(clock, mailbox)
    assert len({m["message-id"] for m in [first, *again]}) == 3
    assert {m["subject"] for m in again} == {first["subject"]}


async def test_passed_on_ticket(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    (first,) = await sent(clock, mailbox)
    to = NewHolder(name="Kim", residence="KR", email=OWN)
    await transfer.transfer(ticket=found.tickets[0].id, to=to, by=HOLDER, now=EARLY)
    told = {m["to"].addresses[0].addr_spec: m for m in await sent(clock, mailbox)}
    assert told["li.na@example.org"]["subject"].startswith("Passed on: ")
    assert "Kim" not in plain(told["li.na@example.org"])
    assert told[OWN]["subject"].startswith("Your ticket: "), "whoever gets it has not seen it before"
    assert found.manage_url not in plain(told[OWN]), "only whoever registered manages all of it"
    (name,) = files(told["li.na@example.org"])
    gone = Calendar.from_ical(files(told["li.na@example.org"])[name])
    assert gone["method"] == "CANCEL"
    assert {str(e["uid"]) for e in gone.events} == uids(first)


async def test_companion_with_an_own_address(clock: Clock, mailbox: Mailbox) -> None:
    found = await register(member(), member(name="Kim", email=OWN), member(name="Park"))
    told = [(m["to"].addresses[0].addr_spec, plain(m)) for m in await sent(clock, mailbox)]
    assert sorted(to for to, _ in told) == [OWN, "li.na@example.org", "li.na@example.org"]
    assert ["addresses of their own: Kim." in words for to, words in told if to == OWN] == [False]
    assert sum("addresses of their own: Kim." in words for _, words in told) == 1
    await cancel.cancel(registration=found.id, by=HOLDER, now=EARLY)
    messages = {m["to"].addresses[0].addr_spec: m for m in await sent(clock, mailbox)}
    assert set(messages) == {OWN, "li.na@example.org"}
    assert len(files(messages["li.na@example.org"])) == 2
    assert "Park" in plain(messages["li.na@example.org"])
    assert len(files(messages[OWN])) == 1
    assert "Park" not in plain(messages[OWN])
    assert found.manage_url not in plain(messages[OWN]), "only whoever registered manages all of it"


async def test_companion_is_told_once_that_a_ticket_is_canceled(clock: Clock, mailbox: Mailbox) -> None:
    party = (member(name="Änne"), member(name="林", email=OWN))
    found = await register(*party)
    await sent(clock, mailbox)
    await cancel.cancel(registration=found.id, tickets=[found.tickets[1].id], by=HOLDER, now=EARLY)
    assert [mail["to"].addresses[0].addr_spec for mail in await sent(clock, mailbox)] == [OWN]
    await cancel.cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert OWN not in [mail["to"].addresses[0].addr_spec for mail in await sent(clock, mailbox)]


async def test_session_given_up_leaves_the_calendar(clock: Clock, mailbox: Mailbox) -> None:
    rows = await fetch(
        "SELECT s.id, s.slug FROM session s JOIN quota q ON q.session = s.id JOIN coverage g ON g.event = s.event"
        " JOIN ticket_type t ON t.id = g.ticket_type WHERE t.slug = 'citywide-pass' ORDER BY s.starts_at LIMIT 1"
    )
    session, slug = rows[0]
    found = await register(member(sessions=[str(session)]))
    (first,) = await sent(clock, mailbox)
    assert "Your places in sessions" in plain(first)
    await change.change(ticket=found.tickets[0].id, wish=TicketEdit(sessions=()), by=HOLDER, now=EARLY)
    (second,) = await sent(clock, mailbox)
    (gone,) = Calendar.from_ical(files(second)["canceled.ics"]).events
    assert str(gone["uid"]).endswith(f"-{slug}@test")
    assert str(gone["status"]) == "CANCELLED"
    assert str(gone["uid"]) in uids(first) - uids(second)
    await change.change(ticket=found.tickets[0].id, wish=TicketEdit(name="Lina"), by=HOLDER, now=EARLY)
    (third,) = await sent(clock, mailbox)
    assert set(files(third)) == {name for name in files(second) if name != "canceled.ics"}, "once is enough"


async def test_event_that_is_canceled_leaves_the_calendar(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    (first,) = await sent(clock, mailbox)
    await fetch("UPDATE event SET canceled_at = $1, revision = revision + 1 WHERE slug = 'oto-matsuri'", EARLY)
    await promise_ticket(found.tickets[0].id, revision=0, now=EARLY, again="event")
    (second,) = await sent(clock, mailbox)
    (gone,) = Calendar.from_ical(files(second)["canceled.ics"]).events
    before = {str(e["uid"]): sequence(e) for e in Calendar.from_ical(files(first)["events.ics"]).events}
    assert sequence(gone) > before[str(gone["uid"])]
    assert uids(second) == uids(first) - {str(gone["uid"])}


async def test_canceled_ticket_takes_everything_out(clock: Clock, mailbox: Mailbox) -> None:
    found = await register()
    (first,) = await sent(clock, mailbox)
    await cancel.cancel(registration=found.id, by=STAFF, now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert "Reason: A good reason" in plain(message)
    (file,) = files(message).values()
    gone = Calendar.from_ical(file)
    assert {str(e["uid"]) for e in gone.events} == uids(first)
    assert all(sequence(e) > 0 for e in gone.events)


async def test_what_is_to_be_paid(clock: Clock, mailbox: Mailbox) -> None:
    await method()
    await paid_type()
    await register(member(ticket_type="workshop"), payment="bank_transfer")
    (message,) = await sent(clock, mailbox)
    reference = str(await value("SELECT reference FROM payment"))
    words = plain(message)
    assert message["subject"].startswith("Please pay: ")
    assert all(word in words for word in (reference, "¥3,300", "¥300", "Account 1234567"))
    await fetch("UPDATE payment SET state = 'paid'")
    await fetch("UPDATE job SET done_at = NULL WHERE key LIKE 'note:payment%'")
    assert await sent(clock, mailbox) == []


@pytest.mark.parametrize(
    ("purpose", "state", "subject"),
    [
        ("payment_reminder", "due", "Not paid yet"),
        ("payment_lapsed", "lapsed", "Not paid in time"),
        ("refund", "refund_due", "You get money back"),
    ],
)
async def test_what_becomes_of_a_payment(
    clock: Clock, mailbox: Mailbox, purpose: Purpose, state: str, subject: str
) -> None:
    await method()
    await paid_type()
    found = await register(member(ticket_type="workshop"), payment="bank_transfer")
    await sent(clock, mailbox)
    payment = await value("SELECT id FROM payment")
    await fetch("UPDATE payment SET state = $1, refund = 3300", state)
    await promise(purpose, registration=found.id, stamp=f"{payment}:x", now=EARLY)
    (message,) = await sent(clock, mailbox)
    assert message["subject"].startswith(f"{subject}: ")
    assert "¥3,300" in plain(message)
    await fetch("UPDATE payment SET state = 'canceled'")
    await promise(purpose, registration=found.id, stamp=f"{payment}:y", now=EARLY)
    assert await sent(clock, mailbox) == []


async def test_refused_address_is_noted_and_not_tried_again(
    clock: Clock, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise AddressRefused("5.1.1")

    found = await register()
    with monkeypatch.context() as patch:
        patch.setattr("app.core.smtp.hand_over", refuse)
        assert await sent(clock, mailbox) == []
    key = address_key("li.na@example.org")
    assert (await undeliverable.of_addresses([key]))[key].status == "5.1.1"
    assert await value("SELECT count(*) FROM job WHERE done_at IS NULL AND name = 'ticketing.send_ticket'") == 0
    await promise_ticket(found.tickets[0].id, revision=0, now=EARLY, again="1")
    assert len(await sent(clock, mailbox)) == 1
    assert await undeliverable.of_addresses([key]) == {}, "a server that takes mail for it takes the note back"


def files(message: EmailMessage) -> dict[str, bytes]:
    """Return the calendar files of a mail by name."""
    return {
        str(part.get_filename()): part.get_content().encode()
        for part in message.iter_attachments()
        if part.get_content_type() == "text/calendar"
    }


def uids(message: EmailMessage) -> set[str]:
    """Return the entries that a mail puts into a calendar."""
    return {str(event["uid"]) for event in Calendar.from_ical(files(message)["events.ics"]).events}


def sequence(entry: Event) -> int:
    """Return the number by which a calendar knows which file is newer."""
    return int(str(entry["sequence"]))
