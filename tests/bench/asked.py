"""What the load asks for: per kind of work, HTTP requests made at the last moment, and what a good answer holds."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import msgspec

Kind = str
"""echo | scan | batch | beat | registration | party | calendar | page, of which there are as many as `PAGES`"""
PAGES = {
    "programme page": "/{convention}",
    "home page": "/",
    "timetable page": "/{convention}?view=timetable&day=all",
    "event page": "/{convention}/events/yoxo-festival",
    "search page": "/search?q=music",
}
"""Addresses of the pages that are measured, by the names of their figures."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work, and how many connections do it side by side.

    `tokens` are those of devices, one per connection; `codes` those of guests, who are scanned in turn at `gates`, or
    the links by which they follow a session;
    `size` counts the scans of a batch or the members of a party; `turn` says at which gate the guests begin; `page` is
    one of `PAGES`, or the path of a calendar, whose entity tag is in `codes` when it is known already; registrations
    are for one of `types` in turn. With a `pace`, in requests per second over all
    connections, each is due at its time whether the one before was answered or not: who waits for that waits here, and
    it counts (no coordinated omission). Without it, everybody asks again at once.
    """

    kind: Kind
    port: int
    connections: int
    size: int = 1
    tokens: list[str] = []
    codes: list[str] = []
    gates: list[str] = []
    convention: str = ""
    turn: int = 0
    page: str = "programme page"
    types: tuple[str, ...] = ("citywide-pass",)
    pace: float = 0


class Source(msgspec.Struct, frozen=True):
    """Makes the requests of connection number n. A good answer has `status` and holds `good` once for each thing."""

    request: Callable[[int], bytes]
    status: int
    good: bytes = b""


def source(work: Work) -> Source:
    """Return where the requests of `work` come from."""
    if work.kind == "echo":
        body = next(_scans(work, itertools.count()))
        request = _post("/echo", b'{"scans":[%s]}' % body)
        return Source(lambda _: request, 200, b'"seq":')
    if work.kind in {"scan", "batch"}:
        return Source(_uploads(work), 200, b'"status":"stored","verdict":"admitted"')
    if work.kind in {"registration", "party"}:
        return Source(_registrations(work), 201, b'"serial":')
    if work.kind == "beat":
        return Source(_beats(work), 200, b'"state":"recording"')
    if work.kind == "calendar":
        return _calendar(work)
    address = PAGES[work.page].format(convention=work.convention)
    pages = [_get(address, language) for language in (b"ja", b"en")]
    return Source(lambda n: pages[n % 2], 200, b"</html>")


def _head(line: str, *headers: bytes) -> bytes:
    return b"\r\n".join((f"{line} HTTP/1.1".encode(), b"Host: 127.0.0.1", *headers))


def _get(path: str, language: bytes) -> bytes:
    return _head(f"GET {path}", b"Accept: text/html", b"Accept-Language: " + language) + b"\r\n\r\n"


def _calendar(work: Work) -> Source:
    """Return who asks for a calendar, as calendar programs do; who knows it already is told so without it."""
    if not work.codes:
        whole = _head(f"GET {work.page}", b"Accept: text/calendar") + b"\r\n\r\n"
        return Source(lambda _: whole, 200, b"END:VCALENDAR")
    known = _head(f"GET {work.page}", b"Accept: text/calendar", b"If-None-Match: " + work.codes[0].encode())
    return Source(lambda _: known + b"\r\n\r\n", 304, b"HTTP/1.1 304")


def _post(path: str, body: bytes, *headers: bytes) -> bytes:
    head = _head(f"POST {path}", b"Content-Type: application/json", *headers)
    return b"%s\r\nContent-Length: %d\r\n\r\n%s" % (head, len(body), body)


def _scans(work: Work, numbers: Iterator[int]) -> Iterator[bytes]:
    """Yield scans for ever: guest after guest enters, each time at the next event, so that all are admitted."""
    codes = [code.encode() for code in work.codes]
    gates = [gate.encode() for gate in work.gates]
    for turn in itertools.count(work.turn):
        for place, code in enumerate(codes):
            at = dt.datetime.now(dt.UTC).isoformat().encode()
            yield (
                b'{"seq":%d,"code":"%s","gate":"%s","direction":"entry","scanned_at":"%s",'
                b'"clock":{"monotonic_ms":1234567,"offset_ms":-20},'
                b'"device_verdict":{"verdict":"admitted","reason":null}}'
            ) % (next(numbers), code, gates[(place + turn) % len(gates)], at)


def _uploads(work: Work) -> Callable[[int], bytes]:
    """Return the uploads: every connection is a device that counts its own scans; the guests go round among all."""
    numbers = [itertools.count() for _ in range(work.connections)]
    device = 0

    def own() -> Iterator[int]:
        while True:
            yield next(numbers[device])

    scans = _scans(work, own())

    def request(n: int) -> bytes:
        nonlocal device
        device = n
        body = b'{"scans":[%s]}' % b",".join(itertools.islice(scans, work.size))
        return _post("/api/v1/scans", body, b"Authorization: Bearer " + work.tokens[n].encode())

    return request


def _beats(work: Work) -> Callable[[int], bytes]:
    """Return the beats of one page per link, in turn."""
    beats = itertools.cycle(
        [
            _post("/api/v1/presence/beats", b'{"token":"%s","visit":"%s"}' % (code.encode(), str(UUID(int=n)).encode()))
            for n, code in enumerate(work.codes, start=1)
        ]
    )
    return lambda _: next(beats)


def _registrations(work: Work) -> Callable[[int], bytes]:
    """Return registrations of people who have not been here before, each under a key of its own."""
    path = f"/api/v1/conventions/{work.convention}/registrations"
    member = b'{"name":"%s %d","reading":"Li Na","residence":"SG","organisation":"","ticket_type":"%s"}'
    many = range(work.size)
    types = itertools.cycle([slug.encode() for slug in work.types])

    def request(_: int) -> bytes:
        key, slug = uuid4().hex.encode(), next(types)
        party = b",".join([member % ("李娜".encode(), place, slug) for place in many])
        body = b'{"email":"%s@example.org","language":"en","consents":["terms-2026"],"party":[%s]}' % (key, party)
        return _post(path, body, b"Idempotency-Key: " + key)

    return request
