"""Pages with events of schema.org, whole and broken."""

import datetime as dt
import json
import time

import pytest

from app.exchange.schemas import Incoming, Position, Reading
from tests.exchange.reading.reading import file

EVENT = {
    "@context": "https://schema.org",
    "@type": "Event",
    "@id": "https://city.example/e/1#event",
    "name": "夏 &amp; 祭",
    "startDate": "2026-08-01T10:00:00+09:00",
    "endDate": "2026-08-01T12:00:00+09:00",
    "url": "/e/1",
    "description": "<p>海辺で。</p>",
    "location": {
        "@type": "Place",
        "name": "山下公園",
        "address": {"addressRegion": "神奈川県", "addressLocality": "横浜市", "streetAddress": "中区1-1"},
        "geo": {"latitude": "35.44", "longitude": 139.65},
    },
    "organizer": {"@type": "Organization", "name": "横浜市", "email": "mailto:e@city.example", "telephone": "045-1"},
    "offers": [{"price": 1000, "priceCurrency": "JPY"}],
    "keywords": "祭り, 海",
}


def script(body: str) -> str:
    return f'<script type="application/ld+json">{body}</script>'


def page(*bodies: str) -> Reading:
    head = '<html>\n<link rel="canonical" href="https://city.example/list">\n'
    return file((head + "\n".join(bodies) + "\n</html>").encode(), "page")


def other(**values: object) -> str:
    return script(json.dumps({"@type": "Event", "name": "b", "startDate": "2026-08-02", **values}, ensure_ascii=False))


def one(found: Reading) -> Incoming:
    [event] = found.events
    return event


def said(found: Reading) -> list[tuple[int, str, bool]]:
    return [(finding.number, finding.code, finding.lost) for finding in found.findings]


def test_fields_are_read_by_their_meaning() -> None:
    found = page(script(json.dumps(EVENT)))
    event = one(found)
    assert said(found) == []
    assert (event.uid, event.title, event.url) == (EVENT["@id"], "夏 & 祭", "https://city.example/e/1")
    assert (event.starts_at, event.ends_at) == (
        dt.datetime(2026, 8, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 8, 1, 3, tzinfo=dt.UTC),
    )
    assert (event.place, event.address, event.position) == (
        "山下公園",
        "神奈川県横浜市中区1-1",
        Position(35.44, 139.65),
    )
    assert (event.organiser, event.email, event.phone) == ("横浜市", "e@city.example", "045-1")
    assert (event.price, event.categories, event.description) == ("1000 JPY", ("祭り", "海"), "海辺で。")


