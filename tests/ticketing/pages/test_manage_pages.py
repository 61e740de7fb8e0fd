"""What holders do on their pages, as a browser without JavaScript does it."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from app.ticketing import queries
from app.ticketing.life.approval import approve
from app.ticketing.life.block import block
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.mails import notes
from app.ticketing.mails import ticket as ticket_mail
from app.ticketing.payments import due
from app.ticketing.registering import offers
from app.ticketing.schemas import RegistrationOut
from app.ticketing.tickets import page_token
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value
from tests.ticketing.life.doing import (
    EARLY,
    STAFF,
    capacity,
    changes,
    counted_session,
    details,
    payable,
    people,
    register,
    set_type,
    states,
    status,
    taken,
    ticket,
    ticket_mails,
    token,
    waiting,
)
from tests.ticketing.pages.test_pages import qr_of
from tests.ticketing.settings import question
from tests.ticketing.stock import sound
from tests.ticketing.wishes import member

HTML = {"accept": "text/html", "sec-fetch-site": "same-origin"}
YOXO: dict[str, Any] = {"ticket_type": "yoxo-ticket"}


@pytest.fixture(autouse=True)
def _early(clock: Clock) -> Iterator[None]:
    """Three days before the convention holders may do as they like."""
    clock.moment = EARLY
    offers.forget()
    yield
    offers.forget()


def path(found: RegistrationOut, n: int | None = None) -> str:
    """Return where a registration is managed, or one of its tickets."""
    base = f"/registrations/{token(found)}"
    return base if n is None else f"{base}/tickets/{found.tickets[n].id}"


def own(found: RegistrationOut, n: int = 0) -> str:
    """Return the page of a ticket's holder."""
    return found.tickets[n].page_url.removeprefix("http://test")


async def get(http: httpx.AsyncClient, address: str) -> str:
    """Open a page."""
    answer = await http.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def send(http: httpx.AsyncClient, address: str, **data: Any) -> httpx.Response:
    """Send a form."""
    return await http.post(address, data=data, headers=HTML)


def wrong(answer: httpx.Response) -> list[str]:
    """Return the fields that the summary of a page names."""
    return re.findall(r'<li><a href="#([^"]+)">', answer.text)


def codes(html: str) -> list[str]:
    """Return the codes that a page shows."""
    return [qr_of(svg) for svg in re.findall(r"<svg[^>]*viewBox=\"0 0 45 45\".*?</svg>", html, re.DOTALL)]


def person(**more: Any) -> dict[str, Any]:
    """Return the fields of a person as the form sends them."""
    fields = {"name": "Sato Hana", "residence": "JP", **more}
    return {f"party.0.{name}": words for name, words in fields.items()}


# How things stand


async def test_confirmed_party_is_shown_with_its_codes(http: httpx.AsyncClient) -> None:
    found = await register(*people(3))
    page = await get(http, path(found))
    assert sorted(codes(page)) == sorted(t.code for t in found.tickets)
    assert f'href="{path(found)}/tickets.pdf"' in page
    assert page.count("Pass on to somebody else") == 3
    assert "until Saturday, November 21, 2026, 00:00" in page, "the first day of the convention, its own clock"
    assert "Issued" in page


async def test_new_registration_says_so_in_words_that_are_true(http: httpx.AsyncClient) -> None:
    await set_type("yoxo-ticket", admission="approval")
    for found, words in (
        (await register(member()), "You are registered"),
        (await register(member(**YOXO)), "Your request has arrived"),
    ):
        page = await get(http, f"{path(found)}?new=1")
        assert words in page
        assert ("You are registered" in page) == (found.status == "confirmed")


async def test_whoever_waits_is_told_the_place_and_for_what(http: httpx.AsyncClient) -> None:
    await full()
    await waiting(*people(2, 20, **YOXO), now=EARLY - dt.timedelta(minutes=1))
    found = await waiting(*people(2, 10, **YOXO))
    page = await get(http, path(found))
    assert "You are on the waiting list" in page
    assert re.search(r"Number 2 in the queue for: [^<]*YOXO", page)
    assert codes(page) == []
    assert page.count("On the waiting list") >= 2
    assert "Leave the waiting list" in page


