"""Words of partner cities carry their language on every page that shows them, for voices and for letters."""

import datetime as dt
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange.publishing.spoken import spoken
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.desk import officer, partner_city
from tests.exchange.publishing.planted import reader

HTML = {"accept": "text/html", "accept-language": "en"}
TOMORROW = NOW + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "told", "tag"),
    [
        ("はなび", "", "ja"), ("ｲﾍﾞﾝﾄ", "de", "ja"), ("花火", "", "ja"), ("花火", "zh-Hans", "zh-Hans"),
        ("光州 비엔날레", "ja", "ko"), ("ลอยกระทง", "en", "th"), ("Lichterfest", "de", "de"), ("Lichterfest", "", ""),
        ("Fête", "fr-CA", "fr-CA"), ("AI Expo 2026", "ja", "ja"), ("Fest", '"><b>', ""), ("Fest", "deutsch", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_letters_say_the_language_and_what_is_told_says_the_rest(words: str, told: str, tag: str) -> None:
    assert spoken(words, told) == tag


class Languages(HTMLParser):
    """Which language each text of a page is in, as its elements say."""

    VOID = frozenset({"meta", "link", "img", "input", "br", "hr", "wbr", "source"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: dict[str, set[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(dict(attrs).get("lang") or (self.open[-1] if self.open else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.setdefault(data.strip(), set()).add(self.open[-1])


async def languages(http: httpx.AsyncClient, path: str, *words: str) -> list[set[str]]:
    """Return the languages in which a page says these words, wherever it says them."""
    answer = await http.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    parser = Languages()
    parser.feed(answer.text)
    missing = [one for one in words if one not in parser.found]
    assert not missing, (path, missing, list(parser.found))
    return [parser.found[one] for one in words]


async def german(slug: str = "frankfurt", *, on: UUID | None = None) -> tuple[UUID, UUID]:
    """Add a city that writes German, and says of one title that it is French; return it with its source."""
    made = await planting.partner(slug)
    agreed = await planting.agreement(made, title="交流協定", attribution={"de": "Quelle: Stadt"}, onward=True)
    source = await planting.source(agreed, language="de", name="催し物")
    body = {"title_language": "de"}
    await planting.event(source, "Lichterfest", on=on, place="Römerberg", body=body, starts_at=TOMORROW)
    await planting.event(source, "Fête", place="Zoo", body={"title_language": "fr"}, starts_at=TOMORROW)
    return made, source


@pytest.mark.parametrize("path", ["/yokohama-2026/partners", "/yokohama-2026"])
async def test_visitors_hear_each_title_place_and_credit_in_its_language(http: httpx.AsyncClient, path: str) -> None:
    await german()
    assert await languages(http, path, "Lichterfest", "Fête", "Römerberg") == [{"de"}, {"fr"}, {"de"}]
    assert await languages(http, path, "Quelle: Stadt (CC BY 4.0)") == [{"de"}]


async def test_reader_of_the_same_language_needs_no_mark(http: httpx.AsyncClient) -> None:
    await german()
    page = (await http.get("/yokohama-2026/partners?lang=de", headers=HTML)).text
    assert "Lichterfest" in page
    assert '<span lang="de">' not in page


async def _told(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Return what another city reads of the events of cities."""
    _partner, path = await reader("sapporo")
    items = (await http.get(f"{path}.json", params={"lang": "en"})).json()["items"]
    return [one["event"] for one in items if one["event"]["kind"] == "card"]


async def test_programs_are_told_the_languages_too(http: httpx.AsyncClient) -> None:
    await german()
    told = {one["title"]: one["languages"] for one in await _told(http)}
    assert told == {
        "Lichterfest": {"title": "de", "place": "de", "attribution": "de"},
        "Fête": {"title": "fr", "place": "de", "attribution": "de"},
    }


async def test_language_of_a_hidden_place_is_not_told(http: httpx.AsyncClient) -> None:
    agreed = await planting.agreement(await planting.partner("kobe"), fields={"place": "confidential"}, onward=True)
    await planting.event(await planting.source(agreed, language="ko"), "Fest", place="Zoo", body={})
    (said,) = await _told(http)
    assert said["languages"] == {"attribution": "en"}


async def test_officers_and_partners_hear_the_events_of_a_calendar_in_its_language(app: Frame, rollback: None) -> None:
    made, source = await german()
    await fetch("UPDATE exchanged_event SET state = 'missing', state_at = $1 WHERE title = 'Lichterfest'", NOW)
    async with officer(app) as asker, partner_city(app, made) as own:
        for http, root in ((asker, "/office/partners"), (own, "/partner")):
            words = ("Lichterfest", "Römerberg", "催し物")
            assert await languages(http, f"{root}/frankfurt/sources/{source}", *words) == [{"de"}, {"de"}, {"ja"}]
            assert await languages(http, f"{root}/frankfurt", "交流協定", "催し物", "Quelle: Stadt") == [
                {"ja"}, {"ja"}, {"de"},
            ]  # fmt: skip


async def test_what_was_found_in_a_file_is_in_the_language_of_the_file(app: Frame, rollback: None) -> None:
    _made, source = await german()
    found = [{"number": 3, "code": "start_missing", "field": "備考", "written": "heute"}]
    await planting.insert(
        "pull", source=source, begun_at=NOW, ended_at=NOW, why="schedule", outcome="read", problem="",
        answered=200, file=b"", counts={}, report=found, found=1, changes=[],
    )  # fmt: skip
    async with officer(app) as http:
        assert await languages(http, f"/office/partners/frankfurt/sources/{source}", "heute", "備考") == [
            {"de"}, {"ja"},
        ]  # fmt: skip


async def test_what_two_cities_tell_is_heard_in_two_languages(app: Frame, rollback: None) -> None:
    card = await planting.card()
    await german(on=card)
    agreed = await planting.agreement(await planting.partner("kobe"))
    source = await planting.source(agreed)
    later, first = TOMORROW + dt.timedelta(hours=1), NOW - dt.timedelta(days=1)
    await planting.event(source, "光の祭り", on=card, place="市民会館", starts_at=later, first_seen_at=first)
    async with officer(app) as http:
        words = ("Lichterfest", "Römerberg", "光の祭り", "市民会館")
        assert await languages(http, f"/office/partners/cards/{card}", *words) == [{"de"}, {"de"}, {"ja"}, {"ja"}]
        assert await languages(http, "/office/partners/cards", "光の祭り") == [{"ja"}]
