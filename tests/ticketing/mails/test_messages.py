"""Messages to guests: to those with tickets of one's own, each address once, sent once."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import jobs
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Scope
from app.ticketing.messages import recipients
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import browser_of, value
from tests.ticketing.conftest import Mailbox
from tests.ticketing.mails.test_mails import html, plain
from tests.ticketing.organisers import FOREIGN, OWN, console_of, event, wrong
from tests.ticketing.payments.bills import paid_type
from tests.ticketing.wishes import member, register, wish

pytestmark = pytest.mark.usefixtures("http")
SECOND = "companion@example.org"


async def guests(http: httpx.AsyncClient, *party: dict[str, Any], **more: Any) -> None:
    """Register a party with the organiser's own tickets."""
    if not await value("SELECT count(*) FROM ticket_type WHERE slug = 'own'"):
        await paid_type("own", price=0, organiser=(await event())["organiser"])
    answer = await register(http, wish(*[{**one, "ticket_type": "own"} for one in party], **more))
    assert answer.status_code == 201, answer.text


def words(**changes: Any) -> dict[str, Any]:
    return {
        "subject.en": "The gate has moved",
        "subject.ja": "入口の変更",
        "body.en": "Please come to gate 2 <b>now</b>.\n\nSee https://example.org/map.",
        "body.ja": "2番入口へお越しください。",
        **changes,
    }


class Desk:
    """An organiser at the console of an event, or an officer."""

    def __init__(self, http: httpx.AsyncClient, event_id: UUID, clock: Clock) -> None:
        self.http, self.clock = http, clock
        self.base = f"/console/events/{event_id}/messages"

    async def write(self, **changes: Any) -> str:
        """Write a draft and return its address."""
        answer = await self.http.post(f"{self.base}/new", data=words(**changes))
        assert answer.status_code == 303, wrong(answer)
        return answer.headers["location"].partition("?")[0]

    async def send(self, address: str) -> httpx.Response:
        """Send a draft, and do all that follows."""
        answer = await self.http.post(f"{address}/send")
        while await jobs.drain(self.clock):
            pass
        return answer


async def desk(app: Frame, clock: Clock, slug: str = OWN, **more: Any) -> Desk:
    found = await console_of(app, slug, **more)
    return Desk(found, (await event(slug))["id"], clock)


async def drained(clock: Clock, mailbox: Mailbox) -> int:
    """Do what registering has promised, and return how many mails there are."""
    await jobs.drain(clock)
    return len(mailbox())


