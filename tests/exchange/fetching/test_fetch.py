"""The one way out, against real servers: what is taken, what is refused, and that nothing else is ever asked."""

import asyncio
import gzip
import itertools
import logging
import socket
import time
import traceback
import zlib
from collections.abc import AsyncIterator

import pytest

from app.exchange.fetching import calling
from app.exchange.fetching.addresses import is_global
from app.exchange.fetching.calling import Way
from app.exchange.fetching.errors import Unreachable
from app.exchange.fetching.fetch import Fetched, fetch, send
from app.exchange.fetching.unpacking import PIECE
from tests.exchange import certificates
from tests.exchange.certificates import Authority
from tests.exchange.cities import Answer, Asked, City, city
from tests.exchange.fetching.outside import NAME, OTHER, PUBLIC, Outside
from tests.exchange.fetching.tricks import ANSWERS, INSIDE, LOOPBACK, URLS

FEED = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
AUTHORITY = Authority()
URL = f"https://{NAME}/x.ics"


async def code(url: str, way: Way | None = None) -> str:
    """Return why nothing was fetched."""
    with pytest.raises(Unreachable) as caught:
        await fetch(url, way=way)
    return caught.value.code


@pytest.fixture
async def plain() -> AsyncIterator[City]:
    """A city that the settings of tests allow."""
    async with city() as found:
        yield found


@pytest.fixture
async def public() -> AsyncIterator[tuple[City, Outside]]:
    """A city on the internet of the test, with a good certificate."""
    outside = Outside(AUTHORITY)
    async with city(tls=AUTHORITY.signed(NAME)) as found:
        outside.put(found)
        yield found, outside


async def test_file_is_fetched(plain: City) -> None:
    plain.serve("/x.ics?a=b", FEED, headers={"ETag": '"1"', "Content-Type": "text/calendar", "Set-Cookie": "a=b"})
    assert await fetch(plain.url("/x.ics?a=b")) == Fetched(
        status=200,
        url=plain.url("/x.ics?a=b"),
        body=FEED,
        headers={"etag": '"1"', "content-type": "text/calendar", "content-length": str(len(FEED))},
        not_modified=False,
    )
    assert plain.asked[0].headers == {
        "host": plain.place,
        "user-agent": "Machigurumi (+http://test)",
        "accept": "text/calendar, text/html;q=0.8, text/csv;q=0.8, */*;q=0.5",
        "accept-encoding": "gzip, deflate",
    }


async def test_unchanged_file_is_not_fetched_again(plain: City) -> None:
    since = "Sat, 21 Nov 2026 01:00:00 GMT"
    plain.serve("/tag.ics", FEED, headers={"ETag": 'W/"1"'})
    plain.serve("/time.ics", FEED, headers={"Last-Modified": since})
    tagged = await fetch(plain.url("/tag.ics"), etag='W/"1"')
    timed = await fetch(plain.url("/time.ics"), last_modified=since)
    changed = await fetch(plain.url("/tag.ics"), etag='"2"', last_modified=since)
    assert [(one.status, one.not_modified, one.body) for one in (tagged, timed, changed)] == [
        (304, True, b""), (304, True, b""), (200, False, FEED),
    ]  # fmt: skip


async def test_not_modified_is_believed_only_where_it_was_asked(plain: City) -> None:
    plain.serve("/x.ics", status=304)
    assert await code(plain.url("/x.ics")) == "status"


@pytest.mark.parametrize("tag", ['"1"\r\nX-Evil: 1', "\x00", "é", "x" * 600, " "])
async def test_tag_that_is_none_is_not_sent(plain: City, tag: str) -> None:
    plain.serve("/x.ics", FEED)
    await fetch(plain.url("/x.ics"), etag=tag, last_modified=tag)
    assert not {"if-none-match", "if-modified-since", "x-evil"} & set(plain.asked[0].headers)


