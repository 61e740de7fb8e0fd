"""The office: work that was given up is seen and tried again, and it is written down who did."""

from uuid import UUID

import httpx
import pytest

from app.core import audit
from app.core.db import fetch
from app.core.web.frame import Frame
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
        assert "Warning: 1 job was given up and needs you." in desk.text
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


async def test_error_page_of_a_closed_door_says_where_to_sign_in(http: httpx.AsyncClient) -> None:
    answer = await http.get("/office", headers={"accept": "text/html"})
    assert answer.status_code == 401
    assert '<a class="button" href="/sign-in">Sign in</a>' in answer.text
