"""The tree of calendars through HTTP: discovery, properties, reports, items; who comes in; what is refused."""

import base64
import datetime as dt
from uuid import UUID

import httpx
import icalendar
import pytest

from app.core.db import fetch
from app.core.signing import new_token, token_digest
from tests.clock import NOW, Clock
from tests.doors import token_for, value
from tests.exchange import planting
from tests.exchange.dav.asking import DECLARED, PUBLIC, Program, answers

EVENTS = '<C:comp-filter name="VEVENT"/>'
HOME = "/dav/public/"


def within(since: str, until: str) -> str:
    return f'<C:comp-filter name="VEVENT"><C:time-range start="{since}" end="{until}"/></C:comp-filter>'


async def partner(slug: str = "fukuoka", **columns: object) -> tuple[UUID, str]:
    """Add a partner with a valid agreement; return the agreement and a feed token."""
    agreement = await planting.agreement(await planting.partner(slug), **columns)  # type: ignore[arg-type]
    token = new_token()
    await planting.insert("feed_token", agreement=agreement, digest=token_digest(token), label="CalDAV", created_at=NOW)
    return agreement, token


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


async def test_discovery_from_the_well_known_address_to_the_events(http: httpx.AsyncClient) -> None:
    program = Program(http)
    for method in ("GET", "PROPFIND"):
        led = await program.ask(method, "/.well-known/caldav")
        assert (led.status_code, led.headers["location"]) == (301, "/dav/")
    options = await program.ask("OPTIONS", "/dav/")
    assert options.status_code == 204
    assert "calendar-access" in options.headers["dav"].split(", ")
    assert options.headers["allow"] == "OPTIONS, GET, HEAD, PROPFIND, REPORT"
    root = await program.propfind("/dav/", "<D:prop><D:current-user-principal/></D:prop>")
    (me,) = root["/dav/"].found["D:current-user-principal"]
    principal = await program.propfind(me.text or "", "<D:prop><C:calendar-home-set/></D:prop>")
    (home,) = principal[me.text or ""].found["C:calendar-home-set"]
    calendars = await program.propfind(home.text or "", depth="1")
    assert set(calendars) == {HOME, "/dav/public/yokohama-2026.en/"}, "in the reader's language"
    here = calendars["/dav/public/yokohama-2026.en/"]
    assert [one.tag for one in here.found["D:resourcetype"]] == [
        "{DAV:}collection",
        "{urn:ietf:params:xml:ns:caldav}calendar",
    ]
    found = await program.propfind("/dav/public/yokohama-2026.en/", depth="1")
    published = await value("SELECT count(*) FROM publication WHERE audience = 'public' AND gone_at IS NULL")
    assert len(found) - 1 == published
    assert len(found) > 20


async def test_properties_of_a_calendar(http: httpx.AsyncClient) -> None:
    wanted = (
        "<D:prop><D:displayname/><CS:getctag/><D:sync-token/><D:quota-used-bytes/><x:color xmlns:x='urn:x'/></D:prop>"
    )
    found = (await Program(http).propfind(PUBLIC, wanted))[PUBLIC]
    assert set(found.found) == {"D:displayname", "CS:getctag", "D:sync-token"}
    assert found.lacking == ["D:quota-used-bytes", "color"]
    assert found.text("D:sync-token").startswith("http://test/dav/public/yokohama-2026/sync/")
    everything = (await Program(http).propfind(PUBLIC))[PUBLIC].found
    (component,) = everything["C:supported-calendar-component-set"]
    assert component.attrib == {"name": "VEVENT"}
    privileges = [one[0].tag for one in everything["D:current-user-privilege-set"]]
    assert privileges == ["{DAV:}read", "{DAV:}read-current-user-privilege-set"], "nobody is invited to write"
    reports = {one[0][0].tag.rpartition("}")[2] for one in everything["D:supported-report-set"]}
    assert reports == {"calendar-query", "calendar-multiget", "sync-collection"}
    names = (await Program(http).propfind(PUBLIC, "<D:propname/>"))[PUBLIC].found
    assert {name: (one.text, len(one)) for name, one in names.items()} == dict.fromkeys(everything, (None, 0))