async def full() -> None:
    """Let others have both places of the YOXO."""
    await capacity("yoxo", 2)
    await register(*people(2, **YOXO))


async def offered() -> RegistrationOut:
    """Return a party of two to which places were offered."""
    await capacity("yoxo", 2)
    first = await register(*people(2, **YOXO))
    found = await waiting(*people(2, 10, **YOXO))
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    assert await status(found.id) == "offered"
    return found


async def test_offer_is_taken_with_one_button_and_twice_is_once(http: httpx.AsyncClient) -> None:
    found = await offered()
    page = await get(http, path(found))
    assert "There are places for all of you" in page
    assert "until Thursday, November 19, 2026, 10:00" in page
    assert codes(page) == []
    for _ in range(2):
        answer = await send(http, f"{path(found)}/accept")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path(found)}?done=accepted")
    assert await states(found.id) == ["valid", "valid"]
    assert len(codes(await get(http, f"{path(found)}?done=accepted"))) == 2
    await sound()


async def test_offer_is_left_after_asking(http: httpx.AsyncClient) -> None:
    found = await offered()
    assert "Leave these places to somebody else?" in await get(http, f"{path(found)}/decline")
    assert await status(found.id) == "offered", "asking leaves nothing"
    for _ in range(2):
        answer = await send(http, f"{path(found)}/decline")
        assert answer.headers["location"] == f"{path(found)}?done=declined"
    assert (await status(found.id), await taken("yoxo")) == ("canceled", 0)
    page = await get(http, path(found))
    assert "This registration is canceled" in page
    assert 'href="/yokohama-2026/register"' in page
    await sound()


async def test_offer_that_is_over_is_refused_in_words(http: httpx.AsyncClient, clock: Clock) -> None:
    found = await offered()
    clock.forward(hours=25)
    answer = await send(http, f"{path(found)}/accept")
    assert answer.status_code == 409
    assert "These places are not kept for you any more." in answer.text


async def test_paid_offer_asks_how_to_pay(http: httpx.AsyncClient) -> None:
    await payable()
    await set_type("citywide-pass", price=3300)
    await capacity("citywide", 1)
    first = await register(member())
    found = await waiting(member(name="王伟"), payment="bank_transfer")
    await fetch("UPDATE ticket SET price = 3300, tax = 300 WHERE registration = $1", found.id)
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    page = await get(http, path(found))
    assert "Price: ¥3,300, including ¥300 tax." in page
    assert re.search(r'name="payment" value="bank_transfer"', page)
    await send(http, f"{path(found)}/accept", payment="bank_transfer")
    assert await states(found.id) == ["unpaid"]


async def test_unpaid_registration_says_what_to_pay_how_and_until_when(http: httpx.AsyncClient) -> None:
    await payable()
    await set_type("citywide-pass", price=3300)
    found = await register(member(), payment="bank_transfer")
    [payment] = await due.of_registration(found.id)
    page = await get(http, path(found))
    assert all(words in page for words in ("¥3,300", "¥300", payment.reference, due.words(payment).until))
    assert "Not paid yet" in page
    assert "You are registered" not in await get(http, f"{path(found)}?new=1")
    assert "opens a gate once it is paid" in await get(http, own(found))


async def test_ticket_says_in_words_why_it_opens_nothing(http: httpx.AsyncClient) -> None:
    found = await register(*people(2))
    await block(ticket=found.tickets[0].id, by=STAFF, now=EARLY)
    await cancel(registration=found.id, tickets=[found.tickets[1].id], by=HOLDER, now=EARLY)
    page = await get(http, path(found))
    assert [re.sub(r"<[^>]+>", "", s) for s in re.findall(r'<p class="ticket__state">.*?</p>', page)] == [
        "Blocked",
        "Ticket canceled",
    ]
    assert "Please ask the convention&#39;s office." in await get(http, own(found, 0))
    assert "no longer opens a gate" in await get(http, own(found, 1))
    assert (await http.get(f"{own(found, 1)}/qr.svg")).status_code == 404
    assert "A good reason" in page, "the reason is told to the holder"


async def test_history_is_told_in_order(http: httpx.AsyncClient, clock: Clock) -> None:
    found = await register(member())
    await send(http, f"{path(found, 0)}/new-code")
    clock.forward(minutes=1)
    await block(ticket=found.tickets[0].id, by=STAFF, now=clock())
    said = await get(http, path(found))
    told = said.partition("What happened so far")[2]
    places = [told.index(words) for words in ("Issued", "New code", "Blocked by the organiser")]
    assert places == sorted(places)


