"""One table: how often which route may be used, and by whom counted. Routes without a line cost nothing.

Registration and scans have no line: a hall full of people shares one network address.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope

from app.core import limits
from app.core.errors import DomainError
from app.core.web.request import Request
from app.people.persons import normal_address

Kind = Literal["network", "address", "account"]
"""Where the request comes from; the mail address its form names; the account that is signed in."""

TEN_MINUTES = dt.timedelta(minutes=10)


class Limit(msgspec.Struct, frozen=True):
    """At most `most` uses within any span of `within`, counted for each combination of `by`.

    `misses`: only answers with these statuses count, and while they are too many nothing is looked up.
    """

    purpose: str
    by: tuple[Kind, ...]
    most: int
    within: dt.timedelta = TEN_MINUTES
    misses: frozenset[int] = frozenset()

    async def take(self, subject: str, now: dt.datetime) -> None:
        """Count one use, or raise `TooManyRequests`."""
        await limits.take(purpose=self.purpose, subject=subject, most=self.most, within=self.within, now=now)

    async def require_left(self, subject: str, now: dt.datetime) -> None:
        """Raise `TooManyRequests` when the measure is used up; counts nothing."""
        await limits.require_left(purpose=self.purpose, subject=subject, most=self.most, within=self.within, now=now)


ASKS = (
    Limit("sign-in/here", ("address", "network"), 5),
    # Loose, against floods of mail: whoever asks from elsewhere must not lock the owner of the address out.
    Limit("sign-in/address", ("address",), 30),
    Limit("sign-in/network", ("network",), 300),
)
CEREMONIES = (Limit("ceremony", ("network",), 600),)
"""Two requests of each passkey or OpenID sign-in; each begun leaves a row for a while."""
LINKS = (Limit("link", ("network",), 60, misses=frozenset({404, 410})),)
"""Links carry 256 random bits; this keeps the noise out of the log, and the load from the database."""
GUESSES = (Limit("guess", ("network",), 120, misses=frozenset({404})),)
"""Links to tickets, registrations and rooms carry 128 bits of proof; a session that is over is no guess."""
CHALLENGES = (
    # Each may send a mail to an address that somebody else has typed.
    Limit("other-address", ("address",), 5, dt.timedelta(hours=1)),
    Limit("other-address/network", ("network",), 100),
    *GUESSES,
)
PROOFS = (Limit("proof", ("account",), 30),)
"""Tries of a passkey by somebody who is signed in; codes have a tighter limit of their own, for the human."""
ENROLMENTS = (Limit("enrolment", ("network",), 120),)
"""Codes that enrol a phone: as many as a hall enrols in a morning."""
EXPORTS = (Limit("export", ("account",), 10),)
"""An archive opens everything held about somebody, a list everything about many."""
RECOUNTS = (Limit("recount", ("account",), 20),)
"""A year counted again: some seconds of the machine each."""
PRINTS = (Limit("print", ("account",), 60),)
"""Badges one by one at a busy desk, each a second's work of the machine at most."""
IMPORTS = (Limit("import", ("account",), 30),)
"""Lists that are brought: each is read by a library, which takes a while."""
REPORTS = (Limit("report", ("account",), 120),)
"""Reports of video platforms: as many as a busy day of sessions has, twice over."""
FILES = (Limit("file", ("account",), 200),)
"""Files that guests sent, such as student cards: as many as somebody can look at."""
INVITES = (Limit("invite", ("account",), 200, dt.timedelta(hours=1)),)
"""Each sends a mail to an address that did not ask for it."""

SEARCHES = (Limit("guest-search", ("account",), 600),)
"""Searches of one device at a busy door, one a second; who wants to read the whole list needs days."""
WALK_INS = (Limit("walk-in", ("account",), 300),)
"""Tickets given out at one door: one every two seconds."""
TAPS = (Limit("tap", ("network",), 3000), *GUESSES)
"""A whole festival in front of its posters, behind one network address."""

UPLOADS = (
    Limit("upload", ("network",), 200),
    # Each may take 5 MB for two weeks: a school class comes all at once, and not all day long.
    Limit("upload/day", ("network",), 1000, dt.timedelta(days=1)),
)
"""Files sent as answers before anybody is registered: each takes room. Forms count theirs by the same measure."""

TESTS = (Limit("message", ("account",), 20),)
"""Messages to guests, and tests of them: each is mail, to one or to thousands."""