@pytest.mark.parametrize("status", [201, 204, 206, 300, 400, 401, 403, 404, 410, 418, 500, 503, 599, 999])
async def test_other_answers_are_no_file(plain: City, status: int) -> None:
    plain.serve("/x.ics", FEED if status != 204 else b"", status=status)
    with pytest.raises(Unreachable) as caught:
        await fetch(plain.url("/x.ics"))
    assert (caught.value.code, caught.value.status, caught.value.retry_after) == ("status", status, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "99999999"}, 604_800),
        ({"Retry-After": "Sat, 21 Nov 2026 01:10:00 GMT", "Date": "Sat, 21 Nov 2026 01:00:00 GMT"}, 600),
        ({"Retry-After": "Sat, 21 Nov 2026 00:00:00 GMT", "Date": "Sat, 21 Nov 2026 01:00:00 GMT"}, 0),
        ({"Retry-After": "Sat, 21 Nov 2026 01:10:00 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "soon", "Date": "now"}, None),
    ],
)
async def test_server_says_when_to_come_again(plain: City, headers: dict[str, str], seconds: int | None) -> None:
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    plain.serve("/x.ics", status=503, headers=sent)
    with pytest.raises(Unreachable) as caught:
        await fetch(plain.url("/x.ics"))
    assert (caught.value.status, caught.value.retry_after) == (503, seconds)


def packed(by: str) -> bytes:
    """Pack the feed as an encoding says."""
    raw = zlib.compressobj(wbits=-15)
    return {
        "gzip": gzip.compress(FEED),
        "X-GZIP": gzip.compress(FEED[:9]) + gzip.compress(FEED[9:]) + bytes(5),
        "deflate": zlib.compress(FEED),
        " Deflate ": raw.compress(FEED) + raw.flush(),
        "identity": FEED,
    }[by]


@pytest.mark.parametrize("by", ["gzip", "X-GZIP", "deflate", " Deflate ", "identity"])
@pytest.mark.parametrize("size", [1, 1_000])
async def test_one_encoding_is_undone(plain: City, by: str, size: int) -> None:
    async def parts() -> AsyncIterator[bytes]:
        body = packed(by)
        for start in range(0, len(body), size):
            yield body[start : start + size]

    plain.serve("/x.ics", parts(), headers={"Content-Encoding": by})
    assert (await fetch(plain.url("/x.ics"))).body == FEED


@pytest.mark.parametrize("by", ["br", "zstd", "compress", "gzip, gzip", "gzip,deflate", "identity, gzip", "x"])
async def test_other_encodings_are_refused(plain: City, by: str) -> None:
    plain.serve("/x.ics", gzip.compress(FEED), headers={"Content-Encoding": by})
    assert await code(plain.url("/x.ics")) == "encoding"


async def test_what_is_packed_twice_is_unpacked_once(plain: City) -> None:
    twice = gzip.compress(gzip.compress(FEED))
    plain.serve("/x.ics", twice, headers={"Content-Encoding": "gzip"})
    assert (await fetch(plain.url("/x.ics"))).body == gzip.decompress(twice)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (gzip.compress(FEED, mtime=0)[:-1], "cut_off"),
        (gzip.compress(FEED, mtime=0)[:12], "cut_off"),
        (gzip.compress(FEED, mtime=0)[:1], "cut_off"),
        (gzip.compress(FEED, mtime=0)[:-8] + bytes(8), "encoding"),
        (FEED, "encoding"),
    ],
)
async def test_broken_packing_is_no_file(plain: City, body: bytes, found: str) -> None:
    plain.serve("/x.ics", body, headers={"Content-Encoding": "gzip"})
    assert await code(plain.url("/x.ics")) == found


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9f\r\n"],
)
async def test_answer_that_breaks_off_is_no_file(plain: City, head: bytes) -> None:
    plain.say("/x.ics", head + FEED)
    assert await code(plain.url("/x.ics")) == "cut_off"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"BEGIN:VCALENDAR\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: a\r\n" * 100_000 + b"\r\n",
    ],
)
async def test_what_is_not_http_is_no_file(plain: City, raw: bytes) -> None:
    plain.say("/x.ics", raw)
    assert await code(plain.url("/x.ics")) == "protocol"