# Canceling


async def test_some_tickets_are_canceled_after_asking(http: httpx.AsyncClient) -> None:
    found = await register(*people(3, **YOXO))
    asked = await get(http, f"{path(found)}/cancel?ticket={found.tickets[1].id}")
    ticked = re.findall(r'name="tickets" value="([^"]+)" checked', asked)
    assert ticked == [str(found.tickets[1].id)]
    assert await states(found.id) == ["valid"] * 3, "asking cancels nothing"
    for _ in range(2):
        answer = await send(http, f"{path(found)}/cancel", tickets=ticked)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path(found)}?done=canceled")
    assert await states(found.id) == ["valid", "canceled", "valid"]
    assert await taken("yoxo") == 2
    await sound()


async def test_nothing_ticked_cancels_nothing(http: httpx.AsyncClient) -> None:
    found = await register(*people(2))
    other = await register(member(name="王伟"))
    for ticked in ([], ["nonsense"], [str(other.tickets[0].id)]):
        answer = await send(http, f"{path(found)}/cancel", tickets=ticked)
        assert (answer.status_code, wrong(answer)) == (422, ["tickets"])
    assert await states(found.id) == ["valid", "valid"]
    assert await states(other.id) == ["valid"]


async def test_money_is_spoken_of_before_canceling(http: httpx.AsyncClient) -> None:
    await payable()
    await set_type("citywide-pass", price=3300)
    found = await register(member(), payment="bank_transfer")
    assert "You owe nothing for the tickets canceled." in await get(http, f"{path(found)}/cancel")
    await fetch("UPDATE payment SET state = 'paid', settled_at = $1", EARLY)
    assert "is paid back" in await get(http, f"{path(found)}/cancel")


async def test_waiting_list_is_left_at_any_time(http: httpx.AsyncClient, clock: Clock) -> None:
    await full()
    found = await waiting(*people(1, 10, **YOXO))
    clock.moment = NOW
    assert "Leave the waiting list" in await get(http, f"{path(found)}/cancel")
    await send(http, f"{path(found)}/cancel", tickets=[str(found.tickets[0].id)])
    assert await status(found.id) == "canceled"


# After the limit


async def test_after_the_limit_the_page_says_whom_to_ask(http: httpx.AsyncClient, clock: Clock) -> None:
    found = await register(member())
    clock.moment = NOW
    page = await get(http, path(found))
    assert "You could change, pass on and cancel until Saturday, November 21, 2026, 00:00" in page
    assert "Pass on to somebody else" not in page
    assert "Get a new code" in page, "a phone may be lost at any time"
    tickets = {"tickets": [str(found.tickets[0].id)]}
    for address, data in ((f"{path(found, 0)}/change", person()), (f"{path(found, 0)}/pass-on", person())):
        answer = await send(http, address, **data)
        assert answer.status_code == 409
        assert "You could do this yourself until" in answer.text
        assert 'value="Sato Hana"' in answer.text
    assert (await send(http, f"{path(found)}/cancel", **tickets)).status_code == 409
    assert await states(found.id) == ["valid"]


async def test_organiser_s_own_limit_is_told(http: httpx.AsyncClient) -> None:
    found = await register(member())
    await fetch("UPDATE ticket_type SET changes_until = $1 WHERE slug = 'citywide-pass'", EARLY)
    assert "You could change, pass on and cancel until Wednesday, November 18, 2026, 10:00" in await get(
        http, path(found)
    )


async def test_pages_that_ask_lead_back_when_there_is_nothing_to_ask(http: httpx.AsyncClient, clock: Clock) -> None:
    found = await register(member())
    clock.moment = NOW
    for address in (f"{path(found)}/decline", f"{path(found)}/cancel", f"{path(found, 0)}/pass-on"):
        answer = await http.get(address, headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, path(found))


# A new code, the mail again


