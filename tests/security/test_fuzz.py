"""Thousands of hostile requests to every route, by nobody and by an admin: no fault of ours, and all is documented."""

import contextlib
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from app.core.db import fetch, transaction
from app.core.settings import ROOT
from app.core.web.frame import Frame
from app.ticketing.guests.acting import POSSIBLE
from app.ticketing.registering import offers
from app.ticketing.registering.drafts import draft_token
from app.ticketing.registering.uploads import KINDS
from tests.doors import token_for
from tests.security.askers import ADDRESSES, STREAMS, Askers
from tests.security.hostile import FORMS, SPOILT, Hostile
from tests.security.tenants import rows_of, two_events

ROUNDS = 12
"""Requests to each route in one run."""
LONG = 8
"""Runs of the long form, each with a seed of its own."""
PROMISED = {"401", "403", "404", "409", "413", "415", "422", "429"}
"""What a program may ask the document about before it happens."""
ALWAYS = {"content-security-policy", "x-content-type-options", "x-request-id", "referrer-policy", "x-frame-options"}
QUERY = [
    "lang",
    "day",
    "venue",
    "mode",
    "event",
    "q",
    "limit",
    "cursor",
    "party",
    "type",
    "new",
    "next",
    "fiscal_year",
    "person",
]
NAMES = sorted(
    {
        name
        for page in ROOT.glob("*/templates/**/*.html")
        for name in re.findall(r'name="([a-z_.0-9-]+)"', page.read_text())
    }
)
"""Every field of every form."""


@pytest.fixture
async def asker(app: Frame, rollback: None) -> AsyncIterator[Askers]:
    found = Askers(app)
    async with found.stack:
        yield found
    offers.forget()  # what was planted is rolled back


async def known() -> dict[str, list[str]]:
    """Words that lead somewhere, by the name of the parameter."""
    found: dict[str, list[str]] = {"convention": ["yokohama-2026"], "name": ["yokohama-2026.ics"]}
    for table in ("event", "gate", "session", "venue", "ticket_type", "quota", "organiser", "account", "device"):
        rows = await fetch(f"SELECT id FROM {table} LIMIT 3")
        found[table] = [str(row["id"]) for row in rows]
    found["event"] += [row["slug"] for row in await fetch("SELECT slug FROM event LIMIT 3")]
    organiser, event, *_other = await two_events()
    for name, row in (await rows_of(organiser, event)).items():
        found.setdefault(name, []).append(str(row))
    found["question"].append("file-of-a")
    return found


async def tickets(asker: httpx.AsyncClient) -> list[str]:
    """Register a party and return the tokens of its links."""
    wish = {
        "email": "li.na@example.org",
        "consents": ["terms-2026"],
        "party": [{"name": "Li Na", "residence": "CN", "ticket_type": "citywide-pass"}],
    }
    answer = await asker.post(
        "/api/v1/conventions/yokohama-2026/registrations", json=wish, headers={"idempotency-key": "fuzz"}
    )
    assert answer.status_code == 201
    body = answer.json()
    return [str(link).rstrip("/").rpartition("/")[2] for link in (body["manage_url"], body["tickets"][0]["page_url"])]


def path_of(route: str, words: dict[str, list[str]], hostile: Hostile) -> str:
    def fill(match: re.Match[str]) -> str:
        choice = words.get(match[1], [])
        return hostile.rng.choice(choice) if choice and hostile.rng.random() < 0.7 else hostile.segment()

    return re.sub(r"\{(\w+)\}", fill, route.partition(" ")[2])


def body_of(route: str, document: dict[str, Any], hostile: Hostile) -> tuple[bytes, str]:
    method, path = route.split()
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    if "requestBody" not in operation:
        return hostile.form(NAMES if hostile.rng.random() < 0.3 else hostile.rng.sample(NAMES, 12))
    if hostile.rng.random() < 0.25:
        return hostile.rng.choice(SPOILT), "application/json"
    content = operation["requestBody"]["content"]
    if "application/json" not in content:
        start = hostile.rng.choice([*KINDS, b"", b"PK\x03\x04"])
        return start + hostile.word().encode("utf-8", "surrogatepass"), hostile.rng.choice([*content, *FORMS])
    schema = content["application/json"]["schema"]
    value = hostile.value(schema, document["components"]["schemas"], hostile.rng.choice([0, 0.02, 0.2]))
    return msgspec.json.encode(value), hostile.rng.choice(["application/json"] * 9 + ["text/plain"])