async def test_too_much_is_refused(plain: City) -> None:
    async def endless(part: bytes) -> AsyncIterator[bytes]:
        while True:
            yield part

    small = Way(packed=5_000, unpacked=20_000)
    plain.serve("/fits", bytes(20_000))
    plain.serve("/plain", bytes(20_001))
    plain.serve("/endless", endless(bytes(999)))
    plain.serve("/packed", endless(gzip.compress(bytes(9), mtime=0)), headers={"Content-Encoding": "gzip"})
    plain.serve("/bomb", gzip.compress(bytes(20_001)), headers={"Content-Encoding": "gzip"})
    plain.serve("/whole", gzip.compress(bytes(20_000)), headers={"Content-Encoding": "gzip"})
    assert [len((await fetch(plain.url(path), way=small)).body) for path in ("/fits", "/whole")] == [20_000, 20_000]
    codes = {path: await code(plain.url(path), small) for path in ("/plain", "/endless", "/packed", "/bomb")}
    assert codes == {"/plain": "too_large", "/endless": "too_large", "/packed": "too_large", "/bomb": "bomb"}


async def test_others_have_their_turn_while_a_file_is_unpacked(plain: City) -> None:
    pieces = 300
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    plain.serve("/x.ics", gzip.compress(bytes(pieces * PIECE)), headers={"Content-Encoding": "gzip"})
    task = asyncio.create_task(others())
    await fetch(plain.url("/x.ics"))
    task.cancel()
    assert turns > pieces


