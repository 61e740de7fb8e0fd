"""A person leaves traces everywhere, is erased, and nothing of that person is found anywhere; every figure stays."""

import io
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import structlog
from redis.asyncio import Redis

from app.attendance import ledger
from app.core import jobs, smtp
from app.core.db import fetch
from app.core.log import say_where
from app.core.sandbox.catcher import catcher, message, messages
from app.core.settings import settings
from app.core.signing import derived, seal
from app.core.web.frame import Frame
from app.people import access, erasure, own_data
from app.ticketing.tickets import join_token
from tests.attendance.factories import covered_gate
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.journeys import remains
from tests.ticketing.wishes import member, register, wish

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("committed")]

NAME, READING, LAB = "Quetzalina Unverwechselbar", "ケツァリーナ フキヤ", "Xylophonwerke Nr. 4711"
COMPANION = "Zwillinga Mitreisende"
EMAIL = "Zz-Quetzal+Reise@Unmistakable.Example.ORG"
LABEL, DEVICE_WORDS = "Jurorin Quetzalina U.", "BEGIN:VCARD FN:Quetzalina Unverwechselbar"
VALUES = [NAME, READING, LAB, COMPANION, LABEL]
ADDRESSES = [EMAIL]
LOOKED_FOR = remains.needles(VALUES, ADDRESSES)
KPI = "/api/v1/kpi/overseas-participants?fiscal_year=2026"


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """The data folder of this installation, where a demo keeps its mail; logs are written into it."""
    monkeypatch.setenv("APP_SANDBOX", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(autouse=True)
def written(place: Path) -> Iterator[None]:
    """Logs as production writes them, into a file."""
    with (place / "web.log").open("w") as file:
        structlog.configure(
            processors=[structlog.processors.add_log_level, say_where, structlog.processors.JSONRenderer()],
            logger_factory=structlog.WriteLoggerFactory(file=file),
            cache_logger_on_first_use=False,
        )
        yield
    structlog.reset_defaults()


NEXT_ROOM = """
SELECT s.id, s.starts_at FROM session s JOIN coverage o ON o.event = s.event
JOIN ticket t ON t.ticket_type = o.ticket_type
WHERE s.mode <> 'on_site' AND s.starts_at >= $1 ORDER BY s.starts_at, s.id LIMIT 1
"""


class Story:
    """What one person does before being erased."""

    def __init__(self, app: Frame, clock: Clock, place: Path) -> None:
        self.app, self.clock, self.place = app, clock, place
        self.http = client(app)
        self.csrf = ""
        self.registered: dict[str, object] = {}

    async def registers(self) -> None:
        """By the API for a party of two, and by the form for one."""
        party = [member(name=NAME, reading=READING, organisation=LAB), member(name=COMPANION)]
        answer = await register(self.http, wish(*party, email=EMAIL))
        assert answer.status_code == 201, answer.text
        self.registered = answer.json()
        form = {
            "key": str(uuid4()),
            "email": EMAIL,
            "consents": "terms-2026",
            "party.0.name": NAME,
            "party.0.residence": "SG",
            "party.0.ticket_type": "citywide-pass",
            "party.0.organisation": LAB,
        }
        sent = await self.http.post("/yokohama-2026/register", data=form)
        assert sent.status_code == 303, sent.text

    async def receives(self) -> None:
        """Mails with PDF and calendar file arrive; the ticket's page and paper are looked at."""
        assert await jobs.drain(self.clock) >= 3
        assert len(messages(self.place)) >= 3
        for ticket in self.registered["tickets"]:  # type: ignore[attr-defined]
            for address in ("page_url", "pdf_url", "ics_url", "qr_svg_url"):
                assert (await self.http.get(ticket[address])).status_code == 200

    async def comes(self) -> None:
        """To a gate, with a ticket and with a business card; and into an online session."""
        code = self.registered["tickets"][0]["code"]  # type: ignore[index]
        gate = await covered_gate("citywide-pass")
        async with client(self.app, await token_for("staff")) as phone:
            scans = [self._scan(1, code, gate.id), self._scan(2, DEVICE_WORDS, gate.id)]
            answer = await phone.post("/api/v1/scans", json={"scans": scans})
        assert [r["verdict"] for r in answer.json()["receipts"]] == ["admitted", "refused"]
        await self._watches()

    def _scan(self, seq: int, code: str, gate: UUID) -> dict[str, object]:
        at = self.clock().isoformat()
        return {"seq": seq, "code": code, "gate": str(gate), "direction": "entry", "scanned_at": at}

    async def _watches(self) -> None:
        row = await fetch(NEXT_ROOM, self.clock())
        self.clock.forward(seconds=(row[0]["starts_at"] - self.clock()).total_seconds())
        ticket = UUID(self.registered["tickets"][0]["id"])  # type: ignore[index]
        token = join_token(ticket=ticket, session=row[0]["id"])
        visit = (await self.http.post(f"/api/v1/join/{token}")).json()["visit"]
        for _ in range(24):
            self.clock.forward(seconds=30)
            await self.http.post("/api/v1/presence/beats", json={"token": token, "visit": visit})
        body = {"token": token, "visit": visit}
        assert (await self.http.post("/api/v1/presence/leave", json=body)).status_code == 204

    async def is_invited(self) -> None:
        """To judge by nobody yet, but to be an officer, with a label that names her."""
        form = {"email": EMAIL, "label": LABEL, "language": "en"}
        async with client(self.app, await token_for("admin")) as admin:
            answer = await admin.post("/console/invitations/new/officer", data=form)
        assert answer.status_code == 303, answer.text
        await jobs.drain(self.clock)

    async def signs_in(self) -> None:
        """By the link in the mail, and takes her data along."""
        assert (await self.http.post("/sign-in", data={"email": EMAIL})).status_code == 200
        await jobs.drain(self.clock)
        newest = message(self.place, messages(self.place)[0].id)
        (address,) = re.findall(r"http://test(/sign-in/\S+)", newest.text)
        assert (await self.http.post(address)).status_code == 303
        self.csrf = access.csrf_token(self.http.cookies[access.session_cookie()])
        answer = await self.http.get("/account/data/export.zip")
        assert answer.status_code == 200, answer.text
        packed = zipfile.ZipFile(io.BytesIO(answer.content))
        assert all(v in packed.read("persons.json").decode() for v in (NAME, READING, LAB, COMPANION))

    async def meets_a_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Something of ours breaks with her name in its words."""

        async def broken(**_given: object) -> None:
            raise RuntimeError(f"Cannot pack the data of {NAME} <{EMAIL}>")

        with monkeypatch.context() as patch:
            patch.setattr(own_data, "collect", broken)
            assert (await self.http.get("/account/data/export.zip")).status_code == 500

    async def persons(self) -> list[UUID]:
        """Everybody of her mailbox."""
        return [one.id for one in await own_data.persons_by_address(EMAIL)]

    async def erases(self) -> None:
        """Herself and her companion, by the page; the worker does the rest."""
        form = {"csrf": self.csrf, "persons": [str(one) for one in await self.persons()]}
        answer = await self.http.post("/account/data/erase", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/privacy?done=erased")
        await jobs.drain(self.clock)


@pytest.fixture
async def story(app: Frame, clock: Clock, place: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Story]:
    """Everything up to the moment before erasing."""
    async with catcher(place) as server:
        monkeypatch.setenv("APP_MAIL_URL", server.url)
        settings.cache_clear()
        told = Story(app, clock, place)
        for chapter in (told.registers, told.receives, told.comes, told.is_invited, told.signs_in):
            await chapter()
        await told.meets_a_fault(monkeypatch)
        yield told
        await told.http.aclose()
        await smtp.close()


async def figures(story: Story) -> list[object]:
    """Everything that is counted."""
    async with client(story.app, await token_for("officer")) as officer:
        shown = (await officer.get(KPI)).json()
        people = (await officer.get(KPI.replace("?", "/people?"))).json()
    rows = await fetch(
        "SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM scan), (SELECT count(*) FROM ticket),"
        " (SELECT count(*) FROM person), (SELECT count(*) FROM presence_interval),"
        " (SELECT json_agg(r) FROM (SELECT residence, count(*) FROM person GROUP BY 1) r)::text,"
        " (SELECT json_agg(r) FROM (SELECT residence, count(*) FROM ticket GROUP BY 1) r)::text"
    )
    still = {name: v for name, v in shown.items() if name not in {"generated_at", "as_of", "registrations"}}
    return [still, people, tuple(rows[0])]


async def test_nothing_is_left_and_every_figure_stays(story: Story) -> None:
    before = await figures(story)
    assert before[0]["people"] >= 1  # type: ignore[index]
    found = await remains.everywhere(story.place, LOOKED_FOR)
    assert {"database", "sealed", "files"} <= set(found), "the search sees what is there"
    assert {f"value {v}" for v in (NAME, READING, LAB, COMPANION, EMAIL)} <= found["sealed"]
    assert f"value {LABEL}" in found["database"]
    assert f"address of {EMAIL}" in found["database"]
    await story.erases()
    assert await remains.everywhere(story.place, LOOKED_FOR) == {}
    assert await figures(story) == before
    assert (await ledger.verify()).broken == 0
    states = {row["state"] for row in await fetch("SELECT state FROM ticket")}
    assert states == {"blocked", "canceled"}, "what took part is blocked, what did not is canceled"
    kept = await fetch("SELECT sealed FROM ticket UNION ALL SELECT key FROM person WHERE erased_at IS NOT NULL")
    assert {row["sealed"] for row in kept} == {None}, "neither what was sealed nor the key to it is kept"


async def test_erased_ticket_opens_no_gate_and_shows_no_name(story: Story) -> None:
    await story.erases()
    gate = await covered_gate("citywide-pass")
    code = story.registered["tickets"][0]["code"]  # type: ignore[index]
    async with client(story.app, await token_for("staff", device="Phone 2")) as phone:
        answer = await phone.post("/api/v1/scans", json={"scans": [story._scan(9, code, gate.id)]})
    (receipt,) = answer.json()["receipts"]
    assert (receipt["verdict"], receipt["reason"]) == ("refused", "blocked")
    assert NAME not in answer.text


async def test_worker_finishes_what_a_killed_process_left(story: Story) -> None:
    await erasure.erase(persons=await story.persons(), actor="officer:test", now=story.clock())
    assert set(await remains.everywhere(story.place, LOOKED_FOR)) == {"files", "sealed"}, "mail waits for the worker"
    await jobs.drain(story.clock)
    assert await remains.everywhere(story.place, LOOKED_FOR) == {}


async def test_failure_half_way_takes_everything_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(*_given: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_promise", killed)
        with pytest.raises(ConnectionResetError):
            await erasure.erase(persons=await story.persons(), actor="officer:test", now=story.clock())
    assert await value("SELECT count(*) FROM person WHERE erased_at IS NOT NULL") == 0
    assert len(await story.persons()) == 2
    await story.erases()
    assert await remains.everywhere(story.place, LOOKED_FOR) == {}


async def in_a_payload(_place: Path) -> None:
    await fetch("UPDATE job SET payload = jsonb_build_object('name', $1::text)", NAME.upper())


async def in_a_sealed_answer(_place: Path) -> None:
    sealed = seal(derived("stored-answers"), f"<{EMAIL}>".encode())
    await fetch("INSERT INTO stored_answer VALUES (gen_random_uuid(), 's', 'k', '', $1, now())", sealed)


async def as_a_hash(_place: Path) -> None:
    await fetch("UPDATE invitation SET address_key = $1", LOOKED_FOR[f"address of {EMAIL}"])


async def in_redis(_place: Path) -> None:
    async with Redis.from_url(settings().redis_url) as redis:
        await redis.set("leak", READING, ex=5)


async def in_a_log(place: Path) -> None:
    (place / "worker.log").write_text(f"could not send to {EMAIL.lower()}\n")


@pytest.mark.parametrize(
    ("leak", "seen"),
    [(in_a_payload, "database"), (in_a_sealed_answer, "sealed"), (as_a_hash, "database"), (in_redis, "redis"),
     (in_a_log, "files")],
)  # fmt: skip
async def test_search_finds_a_planted_leak(story: Story, leak: Callable[[Path], Awaitable[None]], seen: str) -> None:
    await story.erases()
    await leak(story.place)
    found = await remains.everywhere(story.place, LOOKED_FOR)
    async with Redis.from_url(settings().redis_url) as redis:
        await redis.delete("leak")
    assert seen in found


async def nothing(*_given: object, **_named: object) -> None:
    """What a part of erasing does when somebody has left it out."""


@pytest.mark.parametrize(
    ("part", "seen"),
    [
        ("app.ticketing.privacy._forget_answers", "sealed"),
        ("app.people.privacy.forget_address", "database"),
        ("app.people.erasure._forget_uses", "database"),
        ("app.people.erasure._discard_mail", "files"),
    ],
)
async def test_search_notices_a_part_left_out(
    story: Story, monkeypatch: pytest.MonkeyPatch, part: str, seen: str
) -> None:
    monkeypatch.setattr(part, nothing)
    await erasure.erase(persons=await story.persons(), actor="officer:test", now=story.clock())
    await jobs.drain(story.clock)
    assert seen in await remains.everywhere(story.place, LOOKED_FOR)
