"""A second address proved by a mail: two registrations count as one person, and nothing else changes."""

import asyncio
import datetime as dt
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.attendance import ledger
from app.core import audit, jobs
from app.core.db import fetch
from app.core.sandbox.catcher import message, messages
from app.core.web.frame import Frame
from app.kpi import live
from app.people import erasure, linking, own_data, persons
from app.people.errors import ChallengeClosed
from app.people.schemas import Declared, Details
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value
from tests.kpi.ledgers import YEAR, scan
from tests.kpi.rows import write
from tests.ticketing.wishes import member, register, wish

FIRST = "li.na@example.org"
SECOND = "l.na@work.example"
HTML = {"accept": "text/html"}
NOTHING_SENT = "SELECT count(*) FROM address_challenge"


async def party(http: httpx.AsyncClient, email: str, *names: str, **more: Any) -> str:
    """Register people with an address and return the path of their registration."""
    answer = await register(http, wish(*(member(name=name, **more) for name in names), email=email))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["manage_url"]).removeprefix("http://test")


async def ask(http: httpx.AsyncClient, path: str, email: str, form: str = "") -> httpx.Response:
    """Send the form that names another address."""
    typed = {"email": email, **({"form": form} if form else {})}
    return await http.post(f"{path}/other-address", data=typed, headers=HTML)


async def work(clock: Clock) -> None:
    """Do what is promised, but for the tickets' own mails."""
    await fetch("UPDATE job SET done_at = $1 WHERE name LIKE 'ticketing.%'", NOW)
    await jobs.drain(clock)


async def link(mailbox: Path, clock: Clock) -> str:
    """Do what is promised and return the address in the newest mail."""
    await work(clock)
    newest = max(messages(mailbox), key=lambda one: one.id)
    found = re.search(r"http://test(/other-address/[0-9a-f]{64})\s", message(mailbox, newest.id).text)
    assert found is not None
    return found[1]


async def merges() -> list[tuple[UUID, UUID]]:
    """Return the pairs that the ledger holds to be one person."""
    rows = await fetch("SELECT person, other FROM ledger_entry WHERE kind = 'merge' ORDER BY position")
    return [(row["person"], row["other"]) for row in rows]


async def person_at(email: str, name: str = "") -> UUID:
    """Return the person registered with an address, of several the one of this name."""
    found = await own_data.persons_by_address(email)
    return next(one.id for one in found if not name or one.details.name == name)


async def count() -> int:
    """Return the live figure of the year."""
    figure, _head = await live.counted(YEAR)
    return figure.people


async def attend(*people: UUID) -> None:
    """Let people be admitted once."""
    rows = await fetch("SELECT id, person FROM ticket WHERE person = ANY($1::uuid[])", list(people))
    await write([scan(0, person=row["person"], ticket=row["id"]) for row in rows])


