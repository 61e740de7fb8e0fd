"""Search: the best first, every script, one character is enough."""

import datetime as dt
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.folding import folded
from app.events.search import (
    ABOUT,
    IN_TITLE,
    PARENT,
    PEOPLE,
    PLACE,
    TEXT,
    TITLE_BEGINS,
    WHOLE_TITLE,
    WORD_BEGINS,
    Entry,
    worth,
)
from tests.clock import NOW
from tests.events.rows import add_session


def entry(**texts: str) -> Entry:
    fields = dict.fromkeys(("title", "people", "place", "parent", "about", "text"), "\n")
    lines = {name: f"\n{folded(words)}\n" for name, words in texts.items()}
    return Entry(kind="session", key=UUID(int=1), ends_at=None, **{**fields, **lines})


def score(words: str, **texts: str) -> int:
    parts = folded(words).split()
    return worth(entry(**texts), parts, " ".join(parts))


@pytest.mark.parametrize(
    ("words", "texts", "expected"),
    [
        ("wood", {"title": "Wood"}, WHOLE_TITLE),
        ("wood", {"title": "Woodcuts of the harbour"}, TITLE_BEGINS),
        ("wood", {"title": "A wood at night"}, WORD_BEGINS),
        ("wood", {"title": "Driftwood"}, IN_TITLE),
        ("wood", {"title": "Driftwood\nWood"}, WHOLE_TITLE),
        ("wood", {"people": "Anna Wood"}, PEOPLE),
        ("wood", {"place": "Wood Hall"}, PLACE),
        ("wood", {"parent": "Wood fair"}, PARENT),
        ("wood", {"about": "all of wood"}, ABOUT),
        ("wood", {"text": "... wood ..."}, TEXT),
        ("wood", {"text": "stone"}, 0),
        ("林", {"title": "森林の夜"}, IN_TITLE),
        ("wood night", {"title": "Wood", "text": "at night"}, WHOLE_TITLE + TEXT),
        ("wood night", {"title": "Wood"}, 0),
        ("night wood", {"title": "Night wood"}, TITLE_BEGINS + WORD_BEGINS + WHOLE_TITLE),
        ("wood night", {"title": "Night wood"}, TITLE_BEGINS + WORD_BEGINS),
        ("wood", {"title": "Wood", "people": "Wood", "text": "wood"}, WHOLE_TITLE),
    ],
)
def test_worth(words: str, texts: dict[str, str], expected: int) -> None:
    assert score(words, **texts) == expected


WORDS = st.lists(st.sampled_from(["wood", "sea", "night", "林", "zoe"]), min_size=1, max_size=3)


@given(WORDS, WORDS)
def test_title_is_worth_more_than_any_other_place(wished: list[str], others: list[str]) -> None:
    words, written = " ".join(wished), " ".join([*wished, *others])
    in_title = score(words, title=written)
    assert in_title > max(score(words, **{place: written}) for place in ("people", "place", "parent", "about", "text"))


@given(WORDS, WORDS)
def test_more_words_never_find_more(wished: list[str], more: list[str]) -> None:
    found = score(" ".join([*wished, *more]), title="wood at sea", text="林")
    assert not found or score(" ".join(wished), title="wood at sea", text="林")


async def hits(http: httpx.AsyncClient, words: str, **more: str) -> list[str]:
    """Return the last part of the addresses found, in their order."""
    answer = await http.get("/search", params={"q": words, **more}, headers={"accept": "text/html"})
    assert answer.status_code == 200
    found = answer.text.partition('<ol class="hits">')[2].partition("</ol>")[0]
    return [part.split('"')[0].rpartition("/")[2] for part in found.split('<h2><a href="')[1:]]


async def test_search_ranks_over_all_kinds_and_languages(http: httpx.AsyncClient) -> None:
    who = [{"name": {"ja": "林 恵", "en": "Megumi Hayashi"}, "organisation": {}}]
    await add_session("talk", title={"en": "A talk"}, speakers=who)
    await add_session("zzz", title={"ja": "林業の未来", "en": "Zzz"})
    await add_session("wood", title={"en": "About"}, description={"ja": "森と林と人"})
    found = await hits(http, "林")
    assert [slug for slug in found if slug in {"talk", "zzz", "wood"}] == ["zzz", "talk", "wood"]
    assert (await hits(http, "ﾊﾔｼ HAYASHI")) == []
    assert (await hits(http, "hayashi ＭＥＧＵＭＩ")) == ["talk"]


async def test_search_finds_events_and_venues_by_name(http: httpx.AsyncClient) -> None:
    assert (await hits(http, "yoxo festival"))[0] == "yoxo-festival"
    assert (await hits(http, "赤レンガ"))[0] == "yokohama-2026?venue=red-brick-warehouse&amp;day=all"


async def test_equal_hits_put_what_is_over_last(http: httpx.AsyncClient) -> None:
    hour = dt.timedelta(hours=1)
    await add_session("past", title={"en": "Zebra"}, starts_at=NOW - 3 * hour, ends_at=NOW - hour)
    await add_session("coming", title={"en": "Zebra"}, starts_at=NOW + hour, ends_at=NOW + 2 * hour)
    assert await hits(http, "zebra") == ["coming", "past"]


@pytest.mark.parametrize("words", ["zzzzzz", "<script>alert(1)</script>", "%", "_", "\\", "'"])
async def test_nothing_found_says_what_to_do(http: httpx.AsyncClient, words: str) -> None:
    answer = await http.get("/search", params={"q": words}, headers={"accept": "text/html"})
    assert "Nothing found" in answer.text
    assert 'href="/yokohama-2026?day=all"' in answer.text
    assert 'href="/yokohama-2026/events/yoxo-festival"' in answer.text
    assert "<script>alert" not in answer.text


async def test_search_without_words_offers_the_events(http: httpx.AsyncClient) -> None:
    answer = await http.get("/search", headers={"accept": "text/html"})
    assert "Nothing found" not in answer.text
    assert 'href="/yokohama-2026/events/yoxo-festival"' in answer.text


async def test_search_in_a_convention_that_is_none_searches_the_present_one(http: httpx.AsyncClient) -> None:
    assert (await hits(http, "yoxo festival", **{"in": "nowhere"}))[0] == "yoxo-festival"


async def test_too_many_words_are_cut(http: httpx.AsyncClient) -> None:
    assert (await http.get("/search", params={"q": "a" * 5000}, headers={"accept": "text/html"})).status_code == 200


async def test_every_page_has_the_search_field(http: httpx.AsyncClient) -> None:
    for path in ("/", "/yokohama-2026", "/sign-in", "/nothing/here", "/accessibility", "/yokohama-2026/register"):
        html = (await http.get(path, headers={"accept": "text/html"})).text
        assert '<input class="input" id="search" name="q" type="search"' in html, path
