"""Whatever an agreement does not open to somebody is nowhere in what he gets: random fields, audiences, agreements."""

import itertools
import random
import uuid
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from app.core.db import fetch
from app.exchange.schemas import FIELDS, Publishes
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.publishing.planted import reader

SEEN = {"public": {"public"}, "partner": {"public", "partner"}}
CLASSES = ("public", "partner", "confidential")
WHERE = {
    "description": "description",
    "price": "price",
    "organiser": "organiser",
    "contact": "contact",
    "phone": "phone",
}
PUBLIC = (
    "/calendars/yokohama-2026/partners/{slug}.ics",
    "/yokohama-2026/partners",
    "/yokohama-2026",
    "/calendars/yokohama-2026.ics",
    "/calendars/yokohama-2026.json",
    "/calendars/yokohama-2026.csv",
    "/calendars/yokohama-2026/partners/{slug}.txt",
)


class Case:
    """An event with a word of its own in each field, under an agreement drawn at random."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.fields = {field: draw.choice(CLASSES) for field in FIELDS}
        if draw.random() < 0.6:  # else most cases show nothing at all
            self.fields |= {"title": "public", "time": "public"}
        self.access = draw.choice(["public"] * 6 + ["private", "confidential"])
        self.onward = draw.random() < 0.7
        self.words = {field: f"q{seed}x{field}z" for field in FIELDS}

    def visible(self, field: str, audience: str) -> bool:
        """The rule, written once more: from what was agreed, and nothing else."""
        opened = {name for name, kept in self.fields.items() if kept in SEEN[audience]} - {"email"}
        whole = self.access == "public" and {"title", "time"} <= opened and (audience == "public" or self.onward)
        return whole and field in opened

    async def plant(self) -> tuple[str, UUID]:
        """Add a city with this agreement and this event."""
        slug = f"c{uuid.uuid4().hex[:10]}"
        agreed = await planting.agreement(await planting.partner(slug), fields=self.fields, onward=self.onward)
        words = self.words
        body = {field: words[field] for field in WHERE} | {
            "email": f"{words['email']}@person.example",
            "categories": [words["categories"]],
            "address": words["place"],
            "recurrence": [f"RRULE:FREQ=WEEKLY;COUNT=3;X-W={words['time'].upper()}"],
            "others": {words["other"]: words["other"]},
            "titles": {"de": words["title"] + " de"},
            "contact": f"{words['contact']} taro@person.example",
        }
        event = await planting.event(
            await planting.source(agreed),
            words["title"],
            place=words["place"],
            url=f"https://a.example/{words['url']}",
            access=self.access,
            body=body,
            uid=str(uuid.uuid4()),
        )
        return slug, event


async def texts(http: httpx.AsyncClient, slug: str, partner: str) -> dict[str, list[str]]:
    """Return everything that each audience gets: bodies, headers, and the errors among them."""
    found: dict[str, list[str]] = {"public": [], "partner": []}
    theirs = [f"{partner}.{kind}" for kind in ("ics", "csv", "json")]
    for audience, paths in (("public", [path.format(slug=slug) for path in PUBLIC]), ("partner", theirs)):
        for path in paths:
            answer = await http.get(path, params={"lang": "de"})
            found[audience].append(answer.text.replace("\r\n ", "") + repr(answer.headers.raw))
    return found


async def check(http: httpx.AsyncClient, partner: str, seed: int) -> int:
    """Hold one case against everything that is given out; return how many (field, audience) pairs that was."""
    case = Case(seed)
    slug, event = await case.plant()
    with capture_logs() as logged:
        got = await texts(http, slug, partner)
    for audience, field in itertools.product(got, FIELDS):
        word, there = case.words[field], "".join(got[audience])
        if not case.visible(field, audience):
            assert word.upper() not in there.upper(), (seed, audience, field)
        elif field in {"title", "place", "url"} or (audience == "partner" and field in WHERE):
            assert word in there, (seed, audience, field)
    everything = "".join(text for some in got.values() for text in some) + repr(logged)
    assert "@person.example" not in everything
    assert not [word for word in case.words.values() if word in repr(logged)]
    await fetch("DELETE FROM exchanged_event WHERE id = $1", event)
    return len(FIELDS) * len(got)


async def run(http: httpx.AsyncClient, cases: int, first: int = 0) -> None:
    _partner, partner = await reader("reads", publishes=Publishes(scopes=()))
    done, seed = 0, first
    while done < cases:
        done += await check(http, partner, seed)
        seed += 1


async def test_nothing_confidential_is_in_any_output(http: httpx.AsyncClient) -> None:
    await run(http, 600)


@pytest.mark.faults
async def test_nothing_confidential_is_in_any_output_of_ten_thousand_cases(http: httpx.AsyncClient) -> None:
    await run(http, 10_000, first=1000)


async def test_change_that_is_hidden_from_everybody_changes_no_tag(http: httpx.AsyncClient) -> None:
    closed = dict.fromkeys(("contact", "phone", "price", "description"), "confidential")
    agreed = await planting.agreement(await planting.partner("kobe"), fields=closed, onward=True)
    source = await planting.source(agreed)
    await planting.event(source, body={"phone": "1"})
    _partner, partner = await reader("reads")
    paths = ["/calendars/yokohama-2026/partners/kobe.ics", *(f"{partner}.{kind}" for kind in ("ics", "csv", "json"))]
    before = [(await http.get(path)).headers.raw for path in paths]
    logged = await fetch("SELECT id, change, changed_at, sequence FROM publication ORDER BY id")
    body = '{"phone": "2", "contact": "x", "price": "9", "description": "y", "email": "a@b.example"}'
    await fetch("UPDATE exchanged_event SET body = $2, changed_at = $3 WHERE source = $1", source, body, NOW)
    assert [_plain((await http.get(path)).headers.raw) for path in paths] == [_plain(raw) for raw in before]
    assert await fetch("SELECT id, change, changed_at, sequence FROM publication ORDER BY id") == logged


def _plain(raw: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [pair for pair in raw if pair[0].lower() in {b"etag", b"last-modified", b"content-length"}]