async def test_two_addresses_of_one_person_count_as_one(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    first, second = await party(http, FIRST, "李娜"), await party(http, SECOND, "李娜")
    one, other = await person_at(FIRST), await person_at(SECOND)
    await attend(one, other)
    assert await count() == 2

    answer = await ask(http, second, FIRST.upper())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{second}/other-address?done=asked")
    address = await link(mailbox, clock)
    (mail,) = messages(mailbox)
    assert mail.to.lower() == FIRST
    shown = await http.get(address, headers=HTML)
    assert "李… has registered with another address" in shown.text
    assert (await merges(), await count()) == ([], 2), "looking proves nothing"

    done = await http.post(address, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, f"{address}?done=linked")
    await work(clock)
    assert (await merges(), await count()) == ([(other, one)], 1)
    (row,) = await fetch("SELECT actor, subject, detail::text FROM audit_entry WHERE action = 'person.link'")
    assert tuple(row) == ("holder", f"person:{other}", f'{{"other":"{one}"}}')
    assert (await audit.verify()).broken == (await ledger.verify()).broken == 0
    assert (await http.get(first, headers=HTML)).status_code == 200


async def test_link_used_again_does_nothing(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    address = await link(mailbox, clock)
    for said in ("linked", "apart", "apart"):
        answer = await http.post(address, headers=HTML)
        assert answer.headers["location"].endswith(f"?done={said}")
        await work(clock)
    assert len(await merges()) == 1
    assert "This link was used" in (await http.get(address, headers=HTML)).text


async def test_of_two_clicks_at_once_one_links(app: Frame, committed: None, clock: Clock) -> None:
    people = [Declared(Details(name="李娜", email=email), "SG") for email in (FIRST, SECOND)]
    _one, other = await persons.enrol(people, now=NOW)
    await linking.ask(person=other.id, claim=linking.Claim(email=FIRST), language="en", now=NOW)
    (challenge,) = await fetch("SELECT id FROM address_challenge")
    letter = await linking.letter(challenge=challenge["id"], now=NOW)
    assert letter is not None
    clicks = [linking.prove(token=letter.token, choice="", now=NOW) for _ in range(2)]
    assert sorted(await asyncio.gather(*clicks)) == [False, True]
    assert await value("SELECT count(*) FROM job WHERE name = 'attendance.record_link'") == 1


async def test_job_kept_twice_writes_one_entry(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    await http.post(await link(mailbox, clock), headers=HTML)
    await work(clock)
    await fetch("UPDATE job SET done_at = NULL WHERE name = 'attendance.record_link'")
    await work(clock)
    assert len(await merges()) == 1


async def test_split_undoes_the_link(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "李娜")
    second = await party(http, SECOND, "李娜")
    await attend(await person_at(FIRST), other := await person_at(SECOND))
    await ask(http, second, FIRST)
    await http.post(await link(mailbox, clock), headers=HTML)
    await work(clock)
    assert await count() == 1
    position = await value("SELECT position FROM ledger_entry WHERE kind = 'merge'")
    split = ledger.Entry(kind="split", evidence_class="B", person=other, role="", subject=int(str(position)))
    await ledger.append([split], now=NOW)
    assert await count() == 2


async def test_answer_is_the_same_for_known_and_unknown_addresses(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await party(http, FIRST, "李娜")
    second = await party(http, SECOND, "李娜")
    known, unknown = await ask(http, second, FIRST), await ask(http, second, "nobody@example.org")
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    pages = [await http.get(answer.headers["location"], headers=HTML) for answer in (known, unknown)]
    assert "If there is a ticket under that address, we have sent a mail to it." in pages[0].text
    assert await value(NOTHING_SENT) == 2
    await work(clock)
    assert [one.to for one in messages(mailbox)] == [FIRST]
    assert await value(NOTHING_SENT) == 1, "an address that nobody has is not kept"


async def test_mail_says_nothing_that_the_one_who_asks_has_written(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await party(http, FIRST, "李娜")
    second = await party(http, SECOND, "Win a car at evil.example", organisation="Cars")
    await ask(http, second, FIRST)
    await link(mailbox, clock)
    sent = message(mailbox, messages(mailbox)[0].id)
    assert not any(word in sent.text for word in ("car", "Cars", "evil.example", SECOND))


async def test_mail_is_in_the_reader_s_language(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "李娜")
    second = await party(http, SECOND, "李娜")
    await http.post(f"{second}/other-address?lang=ja", data={"email": FIRST}, headers=HTML)
    await work(clock)
    assert await value("SELECT language FROM address_challenge") == "ja"


async def test_form_sent_twice_makes_one_mail(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "李娜")
    second = await party(http, SECOND, "李娜")
    shown = (await http.get(f"{second}/other-address", headers=HTML)).text
    (form,) = re.findall(r'name="form" value="([^"]+)"', shown)
    for _ in range(2):
        assert (await ask(http, second, FIRST, form)).status_code == 303
    await work(clock)
    assert len(messages(mailbox)) == 1


async def test_link_opens_for_a_day_in_any_browser(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    address = await link(mailbox, clock)
    async with client(app, **HTML) as elsewhere:
        clock.forward(hours=linking.HOURS, seconds=-1)
        assert (await elsewhere.get(address)).status_code == 200
        clock.forward(seconds=1)
        assert (await elsewhere.get(address)).status_code == 410
        assert (await elsewhere.post(address)).status_code == 410
        clock.forward(seconds=-1)
        assert (await elsewhere.post(address)).status_code == 303
    await work(clock)
    assert len(await merges()) == 1


async def test_nobody_is_sent_a_link_that_would_not_open(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    clock.forward(hours=linking.HOURS)
    await work(clock)
    assert messages(mailbox) == []


@pytest.mark.parametrize("token", ["x", "0" * 64])
async def test_guessed_link_opens_nothing(http: httpx.AsyncClient, token: str) -> None:
    for answer in (await http.get(f"/other-address/{token}"), await http.post(f"/other-address/{token}")):
        assert answer.status_code == 410


async def test_of_a_group_only_the_one_of_the_name_is_linked(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await party(http, FIRST, "王伟", "LI  Na", "林", reading="")
    await ask(http, await party(http, SECOND, "李娜", reading="Na Li"), FIRST)
    shown = await http.get(address := await link(mailbox, clock), headers=HTML)
    assert 'type="radio"' not in shown.text
    await http.post(address, headers=HTML)
    await work(clock)
    assert await merges() == [(await person_at(SECOND), await person_at(FIRST, "LI  Na"))]


async def group(http: httpx.AsyncClient) -> str:
    """Register a group of other names, and then somebody who asks; return the latter's path."""
    await party(http, FIRST, "王伟", "王芳", "林檎", reading="")
    return await party(http, SECOND, "Sato Hana", reading="")


async def test_of_a_group_without_the_name_the_reader_chooses(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await ask(http, await group(http), FIRST)
    address = await link(mailbox, clock)
    shown = (await http.get(address, headers=HTML)).text
    choices = {name: value for value, name in re.findall(r'name="person" value="([^"]+)"[^>]*><span>([^<]+)', shown)}
    assert set(choices) == {"王伟", "王芳", "林…", "None of these people"}, "whole only where masks are equal"
    assert all(str(one.id) not in shown for one in await own_data.persons_by_address(FIRST))

    for typed in ({}, {"person": "somebody"}):
        wrong = await http.post(address, data=typed, headers=HTML)
        assert wrong.status_code == 422
        assert 'href="#person"' in wrong.text
    await http.post(address, data={"person": choices["王芳"]}, headers=HTML)
    await work(clock)
    assert await merges() == [(await person_at(SECOND), await person_at(FIRST, "王芳"))]


async def test_choice_of_one_link_means_nobody_at_another(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    second = await group(http)
    addresses = []
    for _ in range(2):
        await ask(http, second, FIRST)
        addresses.append(await link(mailbox, clock))
    shown = (await http.get(addresses[0], headers=HTML)).text
    (choice, *_others) = re.findall(r'name="person" value="([^"]+)"', shown)
    assert (await http.post(addresses[1], data={"person": choice}, headers=HTML)).status_code == 422


async def test_whoever_is_none_of_them_is_linked_to_nobody(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await ask(http, await group(http), FIRST)
    address = await link(mailbox, clock)
    answer = await http.post(address, data={"person": linking.NOBODY}, headers=HTML)
    assert answer.headers["location"] == f"{address}?done=apart"
    await work(clock)
    assert await merges() == []
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'person.link'") == 0


async def test_twins_of_one_name_are_told_apart_by_the_reader(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await party(http, FIRST, "李娜", "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    shown = (await http.get(await link(mailbox, clock), headers=HTML)).text
    assert shown.count('name="person"') == 3


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        (("李娜", ""), ("李娜", ""), True),
        (("LI NA", ""), ("Li  Na", ""), True),
        (("Na Li", ""), ("Li Na", ""), True),
        (("李娜", "Li Na"), ("Li Na", ""), True),
        (("李娜", "Li Na"), ("黎娜", "li na"), True),
        (("ﾀﾅｶ", ""), ("タナカ", ""), True),
        (("李娜", ""), ("王伟", ""), False),
        (("李娜", "Li Na"), ("王伟", "Wang Wei"), False),
        (("Li Na", ""), ("Li", ""), False),
    ],
)
def test_which_names_fit(one: tuple[str, str], other: tuple[str, str], *, fits: bool) -> None:
    first, second = (Details(name=name, email="x@example.org", reading=reading) for name, reading in (one, other))
    assert linking.compatible(first, second) is linking.compatible(second, first) is fits


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "This is needed."),
        ("nonsense", "This is not in the form"),
        (SECOND, "the address you have registered"),
    ],
)
async def test_wrong_address_is_named_and_kept(http: httpx.AsyncClient, typed: str, code: str) -> None:
    answer = await ask(http, await party(http, SECOND, "李娜"), typed)
    assert answer.status_code == 422
    assert code in answer.text
    assert f'value="{typed}"' in answer.text
    assert await value(NOTHING_SENT) == 0


async def test_companion_asks_from_his_own_ticket(http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await party(http, FIRST, "王伟")
    made = (await register(http, wish(member(name="李娜"), member(name="王伟"), email=SECOND))).json()
    ticket = made["tickets"][1]["page_url"].removeprefix("http://test")
    assert (await http.get(f"{ticket}/other-address", headers=HTML)).status_code == 200
    await ask(http, ticket, FIRST)
    await http.post(await link(mailbox, clock), headers=HTML)
    await work(clock)
    assert await merges() == [(await person_at(SECOND, "王伟"), await person_at(FIRST))]


@pytest.mark.parametrize("path", ["/registrations/x", "/tickets/x"])
async def test_without_a_link_of_ours_nobody_asks(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"{path}/other-address", headers=HTML)).status_code == 404
    assert (await ask(http, path, FIRST)).status_code == 404


async def test_mails_to_one_address_are_limited(http: httpx.AsyncClient) -> None:
    second = await party(http, SECOND, "李娜")
    found = [(await ask(http, second, FIRST)).status_code for _ in range(6)]
    assert found == [303] * 5 + [429]
    assert (await ask(http, second, "other@example.org")).status_code == 303


async def test_address_typed_before_registering_waits_on_the_page_that_follows(http: httpx.AsyncClient) -> None:
    wrong = await http.post("/already-registered", data={"email": "nonsense"}, headers=HTML)
    assert (wrong.status_code, 'value="nonsense"' in wrong.text) == (422, True)
    kept = await http.post("/already-registered", data={"email": FIRST}, headers=HTML)
    assert (kept.status_code, kept.headers["location"]) == (303, "/yokohama-2026/register")
    cookie = kept.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert FIRST not in cookie

    second = await party(http, SECOND, "李娜")
    http.cookies.set("machi_other_address", http.cookies["machi_other_address"], domain="test.local", path="/")
    assert f'value="{FIRST}"' in (await http.get(f"{second}/other-address", headers=HTML)).text
    http.cookies.clear()
    http.cookies.set("machi_other_address", "ff" * 40, domain="test.local", path="/")
    assert (await http.get(f"{second}/other-address", headers=HTML)).status_code == 200, "a cookie of somebody else's"


async def test_page_before_registering_leads_both_ways(http: httpx.AsyncClient) -> None:
    shown = await http.get("/already-registered", headers=HTML)
    assert shown.status_code == 200
    assert 'href="/sign-in?next=/my"' in shown.text


@pytest.mark.parametrize("whose", [FIRST, SECOND])
async def test_erasing_either_side_forgets_the_challenge(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path, whose: str
) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    address = await link(mailbox, clock)
    await erasure.erase(persons=[await person_at(whose)], actor="test", now=NOW)
    assert await value(NOTHING_SENT) == 0
    assert (await http.post(address, headers=HTML)).status_code == 410


async def test_promise_to_somebody_erased_meanwhile_sends_nothing(
    http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    await erasure.erase(persons=[await person_at(SECOND)], actor="test", now=NOW)
    await work(clock)
    assert messages(mailbox) == []


async def test_export_tells_the_addresses_named(http: httpx.AsyncClient) -> None:
    await party(http, FIRST, "李娜")
    await ask(http, await party(http, SECOND, "李娜"), FIRST)
    for email, names, asked in ((SECOND, [FIRST], 0), (FIRST, [], 1)):
        files = await own_data.collect(persons=[await person_at(email)], actor="test", now=NOW)
        account: Any = next(file.content for file in files if file.name == "account.json")
        assert [one["address"] for one in account["other_addresses"]] == names
        assert len(account["asked_by_others"]) == asked


async def test_erased_person_asks_nothing(http: httpx.AsyncClient) -> None:
    second = await party(http, SECOND, "李娜")
    await fetch("UPDATE person SET key = NULL")
    assert (await ask(http, second, FIRST)).status_code == 404


async def test_link_to_people_erased_since_is_closed(http: httpx.AsyncClient) -> None:
    """A row that survived its persons, such as in a restored backup, proves nothing."""
    (one,) = await persons.enrol([Declared(Details(name="A", email=SECOND), "JP")], now=NOW)
    await fetch(
        "INSERT INTO address_challenge (id, person, address, address_key, digest, language, created_at, expires_at)"
        " VALUES (gen_random_uuid(), $1, 'x', 'x', sha256('t'), 'en', $2, $2::timestamptz + interval '1 day')",
        *(one.id, NOW),
    )
    await fetch("DELETE FROM person_details")
    with pytest.raises(ChallengeClosed):
        await linking.prove(token="t", choice=linking.NOBODY, now=NOW + dt.timedelta(minutes=1))
