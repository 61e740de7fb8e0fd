"""One's own data through the pages."""

import io
import zipfile

import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.people import access, consents, erasure, own_data, sign_in
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.wishes import member, register, wish

EMAIL = "li.na@example.org"
HOME = "/account/data"


async def enter(http: httpx.AsyncClient, email: str = EMAIL) -> str:
    """Sign this client in as an attendee of this address and return the token its forms carry."""
    account = await access.add_account(role="attendee", label="", now=NOW, email=email)
    token = await sign_in.link_for(account=account, now=NOW)
    answer = await http.post(f"/sign-in/{token}")
    assert answer.status_code == 303
    return access.csrf_token(http.cookies[access.session_cookie()])


async def two(http: httpx.AsyncClient) -> None:
    answer = await register(
        http,
        wish(
            member(name="李娜", organisation="Mirai Lab"),
            member(name="王伟", reading="Wang Wei"),
            consents=["terms-2026"],
        ),
    )
    assert answer.status_code == 201, answer.text


async def persons() -> dict[str, str]:
    return {one.details.name: str(one.id) for one in await own_data.persons_by_address(EMAIL)}


async def test_everybody_of_a_mailbox_is_named(http: httpx.AsyncClient) -> None:
    await two(http)
    await enter(http)
    shown = (await http.get(HOME)).text
    assert "李娜" in shown
    assert "王伟" in shown
    assert "Mirai Lab" in shown


async def test_nothing_registered_says_what_to_do(http: httpx.AsyncClient) -> None:
    await enter(http, "nobody@example.org")
    answer = await http.get(HOME)
    assert answer.status_code == 200
    assert "Nothing is registered with this address" in answer.text