ENTRIES = (
    # Each sends a mail to an address that somebody has typed, and keeps a row.
    Limit("entry", ("address",), 5, dt.timedelta(hours=1)),
    Limit("entry/network", ("network",), 60, dt.timedelta(hours=1)),
)
ENTRY_FILES = (Limit("entry-file", ("network",), 120, dt.timedelta(hours=1)), *GUESSES)
"""Files of entries: each takes room of its own."""
ENTRY_MEMBERS = (Limit("entry-member", ("network",), 60, dt.timedelta(hours=1)), *GUESSES)
"""Each may send a mail to an address that somebody else has typed."""

PAPERS = (Limit("paper", ("network",), 120),)
"""A paper that everybody may have: set once for all readers, but each change of its numbers is a second's work."""

SOLVES = (Limit("solve", ("account",), 30),)
"""Who judges what, worked out: half a minute of a core each at most."""

PUSHES = (Limit("push", ("account",), 3000),)
"""Each is read by a process of its own: a city's whole year, brought at once."""
PINGS = (Limit("ping", ("network",), 120, misses=frozenset({404})),)
"""Signatures have 256 bits; each source has a measure of its own for those that are right."""
KEYS = (Limit("feed-key", ("network",), 120, misses=frozenset({401})),)
"""Keys of feeds have 256 bits too. Programs ask without one first, and are told to show it."""
QUESTIONS = (Limit("calendar-question", ("network",), 3000),)
"""Each may name a whole calendar; a city hall behind one address asks five times a second all the same."""

PULLS = (Limit("pull", ("account",), 60),)
"""Each asks somebody else's server, for up to twenty seconds."""