@pytest.mark.parametrize("of_party", [True, False])
async def test_new_code_supersedes_the_one_before(http: httpx.AsyncClient, *, of_party: bool) -> None:
    found = await register(*people(2))
    base, back = (path(found, 1), path(found)) if of_party else (own(found, 1), own(found, 1))
    assert "the code so far opens nothing any more" in await get(http, f"{base}/new-code")
    assert (await ticket(found.tickets[1].id))["generation"] == 0, "asking makes none"
    answer = await send(http, f"{base}/new-code")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{back}?done=reissued")
    shown = codes(await get(http, own(found, 1)))
    assert len(shown) == 1
    assert shown != [found.tickets[1].code]
    assert await ticket_mails(found.tickets[1].id) == 2


@pytest.mark.parametrize("of_party", [True, False])
async def test_mail_is_sent_again_once_in_ten_minutes(http: httpx.AsyncClient, clock: Clock, *, of_party: bool) -> None:
    found = await register(member())
    base = path(found, 0) if of_party else own(found)
    shown = await get(http, f"{base}/send")
    assert ("li.na@example.org" in shown) is of_party
    assert ("l…@example.org" in shown) is not of_party
    for _ in range(3):
        assert (await send(http, f"{base}/send")).status_code == 303
    assert await ticket_mails(found.tickets[0].id) == 2
    clock.forward(minutes=10)
    await send(http, f"{base}/send")
    assert await ticket_mails(found.tickets[0].id) == 3


async def test_ticket_without_a_code_is_not_mailed(http: httpx.AsyncClient) -> None:
    found = await register(member())
    await cancel(registration=found.id, by=HOLDER, now=EARLY)
    assert (await send(http, f"{own(found)}/send")).status_code == 409
    assert await ticket_mails(found.tickets[0].id) == 1


# Changing


