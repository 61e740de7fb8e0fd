"""Files as answers: what they are, who owns them, and when they go."""

from uuid import uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.errors import Invalid
from app.ticketing.registering import uploads
from app.ticketing.registering.answers import Given
from tests.clock import NOW
from tests.ticketing.asking import ASKED, ask, cell
from tests.ticketing.wishes import member, register, wish

PDF, PNG, JPEG = b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n x", b"\xff\xd8\xff x"
ADDRESS = "/api/v1/conventions/yokohama-2026/uploads"


@pytest.mark.parametrize(
    ("data", "kind", "name", "kept"),
    [
        (PDF, "application/pdf", "plan.pdf", "plan.pdf"),
        (PNG, "image/png", "plan.jpeg", "plan.png"),
        (JPEG, "image/jpeg", "夏の 計画.JPG", "夏の 計画.jpg"),
        (PDF, "application/octet-stream", "../../etc/passwd", "passwd.pdf"),
        (PDF, "", 'a"b\r\nc.pdf', "abc.pdf"),
        (PDF, "", "", "file.pdf"),
        (PDF, "", "\u202egpj.exe", "gpj.pdf"),
    ],
)
async def test_file_is_what_its_content_says(rollback: None, data: bytes, kind: str, name: str, kept: str) -> None:
    question = await ask("poster", "file")
    token = await uploads.store(question=question, name=name, media_type=kind, data=data, now=NOW)
    [sent] = (await uploads.waiting([token, "no-token"])).values()
    assert (sent.token, sent.name, sent.size) == (token, kept, len(data))


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"", "application/pdf", "required"),
        (b"GIF89a", "image/gif", "kind"),
        (b"<svg/>", "image/svg+xml", "kind"),
        (PDF, "image/png", "kind"),
        (PDF + b"x" * uploads.LARGEST, "application/pdf", "too_large"),
    ],
)
async def test_other_files_are_refused(rollback: None, data: bytes, kind: str, code: str) -> None:
    question = await ask("poster", "file")
    with pytest.raises(Invalid) as refused:
        await uploads.store(question=question, name="x", media_type=kind, data=data, now=NOW)
    assert [e.code for e in refused.value.errors] == [code]
    assert await cell("SELECT count(*) FROM upload") == 0


async def test_file_goes_to_its_ticket_under_the_key_of_its_person(http: httpx.AsyncClient) -> None:
    await ask("poster", "file", required=True)
    sent = await http.post(f"{ADDRESS}/poster", params={"name": "plan.pdf"}, content=PDF,
                           headers={"content-type": "application/pdf"})  # fmt: skip
    assert sent.status_code == 201
    token = sent.json()["upload"]
    before = await cell("SELECT sealed FROM upload")

    made = await register(http, wish(member(ticket_type=ASKED, answers={"poster": token})))

    assert made.status_code == 201, made.text
    upload = await cell("SELECT id FROM upload WHERE ticket = $1", made.json()["tickets"][0]["id"])
    assert await cell("SELECT sealed FROM upload") != before
    assert await uploads.file(upload) == uploads.File("plan.pdf", "application/pdf", PDF)
    assert await uploads.waiting([token]) == {}
    await uploads.discard(token)
    assert await cell("SELECT count(*) FROM upload") == 1
    await fetch("UPDATE person SET key = NULL")
    assert await uploads.file(upload) is None


async def test_file_belongs_to_one_ticket_and_to_its_question(http: httpx.AsyncClient) -> None:
    poster = await ask("poster", "file")
    await ask("plan", "file")
    token = await uploads.store(question=poster, name="a.pdf", data=PDF, now=NOW)

    async def told(**answers: str) -> tuple[int, str]:
        answer = await register(http, wish(member(ticket_type=ASKED, answers=answers)))
        return answer.status_code, answer.json().get("type", "").rpartition("/")[2]

    twice = wish(*[member(ticket_type=ASKED, name=n, answers={"poster": token}) for n in ("A", "B")])
    assert (await register(http, twice)).status_code == 409
    gone = (409, "upload-gone")
    assert await told(plan=token) == gone
    assert await told(poster=token) == (201, "")
    assert await told(poster=token) == gone
    assert await told(poster=uploads.upload_token(uuid4())) == gone
    assert await cell("SELECT count(*) FROM ticket") == 1


async def test_later_file_replaces_the_earlier_and_the_same_stays(http: httpx.AsyncClient) -> None:
    question = await ask("poster", "file")
    first, second = [
        await uploads.store(question=question, name=f"{n}.pdf", data=PDF + n.encode(), now=NOW) for n in "12"
    ]
    made = await register(http, wish(member(ticket_type=ASKED, answers={"poster": first})))
    ticket = await cell("SELECT id FROM ticket WHERE id = $1", made.json()["tickets"][0]["id"])
    key = await cell("SELECT key FROM person")
    sealed = await cell("SELECT sealed FROM upload WHERE ticket = $1", ticket)

    await uploads.adopt([Given(ticket=ticket, question=question, key=key, value=first)])
    assert await cell("SELECT sealed FROM upload WHERE ticket = $1", ticket) == sealed
    await uploads.adopt([Given(ticket=ticket, question=question, key=key, value=second)])
    rows = await fetch("SELECT id FROM upload WHERE ticket = $1", ticket)
    assert [row["id"] for row in rows] == uploads.uploads_of([second])


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [
        ("poster", b"hello", "application/pdf", 422),
        ("poster", PDF + b"x" * uploads.LARGEST, "application/pdf", 413),
        ("motto", PDF, "application/pdf", 404),
        ("no-such-question", PDF, "application/pdf", 404),
    ],
)
async def test_interface_refuses_what_is_no_answer(
    http: httpx.AsyncClient, path: str, content: bytes, kind: str, status: int
) -> None:
    await ask("poster", "file")
    await ask("motto", "text")
    answer = await http.post(f"{ADDRESS}/{path}", content=content, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert await cell("SELECT count(*) FROM upload") == 0