async def test_item_is_the_same_everywhere_and_a_calendar_of_its_own(http: httpx.AsyncClient) -> None:
    program = Program(http)
    listed = await program.propfind(PUBLIC, depth="1")
    href = next(one for one in listed if "session-" in one)
    got = (await program.multiget(PUBLIC, [href]))[href]
    answer = await program.ask("GET", href)
    assert got.text("C:calendar-data") == answer.text, "every CR and LF of it"
    assert got.text("D:getetag") == listed[href].text("D:getetag") == answer.headers["etag"]
    assert listed[href].text("D:getcontentlength") == str(len(answer.content))
    assert listed[href].text("D:getlastmodified") == answer.headers["last-modified"]
    assert "C:calendar-data" not in listed[href].found
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert "METHOD" not in calendar
    (event,) = calendar.walk("VEVENT")
    assert href == f"{PUBLIC}{event['UID']}.ics"
    again = await program.ask("GET", href, **{"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await program.ask("HEAD", href)
    assert (head.status_code, head.headers["etag"], head.content) == (200, answer.headers["etag"], b"")


async def test_language_is_part_of_the_address_and_not_of_the_asker(http: httpx.AsyncClient) -> None:
    texts: dict[str, set[tuple[str, ...]]] = {}
    for tag in ("", ".en", ".de"):
        path = f"/dav/public/yokohama-2026{tag}/"
        for wish in ("ja", "en", "th"):
            program = Program(http, **{"accept-language": wish})
            listed = await program.propfind(path, "<D:prop><D:getetag/></D:prop>", depth="1")
            texts.setdefault(tag, set()).add(tuple(one.text("D:getetag") for _, one in sorted(listed.items())[1:]))
    assert [len(found) for found in texts.values()] == [1, 1, 1]
    assert len({*texts[""], *texts[".en"]}) == 2
    for wrong in (".ja", ".xx", ".EN", ".", ".en.en"):
        assert (await Program(http).ask("PROPFIND", f"/dav/public/yokohama-2026{wrong}/")).status_code == 404


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("20261101T000000Z", "20261201T000000Z", "all"),
        ("20250101T000000Z", "20250201T000000Z", "none"),
        ("20270101T000000Z", "20270201T000000Z", "none"),
        ("20261121T010000Z", "20261121T020000Z", "some"),
    ],
)
async def test_calendar_query_by_time(http: httpx.AsyncClient, since: str, until: str, expected: str) -> None:
    program = Program(http)
    everything = await program.query(PUBLIC, EVENTS)
    found = await program.query(PUBLIC, within(since, until), "<D:prop><C:calendar-data/></D:prop>")
    exact = {"all": len(everything), "none": 0}.get(expected, len(found))
    assert len(found) == exact
    if expected == "some":
        assert 0 < len(found) < len(everything)
        start, end = (dt.datetime.strptime(one, "%Y%m%dT%H%M%S%z") for one in (since, until))
        for href, one in everything.items():
            (event,) = icalendar.Calendar.from_ical((await program.ask("GET", href)).content).walk("VEVENT")
            starts, ends = (_moment(event.decoded(name)) for name in ("DTSTART", "DTEND"))
            assert (href in found) is (starts < end and ends > start), one


def _moment(value: dt.date) -> dt.datetime:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time(), tokyo)


async def test_query_for_what_we_never_have_finds_nothing(http: httpx.AsyncClient) -> None:
    assert await Program(http).query(PUBLIC, '<C:comp-filter name="VTODO"/>') == {}


async def test_multiget_answers_for_each_address(http: httpx.AsyncClient) -> None:
    program = Program(http)
    known = sorted(await program.query(PUBLIC, EVENTS))[:2]
    wrong = [f"{PUBLIC}nothing@test.ics", "/dav/public/other/a.ics", "http://[", f"{PUBLIC}", "", "/etc/passwd"]
    found = await program.multiget(PUBLIC, [known[0], *wrong, f"http://test{known[1]}", known[0]])
    assert {href: one.status for href, one in found.items()} == {
        **dict.fromkeys(known, 200),
        **dict.fromkeys(wrong, 404),
    }