LIMITS: dict[str, tuple[Limit, ...]] = {
    "POST /office/partners/sources/new": PULLS,
    "POST /office/partners/{partner}/sources/{source}/pull": PULLS,
    "POST /api/v1/partners/{partner}/sources": PULLS,
    "POST /api/v1/sources/{source}": PULLS,
    "POST /office/partners/{partner}/sources/{source}/file": IMPORTS,
    "POST /partner/{partner}/sources/{source}/file": IMPORTS,
    "POST /api/v1/sources/{source}/ping": PINGS,
    "PUT /api/v1/partners/{partner}/events/{uid}": PUSHES,
    "GET /dav": KEYS,
    "PROPFIND /dav": KEYS,
    "GET /dav/{path}": KEYS,
    "PROPFIND /dav/{path}": KEYS,
    "REPORT /dav/{path}": (*KEYS, *QUESTIONS),
    "PUT /dav/{path}": KEYS,
    "DELETE /dav/{path}": KEYS,
    "POST /awards/{award}/rounds/{round_id}/conflicts/detect": SOLVES,
    "POST /api/v1/awards/{award}/rounds/{round_id}/conflicts:detect": SOLVES,
    "POST /awards/{award}/rounds/{round_id}/assignments/solve": SOLVES,
    "POST /api/v1/awards/{award}/rounds/{round_id}/assignments:solve": SOLVES,
    "POST /awards/{award}/rounds/{round_id}/assignments/export": EXPORTS,
    "POST /awards/{award}/rounds/{round_id}/assignments/list": IMPORTS,
    "POST /office/kpi/years/{year}/recompute": RECOUNTS,
    "GET /kpi/{year}/council.pdf": PAPERS,
    "POST /sign-in": ASKS,
    "POST /sign-in/passkey/options": CEREMONIES,
    "POST /sign-in/passkey": CEREMONIES,
    "GET /sign-in/openid": CEREMONIES,
    "GET /sign-in/openid/back": CEREMONIES,
    "GET /sign-in/{token}": LINKS,
    "POST /sign-in/{token}": LINKS,
    "GET /invitations/{token}": LINKS,
    "POST /invitations/{token}": LINKS,
    "POST /account/prove/options": PROOFS,
    "POST /account/prove/passkey": PROOFS,
    "POST /account/passkeys/options": PROOFS,
    "POST /account/passkeys": PROOFS,
    "POST /gate/enrol": ENROLMENTS,
    "POST /api/v1/devices": ENROLMENTS,
    "GET /account/data/export.zip": EXPORTS,
    "POST /console/events/{event}/messages/{message}/test": TESTS,
    "POST /console/events/{event}/messages/{message}/send": TESTS,
    "POST /console/events/{event}/guests/export": EXPORTS,
    "POST /console/events/{event}/guests/imports": IMPORTS,
    "GET /console/events/{event}/guests/{ticket}/files/{upload}": FILES,
    "GET /judging/{award}/{round_id}/{entry}/files/{file}": FILES,
    "POST /console/events/{event}/payments/export": EXPORTS,
    "GET /api/v1/sessions/{session}/registrants": EXPORTS,
    "POST /console/events/{event}/sessions/{session}/reports/registrants": EXPORTS,
    "POST /api/v1/attendance/imports": REPORTS,
    "POST /console/events/{event}/sessions/{session}/reports": REPORTS,
    "POST /awards/{award}/rounds/{round_id}/ranking/export": EXPORTS,
    "GET /receipts/{token}": GUESSES,
    "GET /calendars/partners/{name}": LINKS,
    "GET /calendars/private/{name}": GUESSES,
    "POST /console/events/{event}/vouchers/export": EXPORTS,
    "POST /console/events/{event}/badges.pdf": PRINTS,
    "POST /console/events/{event}/list.pdf": PRINTS,
    "POST /console/invitations/new/{role}": INVITES,
    "POST /console/invitations/{invitation}/again": INVITES,
    "POST /api/v1/conventions/{convention}/uploads/{question}": UPLOADS,
    "GET /{convention}/register/{draft}": GUESSES,
    "POST /{convention}/register/{draft}": GUESSES,
    "GET /registrations/{token}": GUESSES,
    "POST /registrations/{token}/accept": GUESSES,
    "GET /registrations/{token}/decline": GUESSES,
    "POST /registrations/{token}/decline": GUESSES,
    "GET /registrations/{token}/cancel": GUESSES,
    "POST /registrations/{token}/cancel": GUESSES,
    "GET /tickets/{token}/change": GUESSES,
    "POST /tickets/{token}/change": GUESSES,
    "GET /registrations/{token}/tickets/{ticket}/change": GUESSES,
    "POST /registrations/{token}/tickets/{ticket}/change": GUESSES,
    "GET /tickets/{token}/new-code": GUESSES,
    "POST /tickets/{token}/new-code": GUESSES,
    "GET /registrations/{token}/tickets/{ticket}/new-code": GUESSES,
    "POST /registrations/{token}/tickets/{ticket}/new-code": GUESSES,
    "GET /tickets/{token}/send": GUESSES,
    "POST /tickets/{token}/send": GUESSES,
    "GET /registrations/{token}/tickets/{ticket}/send": GUESSES,
    "POST /registrations/{token}/tickets/{ticket}/send": GUESSES,
    "GET /registrations/{token}/tickets/{ticket}/pass-on": GUESSES,
    "POST /registrations/{token}/tickets/{ticket}/pass-on": GUESSES,
    "GET /registrations/{token}/other-address": GUESSES,
    "POST /registrations/{token}/other-address": CHALLENGES,
    "GET /tickets/{token}/other-address": GUESSES,
    "POST /tickets/{token}/other-address": CHALLENGES,
    "GET /api/v1/registrations/{token}": GUESSES,
    "PATCH /api/v1/registrations/{token}": GUESSES,
    "DELETE /api/v1/registrations/{token}": GUESSES,
    "POST /api/v1/registrations/{token}/offer": GUESSES,
    "DELETE /api/v1/registrations/{token}/offer": GUESSES,
    "DELETE /api/v1/holds/{token}": GUESSES,
    "GET /tickets/{token}": GUESSES,
    "GET /tickets/{token}/qr.svg": GUESSES,
    "GET /tickets/{token}/ticket.pdf": GUESSES,
    "GET /tickets/{token}/calendar.ics": GUESSES,
    "GET /tickets/{token}/ticket.pkpass": GUESSES,
    "GET /tickets/{token}/google-wallet": GUESSES,
    "GET /registrations/{token}/tickets.pdf": GUESSES,
    "GET /other-address/{token}": LINKS,
    "POST /other-address/{token}": LINKS,
    "GET /withdraw/{token}": GUESSES,
    "POST /withdraw/{token}": GUESSES,
    "GET /api/v1/gates/{gate}/guests": SEARCHES,
    "GET /api/v1/gates/{gate}/guests/{ticket}/badge": PRINTS,
    "POST /api/v1/gates/{gate}/walk-ins": WALK_INS,
    "POST /api/v1/gates/{gate}/guests/{ticket}/residence": WALK_INS,
    "GET /count/{token}": GUESSES,
    "POST /count/{token}": TAPS,
    "GET /join/{token}": GUESSES,
    "POST /join/{token}": GUESSES,
    "POST /api/v1/join/{token}": GUESSES,
    "GET /room/{token}": GUESSES,
    "GET /tickets/{token}/attendance": GUESSES,
    "GET /tickets/{token}/attendance.pdf": GUESSES,
    "GET /certificates/{code}": GUESSES,
    "GET /award-certificates/{code}": GUESSES,
    "GET /award-certificates/{code}/certificate.pdf": (*GUESSES, *PAPERS),
    "GET /entries/{token}/result": GUESSES,
    "GET /tickets/{token}/vote/{round_id}": GUESSES,
    "POST /tickets/{token}/vote/{round_id}": GUESSES,
    "POST /room/{token}/questions": GUESSES,
    "POST /room/{token}/reactions": GUESSES,
    "POST /{convention}/awards/{award}/enter": ENTRIES,
    "POST /{convention}/awards/{award}/nominate": ENTRIES,
    "POST /entries/{token}/files": ENTRY_FILES,
    "POST /awards/{award}/entries/export": EXPORTS,
    "GET /awards/{award}/entries/{entry}/files/{file}": FILES,
    "GET /entries/{token}": GUESSES,
    "POST /entries/{token}/consent": GUESSES,
    "POST /entries/{token}/hand-in": GUESSES,
    "GET /entries/{token}/read": GUESSES,
    "POST /entries/{token}/sign": GUESSES,
    "GET /entries/{token}/decline": GUESSES,
    "POST /entries/{token}/decline": GUESSES,
    "GET /entries/{token}/withdraw": GUESSES,
    "POST /entries/{token}/withdraw": GUESSES,
    "GET /entries/{token}/texts/{language}": GUESSES,
    "POST /entries/{token}/texts/{language}": GUESSES,
    "GET /entries/{token}/details": GUESSES,
    "POST /entries/{token}/details": GUESSES,
    "GET /entries/{token}/evidence": GUESSES,
    "POST /entries/{token}/evidence": GUESSES,
    "GET /entries/{token}/files": GUESSES,
    "GET /entries/{token}/files/{file}": GUESSES,
    "GET /entries/{token}/members": GUESSES,
    "POST /entries/{token}/members": ENTRY_MEMBERS,
    "GET /entries/{token}/members/{member}": GUESSES,
    "POST /entries/{token}/members/{member}": ENTRY_MEMBERS,
}