@pytest.mark.parametrize("of_party", [True, False])
async def test_details_are_changed_in_the_words_they_were_given_in(http: httpx.AsyncClient, *, of_party: bool) -> None:
    found = await register(member(name="李娜", needs=["captions"], languages=["ja"]), member(name="王伟"))
    base, back = (path(found, 0), path(found)) if of_party else (own(found), own(found))
    shown = await get(http, f"{base}/change")
    assert all(
        words in shown
        for words in ('value="李娜"', 'value="Li Na"', 'value="SG" selected', 'value="captions" checked',
                      'value="ja" checked')
    )  # fmt: skip
    assert "li.na@example.org" not in shown, "no address of the ticket's own"
    answer = await send(
        http, f"{base}/change", **person(name="李 安娜", reading="Li Anna", residence="DE", email="anna@example.org")
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{back}?done=changed")
    kept = await details(found.tickets[0].id)
    assert (kept.name, kept.reading, kept.email, kept.needs, kept.languages) == (
        "李 安娜", "Li Anna", "anna@example.org", (), (),
    )  # fmt: skip
    assert (await ticket(found.tickets[0].id))["residence"] == "DE"
    assert 'value="anna@example.org"' in await get(http, f"{base}/change")


async def test_form_sent_as_it_is_changes_nothing(http: httpx.AsyncClient) -> None:
    found = await register(member(organisation="Mirai Lab", needs=["captions"], needs_note="Front row", child=False))
    sent = person(
        name="李娜", reading="Li Na", residence="SG", organisation="Mirai Lab", needs="captions", needs_note="Front row"
    )
    await send(http, f"{own(found)}/change", **sent)
    assert await changes(found.tickets[0].id) == []


async def test_every_wrong_field_is_named_and_everything_typed_stays(http: httpx.AsyncClient) -> None:
    found = await register(member())
    await question("diet", "choice", options=("meat", "none"), required=True)
    sent = person(
        name="", residence="", email="nonsense", organisation="Kept Ltd", needs=["captions", "x"], reading="Kept"
    )
    for address, code in ((f"{path(found, 0)}/change", 422), (f"{path(found, 0)}/pass-on", 422)):
        answer = await send(http, address, **sent)
        assert answer.status_code == code
        assert {"party-0-name", "party-0-residence", "party-0-email"} <= set(wrong(answer))
        assert any(name.startswith("party-0-needs") for name in wrong(answer))
        assert 'value="Kept Ltd"' in answer.text
        assert 'value="nonsense"' in answer.text
        assert 'value="captions" checked' in answer.text
    assert await changes(found.tickets[0].id) == []


async def test_answers_are_changed_and_taken_back(http: httpx.AsyncClient) -> None:
    await question("diet", "choice", options=("meat", "none"))
    await question("topics", "choices", options=("sea", "sky"))
    found = await register(member(answers={"diet": "meat", "topics": ["sea", "sky"]}))
    shown = await get(http, f"{own(found)}/change")
    assert 'value="meat" checked' in shown
    assert all(f'value="{topic}" checked' in shown for topic in ("sea", "sky"))
    same = {**person(name="李娜", reading="Li Na", residence="SG"), "party.0.answers.diet": "none"}
    await send(http, f"{own(found)}/change", **same)
    again = await get(http, f"{own(found)}/change")
    assert 'value="none" checked' in again
    assert 'value="sea" checked' not in again


async def test_sessions_are_chosen_again(http: httpx.AsyncClient) -> None:
    session = await counted_session()
    found = await register(member())
    shown = await get(http, f"{own(found)}/change")
    assert f'name="sessions" value="{session}"' in shown
    mine = person(name="李娜", reading="Li Na", residence="SG")
    await send(http, f"{own(found)}/change", **mine, sessions=str(session))
    assert f'value="{session}" checked' in await get(http, f"{own(found)}/change")
    assert await value("SELECT count(*) FROM reservation") == 1
    await sound()
    await send(http, f"{own(found)}/change", **mine)
    assert await value("SELECT count(*) FROM reservation") == 0
    await sound()


async def test_full_session_is_refused_and_the_form_stays(http: httpx.AsyncClient) -> None:
    session = await counted_session()
    found = await register(member())
    await fetch("UPDATE quota SET capacity = taken WHERE session = $1", session)
    answer = await send(http, f"{own(found)}/change", **person(name="Typed"), sessions=str(session))
    assert answer.status_code == 409
    assert "Nothing was changed" in answer.text
    assert 'value="Typed"' in answer.text
    assert await changes(found.tickets[0].id) == []


async def test_wrong_session_is_named(http: httpx.AsyncClient) -> None:
    found = await register(member())
    answer = await send(http, f"{own(found)}/change", **person(), sessions=["nonsense", str(uuid4())])
    assert (answer.status_code, wrong(answer)) == (422, ["sessions"])


# Passing on


async def test_passed_on_ticket_opens_to_its_new_holder_alone(http: httpx.AsyncClient) -> None:
    found = await register(*people(2))
    before = await ticket(found.tickets[1].id)
    old = own(found, 1)
    assert (await http.get(f"{old}/ticket.pdf")).status_code == 200
    asked = await get(http, f"{path(found, 1)}/pass-on")
    assert "Who takes the ticket of Person 1?" in asked
    answer = await send(http, f"{path(found, 1)}/pass-on", **person(email="hana@example.org"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path(found)}?done=passed-on")

    after = await ticket(found.tickets[1].id)
    assert after["person"] != before["person"]
    assert (await details(after["id"])).name == "Sato Hana"
    for address in (old, f"{old}/qr.svg", f"{old}/ticket.pdf", f"{old}/calendar.ics", f"{old}/change",
                    f"{old}/new-code", f"{old}/send", f"{old}/other-address"):  # fmt: skip
        assert (await http.get(address, headers=HTML)).status_code == 404, address
    assert (await send(http, f"{old}/new-code")).status_code == 404
    new = f"/tickets/{page_token(after['id'], after['person'])}"
    page = await get(http, new)
    assert "Sato Hana" in page
    assert codes(page) != [found.tickets[1].code]
    assert f'href="{new}"' in await get(http, path(found)), "whoever registered finds it as well"
    stranger = f"/tickets/{page_token(after['id'], before['person'])}"
    assert (await http.get(stranger, headers=HTML)).status_code == 404


async def test_file_survives_a_wrong_field_and_goes_with_the_ticket(http: httpx.AsyncClient) -> None:
    found = await register(member())
    await question("paper", "file", required=True)
    address = f"{path(found, 0)}/pass-on"
    key = re.findall(r'name="key" value="([^"]+)"', await get(http, address))[0]
    files = {"party.0.answers.paper": ("paper.pdf", b"%PDF-1.7 mine", "application/pdf")}
    wrong_name = await http.post(address, data={"key": key, **person(name="")}, files=files, headers=HTML)
    assert (wrong_name.status_code, wrong(wrong_name)) == (422, ["party-0-name"])
    assert "paper.pdf" in wrong_name.text
    kept = re.findall(r'type="hidden" name="party.0.answers.paper" value="([^"]+)"', wrong_name.text)
    dropped = await send(
        http, address, key=key, action="drop.0.paper", **{**person(), "party.0.answers.paper": kept[0]}
    )
    assert "paper.pdf" not in dropped.text
    assert 'value="Sato Hana"' in dropped.text
    answer = await send(http, address, key=key, **{**person(), "party.0.answers.paper": kept[0]})
    assert answer.status_code == 303
    assert await value("SELECT ticket FROM upload") == found.tickets[0].id

    same = {**person(), "key": key}
    assert (await send(http, f"{path(found, 0)}/change", **same)).status_code == 303
    assert await value("SELECT count(*) FROM answer") == 1, "a file that is not sent anew stays"


async def test_new_holder_is_not_told_what_was_said_to_the_one_before(http: httpx.AsyncClient, clock: Clock) -> None:
    found = await register(member())
    await send(http, f"{path(found, 0)}/new-code")
    clock.forward(minutes=1)
    await send(http, f"{path(found, 0)}/pass-on", **person(email="hana@example.org"))
    after = await ticket(found.tickets[0].id)
    page = await get(http, f"/tickets/{page_token(after['id'], after['person'])}")
    assert "Passed on to somebody else" in page
    assert "New code" not in page
    assert token(found) not in page, "nor how to manage the registration"
    assert "New code" in await get(http, path(found))


async def test_mails_lead_the_new_holder_to_the_ticket_and_not_to_the_registration(http: httpx.AsyncClient) -> None:
    found = await register(*people(2))
    for n in (0, 1):
        await send(http, f"{path(found, n)}/pass-on", **person(email=f"new{n}@example.org"))
    for one in found.tickets:
        view = await queries.ticket(one.id)
        assert view is not None
        mail = await ticket_mail.written(view, again="")
        assert f"/tickets/{page_token(view.id, view.holder)}" in mail.plain
        assert token(found) not in mail.plain + mail.html
        case = notes.Case(registration=found.id, party=[view], ticket=view.id, now=EARLY)
        assert case.manage.endswith(f"/tickets/{page_token(view.id, view.holder)}")


async def test_join_link_of_the_holder_before_opens_no_room(http: httpx.AsyncClient) -> None:
    found = await register(member(ticket_type="online-pass"))
    old = re.findall(r'href="(/join/[^"]+)"', await get(http, own(found)))
    await send(http, f"{path(found, 0)}/pass-on", **person(email="hana@example.org"))
    after = await ticket(found.tickets[0].id)
    new = re.findall(r'href="(/join/[^"]+)"', await get(http, f"/tickets/{page_token(after['id'], after['person'])}"))
    assert len(old) == len(new) > 0
    assert not set(old) & set(new)
    assert {(await http.get(address, headers=HTML)).status_code for address in old} == {403}
    assert {(await http.get(address, headers=HTML)).status_code for address in new} == {200}


async def test_ticket_with_which_somebody_came_in_stays(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await register(member())

    async def took_part(*, tickets: Any) -> set[UUID]:
        return set(tickets)

    monkeypatch.setattr("app.ticketing.life.used.USED", [took_part])
    page = await get(http, path(found))
    assert "Pass on to somebody else" not in page
    assert "Change details" in page
    answer = await send(http, f"{path(found, 0)}/pass-on", **person())
    assert answer.status_code == 409
    assert "has been used already" in answer.text


# Whose page it is


async def test_companion_s_link_does_not_manage_the_party(http: httpx.AsyncClient) -> None:
    found = await register(*people(2))
    page = await get(http, own(found, 1))
    assert token(found) not in page
    assert "Whoever registered can pass this ticket on, or cancel it." in page
    assert (await http.get(f"{own(found, 1)}/pass-on", headers=HTML)).status_code == 404
    alone = await register(member(name="王伟"))
    assert path(alone) in await get(http, own(alone)), "of a party of one both are the same person's"


@pytest.mark.parametrize("action", ["change", "new-code", "send", "pass-on"])
async def test_ticket_of_another_party_is_not_there(http: httpx.AsyncClient, action: str) -> None:
    found, other = await register(member()), await register(member(name="王伟"))
    address = f"{path(found)}/tickets/{other.tickets[0].id}/{action}"
    assert (await http.get(address, headers=HTML)).status_code == 404
    assert (await send(http, address, **person())).status_code == 404
    assert await changes(other.tickets[0].id) == []


@pytest.mark.parametrize(
    "address",
    ["/registrations/x/cancel", "/registrations/x/decline", "/tickets/x/change", "/tickets/x/new-code",
     "/tickets/x/send", f"/registrations/x/tickets/{UUID(int=1)}/change",
     f"/registrations/x/tickets/{UUID(int=1)}/pass-on"],
)  # fmt: skip
async def test_guessed_links_open_nothing(http: httpx.AsyncClient, address: str) -> None:
    assert (await http.get(address, headers=HTML)).status_code == 404
    assert (await send(http, address)).status_code == 404


@pytest.mark.parametrize(
    "bent",
    [
        {"tickets.0.a": "1"}, {"tickets.a": "1"}, {"payment.a": "1"}, {"sessions.0.a": "1", "party": "1"},
        {"party.0.name.a": "1", "party.0.answers.a.b": "1", "key": "nonsense"},
        {"key.a": "1", "action": ["drop.9.x", "x"]},
        {"party.0.needs.0.a": "1", "action": "drop.0.x"}, {"email.a": "1", "form": "x", "person.a": "1"},
    ],
)  # fmt: skip
async def test_form_bent_out_of_shape_is_answered_as_a_form(http: httpx.AsyncClient, bent: dict[str, Any]) -> None:
    found = await register(*people(2))
    for address in (f"{path(found)}/cancel", f"{path(found)}/decline", f"{path(found, 0)}/change",
                    f"{path(found, 0)}/pass-on", f"{path(found)}/other-address"):  # fmt: skip
        assert (await send(http, address, **bent)).status_code in {200, 303, 409, 422}, address


async def test_form_from_another_site_is_refused(http: httpx.AsyncClient) -> None:
    found = await register(member())
    answer = await http.post(
        f"{path(found)}/cancel", data={"tickets": str(found.tickets[0].id)}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert await states(found.id) == ["valid"]


async def test_signed_in_companion_finds_his_ticket_and_not_the_party(app: Frame, http: httpx.AsyncClient) -> None:
    found = await register(*people(1), member(name="Sato Hana", email="hana@example.org"))
    for email, tickets, manages in (("hana@example.org", 1, False), ("li.na@example.org", 1, True)):
        account = await access.add_account(role="attendee", label="", now=NOW, email=email)
        async with client(app, await access.issue_token(account=account, now=NOW), **HTML) as me:
            page = (await me.get("/my")).text
        assert page.count('class="ticket__name"') == tickets
        assert (token(found) in page) is manages


async def test_signed_in_page_tells_what_waits_and_what_is_owed(app: Frame, http: httpx.AsyncClient) -> None:
    await payable()
    await set_type("citywide-pass", price=3300)
    await full()
    owing = await register(member(), payment="bank_transfer")
    queued = await waiting(member(name="王伟", **YOXO))
    [payment] = await due.of_registration(owing.id)
    gone = await register(member(name="林", ticket_type="online-pass"))
    await send(http, f"{path(gone, 0)}/pass-on", **person(email="hana@example.org"))
    account = await access.add_account(role="attendee", label="", now=NOW, email="li.na@example.org")
    async with client(app, await access.issue_token(account=account, now=NOW), **HTML) as me:
        page = (await me.get("/my")).text
    assert payment.reference in page
    assert "Number 1 in the queue" in page
    assert all(path(one) in page for one in (owing, queued, gone)), "also what was passed on and is still managed"


async def test_approval_is_followed_on_the_page(http: httpx.AsyncClient) -> None:
    await set_type("yoxo-ticket", admission="approval")
    found = await register(member(**YOXO))
    assert "Your request has arrived" in await get(http, path(found))
    assert "Not approved yet" in await get(http, own(found))
    await approve(registration=found.id, by=STAFF, now=EARLY)
    assert len(codes(await get(http, path(found)))) == 1
