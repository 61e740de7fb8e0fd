"""Whatever an agreement does not open to somebody is nowhere in what he gets: random fields, audiences, agreements."""

import itertools
import logging
import random
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange import classes
from app.exchange.schemas import FIELDS, Publishes
from app.people.roles import Scope
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.exchange import planting
from tests.exchange.publishing.planted import reader
from tests.exchange.publishing.rooms import BESIDE, ROOMS, Place, Visitors, heard, promised

SEEN = {"public": {"public"}, "partner": {"public", "partner"}}
CLASSES = ("public", "partner", "confidential")
WHERE = {
    "description": "description",
    "price": "price",
    "organiser": "organiser",
    "contact": "contact",
    "phone": "phone",
}
PLAIN = {"title", "place", "url"}
"""Fields that both our pages and our calendars tell."""


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
        if audience == "beside":  # who tells of the event too sees what he may read, or else what everybody may
            return self.visible(field, "partner" if self.onward else "public")
        opened = {name for name, kept in self.fields.items() if kept in SEEN[audience]} - {"email"}
        whole = self.access == "public" and {"title", "time"} <= opened and (audience == "public" or self.onward)
        return whole and field in opened

    async def plant(self, feed: str) -> Place:
        """Add a city with this agreement and this event, and say where to look for it."""
        slug, card, uid = f"c{uuid.uuid4().hex[:10]}", await planting.card(), str(uuid.uuid4())
        agreed = await planting.agreement(await planting.partner(slug), fields=self.fields, onward=self.onward)
        source = await planting.source(agreed)
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
        await planting.event(
            source,
            words["title"],
            on=card,
            place=words["place"],
            url=f"https://a.example/{words['url']}",
            access=self.access,
            body=body,
            uid=uid,
        )
        return Place(slug, source, card, uid, feed, words["title"].partition("x")[0])


class Outside:
    """Everybody outside the office: anybody, and the partner city `reads`, with its feed, account and own source."""

    def __init__(self, who: Visitors, feed: str, source: UUID) -> None:
        self.who, self.feed, self.source = who, feed, source

    @classmethod
    async def made(cls, app: Frame, http: httpx.AsyncClient) -> "Outside":
        """Add the city."""
        partner, path = await reader("reads", publishes=Publishes(scopes=()))
        agreement = (await fetch("SELECT id FROM agreement WHERE partner = $1", partner))[0]["id"]
        token = await token_for("partner", scope=Scope(partners=(partner,)))
        return cls(Visitors(http, client(app, token)), path, await planting.source(agreement))

    async def hear(self, at: Place, *, all_rooms: bool = True) -> dict[str, dict[str, str]]:
        """Return what each audience hears in each room."""
        rooms, beside = ([one for one in some if all_rooms or not one.seldom] for some in (ROOMS, BESIDE))
        said = await heard(rooms, self.who, at)
        found = {kind: {one.name: said[one.name] for one in rooms if one.audience == kind} for kind in SEEN}
        await planting.event(self.source, "Beside", on=at.card)
        found["beside"] = await heard(beside, self.who, at)
        await fetch("DELETE FROM limited_use")  # nobody asks so much at once
        return found


@pytest.fixture
async def outside(app: Frame, http: httpx.AsyncClient) -> Outside:
    return await Outside.made(app, http)


async def check(outside: Outside, seed: int, logs: pytest.LogCaptureFixture, *, all_rooms: bool) -> int:
    """Hold one case against everything that is given out; return how many (field, audience) pairs that was."""
    case = Case(seed)
    at = await case.plant(outside.feed)
    with capture_logs() as logged:
        got = await outside.hear(at, all_rooms=all_rooms)
    hold(case, got, repr(logged) + logs.text + await promised())
    logs.clear()
    await fetch("DELETE FROM exchanged_event WHERE card = $1", at.card)
    return len(FIELDS) * len(got)


def hold(case: Case, got: Mapping[str, Mapping[str, str]], quiet: str) -> None:
    """Hold what was heard against the rule; `quiet` are places that say no word of any event: logs, promised jobs."""
    whole = {audience: "".join(rooms.values()).lower() for audience, rooms in got.items()}  # as the words are
    for audience, field in itertools.product(got, FIELDS):
        word, there = case.words[field], whole[audience]
        if not case.visible(field, audience):
            assert word not in there, (audience, field, _rooms(got[audience], word))
        elif field in PLAIN or (audience != "public" and field in WHERE):
            assert word in there, (audience, field)
    assert not [audience for audience, there in whole.items() if "@person.example" in there]
    assert not [word for word in (*case.words.values(), "@person.example") if word in quiet.lower()]


def _rooms(got: Mapping[str, str], word: str) -> list[str]:
    return [name for name, text in got.items() if word in text.lower()]


async def run(outside: Outside, logs: pytest.LogCaptureFixture, cases: int, *, first: int = 0, seldom: int) -> None:
    """Go through so many cases; one agreement of `seldom` is held against the rooms that are seldom asked, too."""
    done, seed = 0, first
    logs.set_level("DEBUG")
    while done < cases:
        done += await check(outside, seed, logs, all_rooms=seed % seldom == 0)
        seed += 1


async def test_nothing_confidential_is_in_any_output(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    await run(outside, caplog, 600, seldom=10)


@pytest.mark.faults
async def test_nothing_confidential_is_in_any_output_of_ten_thousand_cases(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    await run(outside, caplog, 10_000, first=1000, seldom=4)


def closed() -> Case:
    """Return a case of which nobody outside sees anything."""
    case = Case(0)
    case.fields, case.access, case.onward = dict.fromkeys(FIELDS, "confidential"), "public", True
    return case


async def test_every_room_is_looked_at(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: with the one rule broken, hidden words are heard in each room in which anything is told."""
    monkeypatch.setattr(classes, "_open", lambda _field, _fields, _audience: True)
    case = closed()
    got = await outside.hear(await case.plant(outside.feed))
    everywhere = {name: text for rooms in got.values() for name, text in rooms.items()}
    silent = [one.name for one in ROOMS + BESIDE if one.speaks and case.words["place"] not in everywhere[one.name]]
    assert silent == []
    hidden = {field for field in FIELDS if case.words[field] in everywhere["their json"]}
    assert hidden >= PLAIN | set(WHERE), "and in one of them every field is"


async def test_word_that_slips_out_in_any_room_is_noticed(outside: Outside) -> None:
    case = closed()
    got = await outside.hear(await case.plant(outside.feed))
    hold(case, got, "")
    assert sum(len(rooms) for rooms in got.values()) == len(ROOMS + BESIDE)
    for audience, rooms in got.items():
        for name, text in rooms.items():
            slipped = {**got, audience: {**rooms, name: f"{text} {case.words['phone']}"}}
            with pytest.raises(AssertionError):
                hold(case, slipped, "")


@pytest.mark.parametrize("tell", [structlog.get_logger().info, logging.getLogger("app").debug], ids=["ours", "others"])
async def test_word_in_a_line_of_a_log_is_noticed(
    outside: Outside, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    """Mutation: somebody writes down what he is about to publish."""
    real = classes.shown

    def shown(event: Any, fields: Any, audience: Any) -> Any:
        tell(f"shown {event.title}")
        return real(event, fields, audience)

    monkeypatch.setattr(classes, "shown", shown)
    caplog.set_level("DEBUG")
    with pytest.raises(AssertionError):
        await check(outside, 0, caplog, all_rooms=False)


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