async def test_size_that_is_announced_is_refused_at_once(plain: City) -> None:
    plain.say("/x.ics", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    assert await code(plain.url("/x.ics")) == "too_large"


async def test_redirects_are_followed_three_times(plain: City) -> None:
    plain.serve("/0", FEED)
    for number in range(1, 6):
        plain.move(f"/{number}", f"{number - 1}", status=(301, 302, 303, 307, 308)[number - 1])
    found = await fetch(plain.url("/3"), etag='"1"')
    assert (found.body, found.url) == (FEED, plain.url("/0"))
    assert [asked.headers.get("if-none-match") for asked in plain.asked] == ['"1"'] * 4
    assert await code(plain.url("/4")) == "too_many_redirects"
    plain.move("/round", "/round")
    assert await code(plain.url("/round")) == "too_many_redirects"


async def test_redirect_without_an_address_is_an_error(plain: City) -> None:
    plain.serve("/x.ics", status=302)
    assert await code(plain.url("/x.ics")) == "status"


async def test_server_is_asked_by_its_name_at_the_address_that_was_checked(public: tuple[City, Outside]) -> None:
    there, outside = public
    there.serve("/x.ics", FEED)
    found = await fetch(f"webcal://{NAME.upper()}/x.ics", way=outside.way())
    assert (found.body, found.url) == (FEED, URL)
    assert (outside.looked_up, outside.connected) == ([NAME], [PUBLIC])
    assert there.asked[0].headers["host"] == NAME


async def test_no_trick_reaches_anything() -> None:
    """Whatever the address says: no name is looked up that leads inside, and nothing is connected to."""
    outside = Outside()
    for name in ("localhost", "redis", "metadata.google.internal", "127.0.0.1", "127.1", "0x7f000001"):
        outside.names[name] = [["127.0.0.1"]]
    taken = [url for url in URLS if await code(url, outside.way()) in {"unreachable", "name_unknown"}]
    assert (taken, outside.looked_up, outside.connected) == ([], [], [])


async def test_no_name_leads_inside() -> None:
    for answer in ANSWERS:
        for answers in ([answer], [PUBLIC, answer], [answer, OTHER]):
            outside = Outside()
            outside.names[NAME] = [answers]
            assert await code(URL, outside.way()) == "address_refused"
            assert (outside.looked_up, outside.connected) == ([NAME], [])


async def test_no_redirect_leads_inside(public: tuple[City, Outside]) -> None:
    there, outside = public
    targets = [*(f"https://{host}/" for host in LOOPBACK[::4] + INSIDE[::4]), "http://127.0.0.1/", f"http://{NAME}/x"]
    targets += ["//127.0.0.1/", "//[::1]:6379/", "file:///etc/passwd", "https://inside.example.jp/"]
    outside.names["inside.example.jp"] = [["10.0.0.1"]]
    there.answer("/x.ics", lambda _: Answer(status=302, headers={"Location": quoted(next(locations))}))
    locations = iter(targets)
    reasons = {await code(URL, outside.way()) for _ in targets}
    assert reasons == {"address_refused", "address_malformed", "not_https", "port"}
    assert (outside.connected, len(there.asked)) == ([PUBLIC] * len(targets), len(targets))


def quoted(location: str) -> str:
    """Return UTF-8 as servers put it into a header."""
    return location.encode().decode("latin-1")


async def test_name_that_changes_its_mind_leads_nowhere_else(public: tuple[City, Outside]) -> None:
    """DNS rebinding: the second answer is loopback. There is no second question for one call, and a check for each."""
    there, outside = public
    there.serve("/x.ics", FEED)
    outside.names[NAME] = [[PUBLIC], ["127.0.0.1"]]
    assert (await fetch(URL, way=outside.way())).body == FEED
    outside.names[NAME] = [[PUBLIC], ["127.0.0.1"]]
    there.move("/away.ics", URL)
    assert await code(f"https://{NAME}/away.ics", outside.way()) == "address_refused"
    assert outside.connected == [PUBLIC, PUBLIC]


async def test_next_address_is_tried_when_one_does_not_answer(public: tuple[City, Outside]) -> None:
    there, outside = public
    there.serve("/x.ics", FEED)
    outside.names[NAME] = [[OTHER, PUBLIC]]
    assert (await fetch(URL, way=outside.way())).body == FEED
    outside.names[NAME] = [["8.8.8.1", "8.8.8.2", "8.8.8.3", PUBLIC]]
    assert await code(URL, outside.way()) == "unreachable"
    assert outside.connected == [OTHER, PUBLIC, "8.8.8.1", "8.8.8.2", "8.8.8.3"]
    assert all(map(is_global, outside.connected))


async def test_place_that_is_allowed_must_be_this_machine() -> None:
    outside = Outside()
    outside.names["localhost"] = [[PUBLIC]]
    assert await code("http://localhost:9000/", outside.way(allowed=frozenset({"localhost:*"}))) == "address_refused"
    assert outside.connected == []


async def test_nobody_there() -> None:
    async with city() as gone:
        url = gone.url("/x.ics")
    assert await code(url) == "unreachable"
    assert await code("https://nobody.example.jp/", Outside().way()) == "name_unknown"


@pytest.mark.parametrize(
    ("certificate", "found"),
    [
        (lambda: AUTHORITY.signed("other.example.jp"), "tls_name"),
        (lambda: AUTHORITY.signed(PUBLIC), "tls_name"),
        (lambda: AUTHORITY.signed("*.example.jp"), "tls_name"),
        (lambda: AUTHORITY.signed(NAME, days=(-9, -1)), "tls_expired"),
        (lambda: AUTHORITY.signed(NAME, days=(1, 9)), "tls_expired"),
        (lambda: Authority("Others").signed(NAME), "tls_untrusted"),
        (lambda: certificates.self_signed(NAME), "tls_untrusted"),
        (lambda: None, "tls"),
    ],
)
async def test_certificate_has_to_be_good(certificate, found: str) -> None:
    outside = Outside(AUTHORITY)
    async with city(tls=certificate()) as there:
        there.serve("/x.ics", FEED)
        outside.put(there)
        assert await code(URL, outside.way()) == found
        assert there.asked == []


async def test_authorities_of_browsers_are_trusted_and_no_other(public: tuple[City, Outside]) -> None:
    _, outside = public
    assert await code(URL, outside.way(trust=calling.trusted)) == "tls_untrusted"
    assert len(calling.trusted().get_ca_certs()) > 50


async def test_call_ends_at_its_deadline(plain: City) -> None:
    async def drip(parts: bytes) -> AsyncIterator[bytes]:
        for number in itertools.count():
            await asyncio.sleep(0.05)
            yield parts[number % len(parts) :][:1]

    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(3_600)
        return []

    plain.serve("/body", drip(b"a"))
    plain.say("/head", drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1_000))
    plain.say("/informed", drip(b"HTTP/1.1 100 Continue\r\n\r\n"))
    plain.serve("/silent", delay=3_600)
    for number in range(3):
        plain.serve(f"/hop{number}", status=302, headers={"Location": f"/hop{number + 1}"}, delay=0.4)
    plain.serve("/hop3", FEED, delay=0.4)
    way = Way(seconds=1)
    paths = ("/body", "/head", "/informed", "/silent", "/hop0")
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it is connected to, and never shakes hands
        began = time.monotonic()
        codes = await asyncio.gather(
            *(code(plain.url(path), way) for path in paths),
            code(f"https://127.0.0.1:{mute.getsockname()[1]}/", way),
            code(URL, Outside().way(resolve=never, seconds=1)),
        )
        asked, _ = mute.accept()
        with asked:
            asked.settimeout(1)
            assert asked.recv(10_000)[:1] == b"\x16"
            assert asked.recv(10_000) == b""  # nothing stays open
    assert codes == ["too_slow"] * 7
    assert time.monotonic() - began < 2