async def test_guests_get_it_in_their_language(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await guests(http, member())
    await guests(http, member(name="Sato"), email="sato@example.org", language="ja")
    await guests(http, member(name="Kim"), email="kim@example.org", language="ko")
    before = await drained(clock, mailbox)
    own = await desk(app, clock)
    address = await own.write()
    assert "3 addresses" in (await own.http.get(address)).text
    assert (await own.send(address)).status_code == 303
    told = {m["to"].addresses[0].addr_spec: m for m in mailbox()[before:]}
    assert {to: str(m["subject"]) for to, m in told.items()} == {
        "li.na@example.org": "The gate has moved",
        "sato@example.org": "入口の変更",
        "kim@example.org": "The gate has moved",
    }
    assert told["kim@example.org"]["content-language"] == "en"
    assert '<a href="https://example.org/map"' in html(told["kim@example.org"])
    assert "&lt;b&gt;now" in html(told["kim@example.org"])
    assert "<b>now" in plain(told["kim@example.org"])
    assert "/tickets/" in plain(told["li.na@example.org"])
    assert told["li.na@example.org"]["list-unsubscribe"] is None
    shown = (await own.http.get(address)).text
    assert "3 / 3" in shown
    assert "<b>now" not in shown
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'message.send'") == 1


async def test_an_address_gets_it_once_however_many_tickets_and_clicks(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "PAGE", 2)
    monkeypatch.setattr(recipients, "_PAGE", recipients._PAGE.replace("LIMIT 500", "LIMIT 2"))
    await guests(http, *[member(name=f"Guest {n}") for n in range(4)], member(name="Kim", email=SECOND))
    await guests(http, member(name="Li Na"))
    before = await drained(clock, mailbox)
    own = await desk(app, clock)
    address = await own.write()
    assert "2 addresses" in (await own.http.get(address)).text
    for _ in range(2):
        assert (await own.send(address)).status_code == 303
    assert sorted(m["to"].addresses[0].addr_spec for m in mailbox()[before:]) == [SECOND, "li.na@example.org"]
    assert await value("SELECT recipients FROM message") == 2
    assert (await own.http.post(f"{address}/discard")).status_code == 409
    assert (await own.http.get(f"{address}/edit")).status_code == 409
    assert (await own.http.post(f"{address}/edit", data=words())).status_code == 409


async def test_only_valid_tickets_of_ones_own(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await register(http, wish(email="city@example.org"))
    await guests(http, member(), email="canceled@example.org")
    await fetch(
        "UPDATE ticket k SET state = 'canceled' FROM ticket_type t WHERE t.id = k.ticket_type AND t.slug = 'own'"
    )
    await guests(http, member())
    before = await drained(clock, mailbox)
    own = await desk(app, clock)
    assert (await own.send(await own.write())).status_code == 303
    assert [m["to"].addresses[0].addr_spec for m in mailbox()[before:]] == ["li.na@example.org"]
    officer = await desk(app, clock, role="officer")
    before = len(mailbox())
    assert (await officer.send(await officer.write())).status_code == 303
    told = {m["to"].addresses[0].addr_spec for m in mailbox()[before:]}
    assert told == {"li.na@example.org", "city@example.org"}, "officers write to the city's guests too"


async def test_ticket_that_is_canceled_meanwhile_gets_nothing(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await guests(http, member())
    before = await drained(clock, mailbox)
    own = await desk(app, clock)
    address = await own.write()
    await own.http.post(f"{address}/send")
    assert await jobs.drain(clock, lane="rest") == 1, "the mail is promised"
    await fetch("UPDATE ticket SET state = 'canceled'")
    while await jobs.drain(clock):
        pass
    assert len(mailbox()) == before
    assert "data-progress" not in (await own.http.get(address)).text


async def test_news_go_to_those_who_agreed_and_as_long_as_they_do(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await guests(http, member(), email="no@example.org")
    await guests(http, member(), email="yes@example.org", consents=["terms-2026", "news-2026"])
    before = await drained(clock, mailbox)
    own = await desk(app, clock)
    address = await own.write(kind="news")
    assert "1 address" in (await own.http.get(address)).text
    await own.send(address)
    (message,) = mailbox()[before:]
    assert message["to"].addresses[0].addr_spec == "yes@example.org"
    way_out = str(message["list-unsubscribe"]).strip().strip("<>")
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert way_out in plain(message)
    answer = await http.post(way_out.removeprefix("http://test"), data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers.get("location")) == (200, None)
    assert await value("SELECT withdrawn_at IS NOT NULL FROM consent WHERE text = 'news-2026'") is True
    answer = await own.http.post(f"{await own.write(kind='news')}/send")
    assert (answer.status_code, "nobody yet to send" in answer.text) == (409, True)


async def test_news_taken_back_meanwhile_are_not_sent(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await guests(http, member(), consents=["terms-2026", "news-2026"])
    before = await drained(clock, mailbox)
    own = await desk(app, clock)
    await own.http.post(f"{await own.write(kind='news')}/send")
    assert await jobs.drain(clock, lane="rest") == 1, "the mail is promised"
    await fetch("UPDATE consent SET withdrawn_at = $1 WHERE text = 'news-2026'", NOW)
    while await jobs.drain(clock):
        pass
    assert len(mailbox()) == before


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"body.ja": ""}, ["body-ja"]),
        ({"subject.en": ""}, ["subject-en"]),
        ({"subject.en": "x" * 201}, ["subject-en"]),
        ({"body.en": "x" * 4001}, ["body-en"]),
        ({"kind": "spam"}, ["kind"]),
    ],
)
async def test_wrong_fields_are_named_and_nothing_is_lost(
    app: Frame, clock: Clock, changes: dict[str, str], fields: list[str]
) -> None:
    own = await desk(app, clock)
    answer = await own.http.post(f"{own.base}/new", data=words(**{"body.de": "Bleibt stehen", **changes}))
    assert answer.status_code == 422
    assert [name for name in wrong(answer) if "de" not in name] == fields
    assert "Bleibt stehen" in answer.text
    assert await value("SELECT count(*) FROM message") == 0


async def test_message_without_words_is_none(app: Frame, clock: Clock) -> None:
    own = await desk(app, clock)
    answer = await own.http.post(f"{own.base}/new", data={"kind": "news"})
    assert (answer.status_code, wrong(answer)) == (422, ["subject", "body"])


async def test_form_sent_twice_makes_one_draft_that_can_be_changed(app: Frame, clock: Clock) -> None:
    own = await desk(app, clock)
    form = str(uuid4())
    first, second = [await own.write(form=form) for _ in range(2)]
    assert first == second
    assert "The gate has moved" in (await own.http.get(f"{first}/edit")).text
    await own.http.post(f"{first}/edit", data=words(**{"subject.en": "The gate is back"}))
    assert "The gate is back" in (await own.http.get(own.base)).text
    answer = await own.http.post(f"{first}/edit", data=words(**{"body.en": ""}))
    assert (answer.status_code, "2番入口" in answer.text) == (422, True)
    assert (await own.http.post(f"{first}/discard")).status_code == 303
    assert (await own.http.get(first)).status_code == 404


async def test_others_have_no_such_message(app: Frame, clock: Clock) -> None:
    own, other = await desk(app, clock), await desk(app, clock, FOREIGN)
    address = await own.write()
    through_own = f"{other.base}/{address.rpartition('/')[2]}"
    for path in (address, through_own):
        for way in ("", "/edit"):
            assert (await other.http.get(path + way)).status_code == 404
        for way in ("/send", "/test", "/discard"):
            assert (await other.http.post(path + way)).status_code == 404
        assert (await other.http.post(f"{path}/edit", data=words())).status_code == 404
    assert await value("SELECT sent_at FROM message") is None


async def test_test_goes_to_whoever_asks(app: Frame, clock: Clock, mailbox: Mailbox) -> None:
    scope = Scope(organisers=((await event())["organiser"],))
    account = await access.add_account(role="organiser", label="Own", now=NOW, scope=scope, email="me@example.org")
    token = await access.issue_token(account=account, now=NOW)
    own = Desk(client(app, token, accept="text/html"), (await event())["id"], clock)
    address = await own.write()
    assert (await own.http.post(f"{address}/test?lang=ja")).status_code == 303
    await jobs.drain(clock)
    (message,) = mailbox()
    assert (message["to"].addresses[0].addr_spec, message["subject"]) == ("me@example.org", "入口の変更")
    assert await value("SELECT sent_at FROM message") is None
    nobody = await desk(app, clock)
    answer = await nobody.http.post(f"{address}/test")
    assert (answer.status_code, "no mail address" in answer.text) == (409, True)


async def test_sending_needs_a_fresh_proof(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    scope = Scope(organisers=((await event())["organiser"],))
    account = await access.add_account(role="organiser", label="Own", now=NOW, scope=scope, email="me@example.org")
    csrf = await browser_of(http, account)
    base = f"/console/events/{(await event())['id']}/messages"
    answer = await http.post(f"{base}/new", data={**words(), "csrf": csrf}, headers={"accept": "text/html"})
    address = answer.headers["location"].partition("?")[0]
    clock.forward(minutes=16)
    answer = await http.post(f"{address}/send", data={"csrf": csrf}, headers={"accept": "text/html"})
    assert answer.headers["location"].startswith("/account/prove")
    assert await value("SELECT sent_at FROM message") is None