class LimitGap(Exception):
    """A line of the table without a route."""


def check_limits(routes: Iterable[str]) -> None:
    """Raise `LimitGap` for lines that no route needs."""
    stale = sorted(set(LIMITS) - set(routes))
    if stale:
        raise LimitGap(f"Limits without a route: {', '.join(stale)}; remove them from app/people/limited.py.")


async def hold_back(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Count the request where its route has a limit, or raise `TooManyRequests`."""
    for limit in LIMITS.get(_route(connection.scope), ()):
        request = Request(connection.scope, connection.receive)
        subject = await _subject(limit, request)
        if subject is not None:
            await (limit.require_left if limit.misses else limit.take)(subject, request.now)


async def count_miss(error: Exception, scope: Scope) -> None:
    """Count an answer that found nothing; the one too many, of several at once, hears `TooManyRequests` instead."""
    for limit in LIMITS.get(_route(scope), ()):
        if isinstance(error, DomainError) and error.status in limit.misses:
            request = Request(scope)
            subject = await _subject(limit, request)
            if subject is not None:
                await limit.take(subject, request.now)


def _route(scope: Scope) -> str:
    return f"{scope['method']} {scope.get('path_template')}"  # type: ignore[typeddict-item]  # no websockets here


async def _subject(limit: Limit, request: Request) -> str | None:
    """Return who is counted, or None when the request does not say."""
    parts = [await _READ[kind](request) for kind in limit.by]
    return None if None in parts else "\0".join(map(str, parts))


async def _network(request: Request) -> str | None:
    return request.network


async def _address(request: Request) -> str | None:
    typed = (await request.form()).get("email")
    return normal_address(typed.strip()[:254]) if isinstance(typed, str) and "@" in typed else None


async def _account(request: Request) -> str | None:
    account = request.scope["user"].account
    return str(account) if account else None


_READ = {"network": _network, "address": _address, "account": _account}
