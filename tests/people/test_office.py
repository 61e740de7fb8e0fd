"""The office: work that was given up is seen and tried again, and it is written down who did."""

import re
from uuid import UUID

import httpx
import pytest

from app.core import audit
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value

JOB = UUID(int=7)


async def give_up() -> None:
    await fetch(
        "INSERT INTO job (id, name, payload, promised_at, due_at, tries, last_error, given_up_at)"
        " VALUES ($1, 'ticketing.send_tickets', '{}', $2, $2, 8, 'SMTPConnectError', $2)",
        JOB,
        NOW,
    )


@pytest.mark.usefixtures("http")
async def test_given_up_job_is_shown_and_tried_again(app: Frame) -> None:
    await give_up()
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        desk = await officer.get("/office")
        assert "1 job was given up" in desk.text
        page = await officer.get("/office/jobs")
        assert "SMTPConnectError" in page.text
        assert f'action="/office/jobs/{JOB}/again"' in page.text
        answer = await officer.post(f"/office/jobs/{JOB}/again")
        assert (answer.status_code, answer.headers["location"]) == (303, "/office/jobs")
        assert "Nothing was given up" in (await officer.get("/office/jobs")).text
        assert (await officer.post(f"/office/jobs/{JOB}/again")).status_code == 404
    assert await value("SELECT given_up_at IS NULL AND tries = 0 AND due_at = $1 FROM job", NOW) is True
    (entry,) = await fetch("SELECT action, subject, actor FROM audit_entry")
    assert (entry["action"], entry["subject"]) == ("job.try-again", f"job:{JOB}")
    assert entry["actor"].startswith("officer:")
    assert (await audit.verify()).broken == 0


@pytest.mark.usefixtures("http")
async def test_unknown_job(app: Frame) -> None:
    async with client(app, await token_for("officer")) as officer:
        assert (await officer.post(f"/office/jobs/{UUID(int=8)}/again")).status_code == 404
        assert (await officer.post("/office/jobs/seven/again")).status_code == 404


async def entries(many: int) -> None:
    for n in range(1, many + 1):
        await audit.record(actor=f"officer:{UUID(int=n % 3)}", action=f"thing.{n % 2}", subject=f"thing:{n}", now=NOW)


def positions(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<small class="number">(\d+)</small>', page)]


async def log(asker: httpx.AsyncClient, **params: str) -> str:
    answer = await asker.get("/office/audit", params=params)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.usefixtures("http")
async def test_audit_log_is_paged_both_ways(app: Frame) -> None:
    await entries(120)
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        first = await log(officer)
        assert positions(first) == list(range(120, 70, -1))
        assert ('rel="next"' in first, 'rel="prev"' in first) == (True, False)
        second = await log(officer, before="71")
        assert positions(second) == list(range(70, 20, -1))
        last = await log(officer, before="21")
        assert positions(last) == list(range(20, 0, -1))
        assert ('rel="next"' in last, 'rel="prev"' in last) == (False, True)
        back = await log(officer, after="20")
        assert positions(back) == list(range(70, 20, -1))
        assert 'rel="prev"' not in await log(officer, after="70")
        for odd in ("0", "-1", "x", "9" * 30, "1_0", "٣"):
            assert positions(await log(officer, before=odd)) == list(range(120, 70, -1))


@pytest.mark.usefixtures("http")
async def test_audit_log_is_filtered_by_actor_action_and_subject(app: Frame) -> None:
    await entries(6)
    token = await token_for("officer")
    who = await access.by_token(token, NOW)
    await audit.record(actor=who.actor, action="thing.0", subject="other:1", now=NOW, detail={"gates": ["a", "b"]})
    async with client(app, token, accept="text/html") as officer:
        assert positions(await log(officer, action="thing.1")) == [5, 3, 1]
        assert positions(await log(officer, actor=str(UUID(int=2)))) == [5, 2]
        assert positions(await log(officer, subject="thing:", action="thing.0")) == [6, 4, 2]
        mine = await log(officer, actor="OFFICER", subject="other")
        assert positions(mine) == [7]
        assert "gates: a, b" in mine
        assert "Nothing was found" in await log(officer, subject="%")


@pytest.mark.usefixtures("http")
async def test_audit_log_is_verified_on_request(app: Frame) -> None:
    await entries(3)
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        assert "Verified" not in await log(officer)
        assert "Verified: 3 entries, complete and unchanged." in await log(officer, verify="1")
        await fetch("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        await fetch("UPDATE audit_entry SET actor = 'nobody' WHERE position = 2")
        assert "the chain is broken at entry 2" in await log(officer, verify="1")


async def test_error_page_of_a_closed_door_says_where_to_sign_in(http: httpx.AsyncClient) -> None:
    answer = await http.get("/office", headers={"accept": "text/html"})
    assert answer.status_code == 401
    assert '<a class="button" href="/sign-in?next=%2Foffice">Sign in</a>' in answer.text
    assert "A link sent by mail signs you in, without a password." in answer.text
    mine = await http.get("/my", headers={"accept": "text/html"})
    assert '<a class="button" href="/sign-in?next=%2Fmy">Sign in</a>' in mine.text
    assert "work at the convention" not in mine.text


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize("below", ["/office/consents", "/office/retention", "/office/privacy/register"])
async def test_navigation_tells_that_a_page_belongs_to_privacy(app: Frame, below: str) -> None:
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        page = (await officer.get(below)).text
    side = page.partition('class="side-nav"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]*)" aria-current="true"', side) == ["/office/privacy"]


@pytest.mark.usefixtures("http")
async def test_every_page_of_the_office_has_its_navigation(app: Frame) -> None:
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        page = (await officer.get("/office/jobs")).text
    assert 'href="/office/jobs" aria-current="page"' in page.partition('class="side-nav"')[2]