def request_of(
    asker: httpx.AsyncClient, route: str, words: dict[str, list[str]], document: dict[str, Any], hostile: Hostile
) -> httpx.Request:
    method = route.partition(" ")[0]
    query = "&".join(f"{hostile.rng.choice(QUERY)}={hostile.segment()}" for _ in range(hostile.rng.randrange(4)))
    headers = {"accept": hostile.rng.choice(["text/html", "*/*", "application/json", "\xff"])}
    content = b""
    if method != "GET":
        content, kind = body_of(route, document, hostile)
        headers |= {"content-type": kind} if kind else {}
        headers["idempotency-key"] = hostile.rng.choice(["k", "k2", "x" * 300, str(hostile.rng.random())])
    if hostile.rng.random() < 0.3:
        name = hostile.rng.choice(["accept-language", "cookie", "if-none-match", "range", "x-forwarded-for", "origin"])
        headers[name] = hostile.word().replace("\n", " ").replace("\r", " ")
    address = path_of(route, words, hostile) + (f"?{query}" if query else "")
    sent = {name: value.encode("utf-8", "surrogatepass") for name, value in headers.items()}
    return asker.build_request(method, address, content=content, headers=sent)  # type: ignore[arg-type]


class Undo(Exception):
    """Takes back what a request wrote, so that the next one meets the same data and no limit."""


async def send(asker: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    with contextlib.suppress(Undo), capture_logs():
        async with transaction():
            answer = await asker.send(request)
            raise Undo
    return answer


def complaint(route: str, answer: httpx.Response, document: dict[str, Any]) -> str:
    """Return what is wrong with an answer, or an empty string."""
    method, path = route.split()
    operation = document["paths"].get(path, {}).get(method.lower())
    status = str(answer.status_code)
    if answer.is_server_error:
        return f"{route}: {status} {answer.request.url} {answer.request.content[:200]!r}"
    if not set(answer.headers) >= ALWAYS:
        return f"{route}: lacks headers"
    if operation and status in PROMISED and status not in operation["responses"]:
        return f"{route}: {status} is not in the document"
    return ""


async def run(asker: Askers, *, seed: int, rounds: int) -> Counter[int]:
    """Send the requests, and return how often each status came."""
    admin = await asker.add(f"admin {seed}", await token_for("admin"))
    nobody = await asker.add(f"nobody {seed}")
    document = (await admin.get("/schema/openapi.json")).json()
    token = await tickets(nobody)
    words = await known() | {"token": token}
    held = await nobody.post("/api/v1/conventions/yokohama-2026/holds", json={"wanted": {"citywide-pass": 1}})
    words["token"].append(held.json()["hold"])
    words["draft"] = [draft_token(UUID(int=7))]
    words["deed"] = list(POSSIBLE)
    found: Counter[int] = Counter()
    wrong: dict[str, str] = {}
    hostile = Hostile(seed)
    for _, route in itertools.product(range(rounds), sorted(ADDRESSES.keys() - STREAMS)):
        who = nobody if hostile.rng.random() < 0.3 else admin
        answer = await send(who, request_of(who, route, words, document, hostile))
        found[answer.status_code] += 1
        said = complaint(route, answer, document)
        if said:
            wrong.setdefault(route, said)
    assert not wrong, "\n".join(sorted(wrong.values()))
    return found


async def test_hostile_requests_meet_no_fault(asker: Askers) -> None:
    found = await run(asker, seed=1, rounds=ROUNDS)
    assert found.total() > 1_000
    assert {200, 400, 401, 404, 415, 422} <= set(found), "it went past the doors, and into every kind of refusal"


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(2, 2 + LONG))
async def test_many_more_hostile_requests_meet_no_fault(asker: Askers, seed: int) -> None:
    assert (await run(asker, seed=seed, rounds=ROUNDS)).total() > 1_000