async def test_event_that_is_not_published_is_nowhere(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE convention SET published_at = NULL")
    program = Program(http)
    assert set(await program.propfind(HOME, depth="1")) == {HOME}
    for method in ("PROPFIND", "REPORT", "GET"):
        assert (await program.ask(method, PUBLIC)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/dav/x", "/dav/public/none/", f"{PUBLIC}x", f"{PUBLIC}x.ics", f"{PUBLIC}a/b.ics", "/dav/principals/x/"]
)
async def test_nothing_there(http: httpx.AsyncClient, path: str) -> None:
    writes = () if path.endswith("2026/x.ics") else ("PUT", "DELETE")  # there one could be put, if one could
    for method in ("PROPFIND", "GET", *writes):
        answer = await Program(http).ask(method, path)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found"), method


async def test_nobody_writes(http: httpx.AsyncClient) -> None:
    program = Program(http)
    href = next(iter(await program.query(PUBLIC, EVENTS)))
    before = (await program.ask("GET", href)).content
    for method in ("PUT", "DELETE"):
        for path in (PUBLIC, href):
            answer = await program.ask(method, path, "BEGIN:VCALENDAR")
            assert answer.status_code == 403
            assert "<D:need-privileges/>" in answer.text
            assert "This calendar can only be read." in answer.text
    for method in ("PROPPATCH", "MKCALENDAR", "MKCOL", "MOVE", "COPY", "LOCK", "POST", "PATCH"):
        assert (await program.ask(method, href)).status_code == 405, method
    assert (await program.ask("GET", href)).content == before


PROPERTY_FILTER = (
    f'<C:calendar-query {DECLARED}><C:filter><C:comp-filter name="VCALENDAR"><C:prop-filter name="X"/>'
    "</C:comp-filter></C:filter></C:calendar-query>"
)


@pytest.mark.parametrize(
    ("method", "path", "body", "condition"),
    [
        ("PROPFIND", PUBLIC, "", "D:propfind-finite-depth"),
        ("REPORT", PUBLIC, f"<C:free-busy-query {DECLARED}/>", "D:supported-report"),
        ("REPORT", HOME, f"<D:sync-collection {DECLARED}/>", "D:supported-report"),
        (
            "REPORT",
            PUBLIC,
            PROPERTY_FILTER,
            "C:supported-filter",
        ),
    ],
)
async def test_what_we_do_not_answer_is_named(
    http: httpx.AsyncClient, method: str, path: str, body: str, condition: str
) -> None:
    answer = await Program(http).ask(method, path, body, depth="infinity")
    assert answer.status_code == 403
    assert f"<{condition}/>" in answer.text


@pytest.mark.parametrize(
    "body", ["", "{}", '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>', "<a>" * 5000]
)
async def test_question_that_is_none(http: httpx.AsyncClient, body: str) -> None:
    answer = await Program(http).ask("REPORT", PUBLIC, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert (await Program(http).ask("REPORT", PUBLIC, " " * (2 * 1024 * 1024 + 1))).status_code == 413


async def test_partner_comes_in_with_its_token_alone(http: httpx.AsyncClient) -> None:
    _agreement, token = await partner("fukuoka")
    _other, others = await partner("kobe")
    path, home = "/dav/partners/fukuoka/", "/dav/partners/"
    for key in (basic("fukuoka", token), f"Bearer {token}", f"bearer {token}"):
        program = Program(http, authorization=key)
        assert len(await program.propfind(path, depth="1")) > 20
        assert set(await program.propfind(home, depth="1")) == {home, "/dav/partners/fukuoka.en/"}
        assert (await program.propfind("/dav/"))["/dav/"].found["D:current-user-principal"][0].text == (
            "/dav/principals/partners/fukuoka/"
        )
        assert (await program.ask("PROPFIND", PUBLIC)).status_code == 207
        for wrong in ("/dav/partners/kobe/", "/dav/principals/partners/kobe/", "/dav/principals/public/"):
            assert (await program.ask("PROPFIND", wrong)).status_code == 404
    wrong_keys = {
        "": "nothing",
        basic("kobe", token): "another's name",
        basic("fukuoka", others): "another's token",
        basic("fukuoka", ""): "no password",
        basic("fukuoka", f"{token} "): "a space",
        basic("", token): "no name",
        "Basic !!!": "no Base64",
        "Basic /w==": "no text",
        "Bearer ": "no token",
        "Bearer nothing": "unknown",
        f"Digest {token}": "another scheme",
    }
    for key, why in wrong_keys.items():
        for asked in (path, f"{path}x.ics", home):
            answer = await Program(http, **({"authorization": key} if key else {})).ask("PROPFIND", asked)
            assert answer.status_code == 401, why
            assert answer.headers["www-authenticate"] == 'Basic realm="Machigurumi", charset="UTF-8"'
            assert token not in answer.text


async def test_wrong_key_opens_not_even_what_is_public(http: httpx.AsyncClient) -> None:
    assert (await Program(http, authorization=basic("fukuoka", "x")).ask("PROPFIND", PUBLIC)).status_code == 401
    for harmless in (basic("anonymous", ""), basic("anonymous", "x"), f"Bearer {await token_for('officer')}"):
        assert (await Program(http, authorization=harmless).ask("PROPFIND", PUBLIC)).status_code == 207
        assert (await Program(http, authorization=harmless).ask("PROPFIND", "/dav/partners/x/")).status_code == 401


@pytest.mark.parametrize("how", ["revoked token", "revoked agreement", "ended"])
async def test_key_that_is_over_is_an_unknown_key(http: httpx.AsyncClient, clock: Clock, how: str) -> None:
    agreement, token = await partner(renews=False)
    program = Program(http, authorization=basic("fukuoka", token))
    assert (await program.ask("PROPFIND", "/dav/partners/fukuoka/")).status_code == 207
    if how == "ended":
        clock.forward(days=300)
    else:
        table = {"revoked token": "feed_token", "revoked agreement": "agreement"}[how]
        await fetch(f"UPDATE {table} SET revoked_at = $1", NOW)
    answer = await program.ask("PROPFIND", "/dav/partners/fukuoka/")
    unknown = await Program(http, authorization=basic("fukuoka", "x")).ask("PROPFIND", "/dav/partners/fukuoka/")
    assert answer.status_code == unknown.status_code == 401
    assert {**answer.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    assert agreement


async def test_partner_reads_what_the_agreement_says(http: httpx.AsyncClient) -> None:
    agreement, token = await partner(publishes={"scopes": ["core"], "partners": True})
    program = Program(http, authorization=basic("fukuoka", token))
    core = await value("SELECT count(*) FROM publication WHERE scope = 'core'")
    listed = await program.propfind("/dav/partners/fukuoka/", depth="1")
    core = await value("SELECT count(*) FROM publication WHERE scope = 'core' AND audience = 'public'")
    assert len(listed) - 1 == core
    everything = await program.query(PUBLIC, EVENTS)
    outside = next(href for href in everything if href.replace(PUBLIC, "/dav/partners/fukuoka/") not in listed)
    hidden = outside.replace(PUBLIC, "/dav/partners/fukuoka/")
    assert (await program.ask("GET", hidden)).status_code == 404
    assert (await program.multiget("/dav/partners/fukuoka/", [hidden]))[hidden].status == 404
    assert agreement


async def test_guesses_of_keys_are_counted(http: httpx.AsyncClient) -> None:
    program = Program(http, authorization=basic("fukuoka", "guess"))
    statuses = [(await program.ask("PROPFIND", "/dav/partners/fukuoka/")).status_code for _ in range(121)]
    assert statuses == [401] * 120 + [429]


async def test_people_who_open_the_address_are_told_what_it_is_for(http: httpx.AsyncClient) -> None:
    for path in ("/dav", "/dav/", HOME, PUBLIC, PUBLIC.rstrip("/")):
        answer = await http.get(path, headers={"accept": "text/html"})
        assert answer.text == "Give this address to your calendar program as a CalDAV account."
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_answers_hold_no_key_and_are_kept_by_nobody(http: httpx.AsyncClient) -> None:
    _agreement, token = await partner()
    program = Program(http, authorization=basic("fukuoka", token))
    answer = await program.ask("PROPFIND", "/dav/partners/fukuoka/", depth="1")
    assert len(answers(answer)) > 20
    assert token not in answer.text
    assert answer.headers["cache-control"] == "private, no-cache"