async def test_archive_holds_everything(http: httpx.AsyncClient) -> None:
    await two(http)
    await enter(http)
    answer = await http.get(f"{HOME}/export.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert packed.testzip() is None
    names = set(packed.namelist())
    assert {"README.txt", "persons.json", "consents.json", "account.json", "tickets.json"} <= names
    assert {"registrations.json", "mails.json", "scans.json", "presence.json", "ledger.json"} <= names
    assert len([name for name in names if name.endswith(".ics")]) == 2
    people = msgspec.json.decode(packed.read("persons.json"))
    assert [one["details"]["name"] for one in people] == ["李娜", "王伟"]
    assert msgspec.json.decode(packed.read("account.json"))["sessions"][0]["ended_at"] is None
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'person.export'") == 2


async def test_archive_of_nobody_is_not_found(http: httpx.AsyncClient) -> None:
    await enter(http, "nobody@example.org")
    assert (await http.get(f"{HOME}/export.zip")).status_code == 404


async def test_name_is_put_right_everywhere(http: httpx.AsyncClient) -> None:
    await two(http)
    csrf = await enter(http)
    person = (await persons())["李娜"]
    answer = await http.post(f"{HOME}/{person}/correct", data={"csrf": csrf, "name": "李 安娜", "reading": "Li Anna"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}?done=saved")
    assert set(await persons()) == {"李 安娜", "王伟"}
    archive = zipfile.ZipFile(io.BytesIO((await http.get(f"{HOME}/export.zip")).content))
    tickets = msgspec.json.decode(archive.read("tickets.json"))
    assert sorted(t["details"]["name"] for t in tickets) == ["李 安娜", "王伟"]
    http.cookies.clear()
    again = await register(http, wish(member(name="李 安娜")))
    assert again.status_code == 201
    assert await value("SELECT count(*) FROM person") == 2, "found again under the new name"


async def test_name_of_somebody_else_in_the_mailbox_is_refused_and_kept_in_the_form(http: httpx.AsyncClient) -> None:
    await two(http)
    csrf = await enter(http)
    person = (await persons())["李娜"]
    answer = await http.post(f"{HOME}/{person}/correct", data={"csrf": csrf, "name": "王伟"})
    assert answer.status_code == 422
    assert 'value="王伟"' in answer.text
    assert set(await persons()) == {"李娜", "王伟"}


async def test_somebody_elses_person_is_not_there(http: httpx.AsyncClient) -> None:
    await two(http)
    csrf = await enter(http, "other@example.org")
    person = (await persons())["李娜"]
    form = {"csrf": csrf, "name": "X", "persons": person}
    assert (await http.get(f"{HOME}/{person}/correct")).status_code == 404
    assert (await http.post(f"{HOME}/{person}/correct", data={"csrf": csrf, "name": "X"})).status_code == 404
    assert (await http.post(f"{HOME}/erase", data=form)).status_code == 303
    assert set(await persons()) == {"李娜", "王伟"}


async def test_consent_is_taken_back_on_the_page(http: httpx.AsyncClient) -> None:
    await two(http)
    csrf = await enter(http)
    person = await value("SELECT person FROM consent")
    await fetch("INSERT INTO consent VALUES (gen_random_uuid(), $1, 'news-2026', $2)", person, NOW)
    news = next(given for given in await consents.given_by([person]) if given.optional)  # type: ignore[list-item]
    answer = await http.post(f"{HOME}/consents/{news.id}/withdraw", data={"csrf": csrf})
    assert answer.status_code == 303
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'news-2026'") == NOW


async def test_consent_is_taken_back_by_link_without_signing_in(http: httpx.AsyncClient) -> None:
    await two(http)
    person = await value("SELECT person FROM consent")
    await fetch("INSERT INTO consent VALUES (gen_random_uuid(), $1, 'news-2026', $2)", person, NOW)
    news = next(given for given in await consents.given_by([person]) if given.optional)  # type: ignore[list-item]
    address = f"/withdraw/{consents.withdrawal_token(news.id)}"
    assert (await http.get(address)).status_code == 200
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'news-2026'") is None, "looking changes nothing"
    assert (await http.post(address)).status_code == 303
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'news-2026'") == NOW
    assert (await http.get("/withdraw/nonsense")).status_code == 404


async def test_erasing_asks_whom_when_several_share_a_mailbox(http: httpx.AsyncClient) -> None:
    await two(http)
    csrf = await enter(http)
    asked = await http.get(f"{HOME}/erase")
    assert "李娜" in asked.text
    assert "王伟" in asked.text
    assert (await http.post(f"{HOME}/erase", data={"csrf": csrf})).status_code == 422
    person = (await persons())["李娜"]
    answer = await http.post(f"{HOME}/erase", data={"csrf": csrf, "persons": person})
    assert answer.headers["location"] == f"{HOME}?done=erased"
    assert set(await persons()) == {"王伟"}
    assert (await http.get(HOME)).status_code == 200, "the mailbox is still somebody's"


async def test_who_erases_the_last_person_is_signed_out(http: httpx.AsyncClient) -> None:
    await two(http)
    csrf = await enter(http)
    answer = await http.post(f"{HOME}/erase", data={"csrf": csrf, "persons": list((await persons()).values())})
    assert answer.headers["location"] == "/privacy?done=erased"
    assert await persons() == {}
    assert (await http.get("/privacy?done=erased")).status_code == 200
    assert (await http.get(HOME, headers={"accept": "application/json"})).status_code == 401
    assert await value("SELECT count(*) FROM account WHERE address IS NOT NULL") == 0
    assert await value("SELECT count(*) FROM stored_answer") == 0, "an answer names the whole party"


async def test_unused_tickets_are_canceled_and_their_places_given_back(http: httpx.AsyncClient) -> None:
    before = [tuple(row) for row in await fetch("SELECT id, taken FROM quota ORDER BY id")]
    await two(http)
    csrf = await enter(http)
    await http.post(f"{HOME}/erase", data={"csrf": csrf, "persons": list((await persons()).values())})
    assert [row["state"] for row in await fetch("SELECT state FROM ticket")] == ["canceled", "canceled"]
    assert [tuple(row) for row in await fetch("SELECT id, taken FROM quota ORDER BY id")] == before
    assert await value("SELECT status FROM registration") == "canceled"


async def test_tickets_of_a_past_convention_stay_as_they_are(http: httpx.AsyncClient, clock: Clock) -> None:
    await two(http)
    clock.forward(days=5)
    ids = [row["id"] for row in await fetch("SELECT id FROM person")]
    assert await erasure.erase(persons=ids, actor="officer:test", now=clock()) == 2
    assert [row["state"] for row in await fetch("SELECT state FROM ticket")] == ["valid", "valid"]


async def test_erasing_twice_is_erasing_once(http: httpx.AsyncClient) -> None:
    await two(http)
    ids = [row["id"] for row in await fetch("SELECT id FROM person")]
    assert await erasure.erase(persons=ids, actor="officer:test", now=NOW) == 2
    assert await erasure.erase(persons=ids, actor="officer:test", now=NOW) == 0
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'person.erase'") == 2
    assert await value("SELECT count(*) FROM job WHERE name = 'people.finish_erasure'") == 1


async def test_privacy_page_states_the_days_that_hold(http: httpx.AsyncClient) -> None:
    shown = (await http.get("/privacy")).text
    assert "terms-2026" in shown
    assert '<td class="number" data-label="Days">400</td>' in shown


async def test_without_signing_in_there_is_no_data(http: httpx.AsyncClient) -> None:
    assert (await http.get(HOME, headers={"accept": "application/json"})).status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 303)])