@pytest.mark.parametrize(
    ("body", "uids", "codes"),
    [
        (json.dumps([EVENT]), 1, []),
        (json.dumps({"@graph": [{"@type": "WebSite"}, EVENT]}), 1, []),
        (json.dumps({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": EVENT}]}), 1, []),
        (json.dumps(EVENT | {"@type": ["http://schema.org/MusicEvent", "Thing"]}), 1, []),
        (json.dumps(EVENT) + json.dumps(EVENT | {"@id": "x", "name": "y"}), 2, []),
        ("// made\n" + json.dumps(EVENT)[:-1] + ",}", 1, ["block_repaired"]),
        ("<!--" + json.dumps(EVENT) + "-->", 1, ["block_repaired"]),
        ("//<![CDATA[\n" + json.dumps(EVENT) + "\n//]]>", 1, ["block_repaired"]),
        (json.dumps(EVENT).replace('"', "&quot;"), 1, ["block_repaired"]),
        (json.dumps(EVENT).replace("<p>", "\n"), 1, []),
        ("[" + json.dumps(EVENT) + ', {"@type": "Event", "name"', 1, ["block_unreadable"]),
    ],
)
def test_blocks_are_read_however_they_are_written(body: str, uids: int, codes: list[str]) -> None:
    found = page(script(body))
    assert (len(found.events), [code for _line, code, _lost in said(found)]) == (uids, codes)


def test_broken_block_costs_itself() -> None:
    found = page(script("{broken"), other())
    assert (one(found).title, said(found)) == ("b", [(3, "block_unreadable", True), (4, "uid_missing", False)])


@pytest.mark.parametrize(
    ("values", "first", "last", "codes"),
    [
        ({"startDate": "2026-08-01"}, "2026-08-01", "2026-08-01", []),
        ({"startDate": "2026-08-01", "endDate": "2026-08-03"}, "2026-08-01", "2026-08-03", []),
        ({"startDate": "2026-08-01", "endDate": "2026-08-03T17:00"}, "2026-08-01", "2026-08-03", ["floating"]),
        ({"startDate": "2026-08-03", "endDate": "2026-08-01"}, "2026-08-03", "2026-08-03", ["end_before_start"]),
        ({"startDate": "2026-08-03", "endDate": "soon"}, "2026-08-03", "2026-08-03", ["time_unreadable"]),
    ],
)
def test_last_day_is_included(values: dict[str, str], first: str, last: str, codes: list[str]) -> None:
    found = page(other(url="https://city.example/b", **values))
    assert (str(one(found).first_day), str(one(found).last_day)) == (first, last)
    assert [code for _line, code, _lost in said(found)] == codes


@pytest.mark.parametrize(
    ("start", "refused"), [("", "start_missing"), ("soon", "start_unreadable"), ("2026-02-30", "start_unreadable")]
)
def test_event_without_a_start_is_refused_by_name(start: str, refused: str) -> None:
    found = page(other(startDate=start), script(json.dumps(EVENT)))
    assert (len(found.events), found.refused, said(found)) == (1, 1, [(3, refused, True)])


def test_status_is_that_of_its_field_and_a_title_only_proposes() -> None:
    off = one(page(other(eventStatus="https://schema.org/EventCancelled")))
    title = one(page(other(name="【中止】花火")))
    assert (off.status, title.status, title.called_off) == ("cancelled", "confirmed", True)


def test_address_that_many_events_share_names_none_of_them() -> None:
    found = page(*(other(name=name, url="https://city.example/list") for name in "abc"))
    assert len({event.uid for event in found.events}) == 3
    assert all(event.made_uid for event in found.events)


def test_same_event_in_two_blocks_is_one() -> None:
    assert len(page(script(json.dumps(EVENT)), script(json.dumps(EVENT))).events) == 1


def test_event_that_is_known_is_kept() -> None:
    first = page(script(json.dumps(EVENT)))
    raw = ("<html>" + script(json.dumps(EVENT | {"url": "https://city.example/e/1"})) + "</html>").encode()
    again = file(raw, "page", known=frozenset({first.events[0].digest}))
    assert (again.events, again.kept) == ((), (first.events[0].digest,))


def test_microdata_is_read_where_there_is_no_other() -> None:
    found = page(
        '<!-- <b itemprop="name">no</b> --><div itemscope itemtype="https://schema.org/Event"><h1 itemprop="name">'
        'Fest &amp; Musik</h1><time itemprop="startDate" datetime="2026-05-01T10:00+02:00">1 May</time>'
        '<div itemprop="location" itemscope itemtype="https://schema.org/Place"><span itemprop="name">Hall <b>A</b>'
        '</span></div><a itemprop="url" href="https://city.example/1">x</a></div>'
    )
    event = one(found)
    assert (event.title, event.place, event.url) == ("Fest & Musik", "Hall A", "https://city.example/1")
    assert event.starts_at == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("body", "problem"), [("<html></html>", "no_page_events"), ("", "empty"), ("{}", "no_page_events")]
)
def test_page_without_events(body: str, problem: str) -> None:
    assert file(body.encode(), "page").problem == problem


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<a ", "<script type=application/ld+json>", "<script type=application/ld+json ", script("/*")[:-9],
     script('{"a":')[:-9], script("[")[:-9], '<div itemscope itemtype="https://schema.org/Event">',
     "itemscope schema.org/ <a b='", "itemscope schema.org/ <!--"],
)  # fmt: skip
def test_no_page_takes_long(piece: str) -> None:
    began = time.process_time()
    assert file((piece * (300_000 // len(piece))).encode(), "page").events == ()
    assert time.process_time() - began < 2