async def test_nothing_of_address_or_answer_is_told(plain: City, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    plain.serve("/private-5ecret/x.ics", status=500)
    plain.say("/raw.ics", b"SUMMARY:5ecret meeting\r\n\r\n")
    for url in (
        plain.url("/private-5ecret/x.ics"),
        plain.url("/raw.ics"),
        "https://127.0.0.1:9/private-5ecret",
        "private-5ecret",
    ):
        with pytest.raises(Unreachable) as caught:
            await fetch(url)
        assert "5ecret" not in "".join(traceback.format_exception(caught.value))
        assert "5ecret" not in repr(vars(caught.value))
    assert [record for record in caplog.records if record.name.startswith(("httpcore", "app"))] == []


async def test_environment_names_no_proxy(plain: City, monkeypatch: pytest.MonkeyPatch) -> None:
    async with city() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        plain.serve("/x.ics", FEED)
        assert (await fetch(plain.url("/x.ics"))).body == FEED
        assert proxy.connections == 0


async def test_body_is_posted(plain: City) -> None:
    plain.serve("/ping", b"x" * 100_000, status=202)
    assert await send(plain.url("/ping"), body=b'{"a":1}', headers={"X-Signature": "s"}) == 202
    assert plain.asked == [
        Asked(
            "POST",
            "/ping",
            {
                "host": plain.place,
                "user-agent": "Machigurumi (+http://test)",
                "x-signature": "s",
                "content-length": "7",
            },
            b'{"a":1}',
        )
    ]


async def test_what_is_posted_follows_no_redirect(plain: City) -> None:
    plain.move("/ping", "/elsewhere", status=307)
    assert await send(plain.url("/ping"), body=b"a", headers={}) == 307
    assert len(plain.asked) == 1


async def test_nothing_is_posted_inside() -> None:
    outside = Outside()
    outside.names[NAME] = [["10.0.0.1"]]
    for url in (URL, "https://127.0.0.1/", "http://a.example.jp/"):
        with pytest.raises(Unreachable):
            await send(url, body=b"a", headers={}, way=outside.way())
    assert outside.connected == []