@pytest.mark.parametrize("path", ["erase", "export.zip"])
async def test_erasing_and_taking_along_need_a_fresh_proof(
    http: httpx.AsyncClient, clock: Clock, path: str, minutes: int, status: int
) -> None:
    await two(http)
    await enter(http)
    clock.forward(minutes=minutes)
    answer = await http.get(f"{HOME}/{path}", headers={"accept": "text/html"})
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"].startswith("/account/prove?next=")


async def test_old_proof_erases_nobody(http: httpx.AsyncClient, clock: Clock) -> None:
    await two(http)
    csrf = await enter(http)
    clock.forward(minutes=16)
    form = {"csrf": csrf, "persons": list((await persons()).values())}
    answer = await http.post(f"{HOME}/erase", data=form, headers={"accept": "text/html"})
    assert answer.headers["location"].startswith("/account/prove")
    assert len(await persons()) == 2


async def test_one_of_two_in_a_mailbox_gets_nothing_that_hangs_on_it(http: httpx.AsyncClient) -> None:
    await two(http)
    await enter(http)
    ids = [one.id for one in await own_data.persons_by_address(EMAIL)]
    for chosen, sessions in ((ids, 1), (ids[:1], 0)):
        files = await own_data.collect(persons=chosen, actor="officer:test", now=NOW)
        held = next(file.content for file in files if file.name == "account.json")
        assert (len(held["accounts"]), len(held["sessions"])) == (sessions, sessions)


async def test_twins_of_one_name_put_their_details_right_each_for_itself(http: httpx.AsyncClient) -> None:
    assert (await register(http, wish(member(name="林"), member(name="林")))).status_code == 201
    csrf = await enter(http)
    both = [one.id for one in await own_data.persons_by_address(EMAIL)]
    for number, person in enumerate(both):
        form = {"csrf": csrf, "name": "林", "organisation": f"Lab {number}"}
        assert (await http.post(f"{HOME}/{person}/correct", data=form)).status_code == 303
    known = await own_data.persons_by_address(EMAIL)
    assert [one.details.organisation for one in known] == ["Lab 0", "Lab 1"]
    http.cookies.clear()
    assert (await register(http, wish(member(name="林"), member(name="林")))).status_code == 201
    assert await value("SELECT count(*) FROM person") == 2
