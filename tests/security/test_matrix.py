"""Who comes in where: every route of the application, everybody who may ask, against one table of this test.

The table is written for readers and knows nothing of the policy. A route that no line covers fails the test: write
down who may come in before the route does.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.asgi import create_app, routes
from app.core.web.frame import Frame
from app.people.policy import CEREMONY, POLICY, PUBLIC
from app.people.roles import ROLES
from tests.clock import NOW
from tests.security.askers import ADDRESSES, OUT, Askers, session_of

EVERYBODY = "anonymous attendee staff lead organiser secretary judge partner officer admin"
SIGNED_IN = EVERYBODY.removeprefix("anonymous ")
WORKING = SIGNED_IN.removeprefix("attendee ")
TABLE = f"""
GET     /health/*                       {EVERYBODY}
GET     /metrics                        officer admin
GET     /schema/**                      {SIGNED_IN}
GET     /static/**                      {EVERYBODY}
GET     /robots.txt                     {EVERYBODY}
GET     /sitemap.xml                    {EVERYBODY}
GET     /.well-known/security.txt       {EVERYBODY}

GET     /gate/enrol                     {EVERYBODY}
POST    /gate/enrol                     {EVERYBODY}
GET     /gate/sw.js                     {EVERYBODY}
GET     /gate/manifest.webmanifest      {EVERYBODY}
GET     /gate/words.json                {EVERYBODY}
POST    /api/v1/devices                 {EVERYBODY}
GET     /gate/odd                       lead organiser officer admin
POST    /gate/odd                       lead organiser officer admin
GET     /gate/**                        staff lead admin
POST    /gate/**                        staff lead admin
POST    /api/v1/scans                   staff lead admin
GET     /api/v1/gates/*/status          staff lead officer admin
GET     /api/v1/gates/*/pack            staff lead admin
POST    /api/v1/gates/*/contact         staff lead admin
GET     /api/v1/gates/*/guests/**       staff lead admin
POST    /api/v1/gates/*/walk-ins        staff lead admin
POST    /api/v1/gates/*/guests/**       staff lead admin
POST    /api/v1/events/*/walk-ups       staff lead admin
POST    /api/v1/attendance/imports      officer organiser admin
GET     /api/v1/sessions/*/registrants  officer organiser admin
GET     /count/*                        {EVERYBODY}
POST    /count/*                        {EVERYBODY}

GET     /board/**                       lead organiser officer admin
GET     /api/v1/conventions/*/board     lead organiser officer admin
GET     /api/v1/conventions/*/board/stream  lead organiser officer admin

GET     /office/**                      officer admin
POST    /office/**                      officer admin
GET     /kpi/**                         {EVERYBODY}
GET     /kpi                            {EVERYBODY}
GET     /open-data/**                   {EVERYBODY}
GET     /api/v1/attendance/doubles/**   officer admin
POST    /api/v1/attendance/doubles/**   officer admin
POST    /api/v1/attendance/corrections  officer admin
GET     /api/v1/kpi/*/people            officer admin
GET     /api/v1/kpi/*/explain           officer admin
GET     /api/v1/kpi/*                   {EVERYBODY}
GET     /api/v1/ledger/heads            {EVERYBODY}

GET     /console/invitations/**         officer organiser secretary lead admin
POST    /console/invitations/**         officer organiser secretary lead admin
GET     /console/staff/**               organiser secretary lead admin
POST    /console/staff/**               organiser secretary lead admin
GET     /console/devices/**             officer organiser lead admin
POST    /console/devices/**             officer organiser lead admin
GET     /console/events/**              officer organiser admin
POST    /console/events/**              officer organiser admin
GET     /console                        officer organiser admin

GET     /awards/*/rounds/*/conflicts/**  secretary officer admin
POST    /awards/*/rounds/*/conflicts/**  secretary officer admin
GET     /api/v1/awards/*/rounds/*/conflicts/**  secretary officer admin
POST    /api/v1/awards/*/rounds/*/conflicts/**  secretary officer admin
POST    /api/v1/awards/*/rounds/*/conflicts:detect  secretary officer admin
GET     /api/v1/awards/*/declarations   judge admin
POST    /api/v1/awards/*/declarations/** judge admin
GET     /awards/*/rounds/*/assignments/** secretary officer admin
POST    /awards/*/rounds/*/assignments/** secretary officer admin
GET     /api/v1/awards/*/rounds/*/assignments/** secretary officer admin
POST    /api/v1/awards/*/rounds/*/assignments:solve secretary officer admin
POST    /api/v1/awards/*/rounds/*/assignments/** secretary officer admin
PUT     /api/v1/awards/*/rounds/*/assignments/* secretary officer admin
DELETE  /api/v1/awards/*/rounds/*/assignments/** secretary officer admin

GET     /awards/new                     officer admin
POST    /awards/new                     officer admin
GET     /awards                         secretary officer admin
GET     /awards/*                       secretary officer admin
GET     /awards/*/settings              secretary officer admin
POST    /awards/*/settings              secretary officer admin
POST    /awards/*/publish               secretary officer admin
POST    /awards/*/unpublish             secretary officer admin
GET     /awards/*/categories/**         secretary officer admin
POST    /awards/*/categories/**         secretary officer admin
GET     /awards/*/rubrics/**            secretary officer admin
POST    /awards/*/rubrics/**            secretary officer admin
GET     /awards/*/judges/**             secretary officer admin
POST    /awards/*/judges/**             secretary officer admin
GET     /awards/*/rounds/*              secretary officer admin
GET     /awards/*/rounds/*/settings     secretary officer admin
POST    /awards/*/rounds/*/settings     secretary officer admin
GET     /awards/*/rounds/*/remove       secretary officer admin
POST    /awards/*/rounds/*/remove       secretary officer admin
GET     /awards/*/rounds/*/panel        secretary officer admin
POST    /awards/*/rounds/*/panel        secretary officer admin
GET     /awards/*/rounds/*/open         secretary officer admin
POST    /awards/*/rounds/*/open         secretary officer admin
POST    /awards/*/rounds/*/close        secretary officer admin
GET     /awards/*/rounds/*/later        secretary officer admin
POST    /awards/*/rounds/*/later        secretary officer admin
GET     /{{convention}}/partners        {EVERYBODY}
GET     /{{convention}}/awards          {EVERYBODY}
GET     /{{convention}}/awards/*        {EVERYBODY}
GET     /api/v1/awards/*                secretary officer admin
GET     /api/v1/awards/*/rounds/*/judges  secretary officer admin
PUT     /api/v1/awards/*/rounds/*/judges  secretary officer admin

GET     /account/tokens/**              {WORKING}
POST    /account/tokens/**              {WORKING}
GET     /account/**                     {SIGNED_IN}
POST    /account/**                     {SIGNED_IN}
GET     /my                             {SIGNED_IN}
GET     /start                          {SIGNED_IN}
POST    /sign-out                       {SIGNED_IN}
GET     /sign-in/**                     {EVERYBODY}
POST    /sign-in/**                     {EVERYBODY}
GET     /invitations/*                  {EVERYBODY}
POST    /invitations/*                  {EVERYBODY}

GET     /awards/*/rounds/*/release/**   secretary officer admin
POST    /awards/*/rounds/*/release/**   secretary officer admin
GET     /{{convention}}/awards/*/results  {EVERYBODY}
GET     /award-certificates/**          {EVERYBODY}
GET     /entries/*/result               {EVERYBODY}
GET     /api/v1/awards/*/rounds/*/results  {EVERYBODY}
GET     /api/v1/awards/*/rounds/*/bundle  {EVERYBODY}
GET     /api/v1/awards/*/rounds/*/bundle.sha256  {EVERYBODY}
GET     /api/v1/awards/*/rounds/*/recompute.py  {EVERYBODY}
GET     /judging/**                     judge admin
POST    /judging/**                     judge admin
GET     /api/v1/awards/*/rounds/*/scores/**  judge admin
PUT     /api/v1/awards/*/rounds/*/scores/*  judge admin
GET     /api/v1/awards/*/rounds/*/pairs  judge admin
PUT     /api/v1/awards/*/rounds/*/pairs/*/*  judge admin
GET     /api/v1/awards/*/rounds/*/order  judge admin
PUT     /api/v1/awards/*/rounds/*/order  judge admin
GET     /api/v1/awards/*/rounds/*/progress  secretary officer admin
GET     /awards/*/rounds/*/progress     secretary officer admin
GET     /api/v1/awards/*/rounds/*/ranking  judge secretary officer admin
GET     /awards/*/rounds/*/ranking      secretary officer admin
POST    /awards/*/rounds/*/ranking/export  secretary officer admin
GET     /judging/*/*/ranking            judge admin
GET     /awards/*/rounds/*/deliberation/**  secretary officer admin
POST    /awards/*/rounds/*/deliberation/**  secretary officer admin

GET     /api/v1/partners/*/events/*     partner officer admin
PUT     /api/v1/partners/*/events/*     partner officer admin
DELETE  /api/v1/partners/*/events/*     partner officer admin
POST    /api/v1/sources/*/ping          {EVERYBODY}
POST    /api/v1/sources/*               officer admin
GET     /partner/**                     partner admin
POST    /partner/**                     partner admin
GET     /api/v1/partners/**             partner officer admin
POST    /api/v1/partners/**             officer admin
PUT     /api/v1/partners/*              officer admin
PUT     /api/v1/partners/*/agreements/* officer admin
PUT     /api/v1/partners/*/sources/*    officer admin
GET     /api/v1/cards/**                partner officer admin
POST    /api/v1/cards/**                officer admin
GET     /api/v1/conflicts               partner officer admin
POST    /api/v1/conflicts/**            officer admin
GET     /.well-known/caldav             {EVERYBODY}
PROPFIND  /.well-known/caldav           {EVERYBODY}
GET     /dav/**                         {EVERYBODY}
PROPFIND  /dav/**                       {EVERYBODY}
REPORT  /dav/**                         {EVERYBODY}
PUT     /dav/**                         {EVERYBODY}
DELETE  /dav/**                         {EVERYBODY}

GET     /calendars/**                   {EVERYBODY}
GET     /api/v1/conventions/**          {EVERYBODY}
POST    /api/v1/conventions/*/registrations  {EVERYBODY}
POST    /api/v1/conventions/*/holds     {EVERYBODY}
DELETE  /api/v1/holds/*                 {EVERYBODY}
GET     /api/v1/registrations/*         {EVERYBODY}
PATCH   /api/v1/registrations/*         {EVERYBODY}
DELETE  /api/v1/registrations/*         {EVERYBODY}
POST    /api/v1/registrations/*/offer   {EVERYBODY}
DELETE  /api/v1/registrations/*/offer   {EVERYBODY}
GET     /api/v1/events/*                {EVERYBODY}
GET     /registrations/**               {EVERYBODY}
POST    /registrations/**               {EVERYBODY}
GET     /already-registered             {EVERYBODY}
POST    /already-registered             {EVERYBODY}
GET     /tickets/**                     {EVERYBODY}
POST    /tickets/**                     {EVERYBODY}
GET     /other-address/*                {EVERYBODY}
POST    /other-address/*                {EVERYBODY}
GET     /receipts/*                     {EVERYBODY}
GET     /withdraw/*                     {EVERYBODY}
POST    /withdraw/*                     {EVERYBODY}
GET     /join/*                         {EVERYBODY}
POST    /join/*                         {EVERYBODY}
GET     /room/*                         {EVERYBODY}
POST    /room/**                        {EVERYBODY}
GET     /certificates/*                 {EVERYBODY}
POST    /api/v1/join/*                  {EVERYBODY}
POST    /api/v1/presence/*              {EVERYBODY}

GET     /entries/**                     {EVERYBODY}
POST    /entries/**                     {EVERYBODY}
GET     /{{convention}}/awards/*/enter  {EVERYBODY}
POST    /{{convention}}/awards/*/enter  {EVERYBODY}
GET     /{{convention}}/awards/*/nominate  {EVERYBODY}
POST    /{{convention}}/awards/*/nominate  {EVERYBODY}
GET     /awards/*/entries/**            secretary officer admin
POST    /awards/*/entries/**            secretary officer admin
GET     /awards/*/rounds/*/screening/** secretary officer admin
POST    /awards/*/rounds/*/screening/** secretary officer admin
GET     /api/v1/awards/*/entries        secretary officer admin
POST    /api/v1/awards/*/entries        secretary officer admin

GET     /accessibility                  {EVERYBODY}
POST    /appearance                     {EVERYBODY}
GET     /privacy                        {EVERYBODY}
GET     /search                         {EVERYBODY}
GET     /                               {EVERYBODY}
GET     /{{convention}}                 {EVERYBODY}
GET     /{{convention}}/register        {EVERYBODY}
POST    /{{convention}}/register        {EVERYBODY}
GET     /{{convention}}/register/*      {EVERYBODY}
POST    /{{convention}}/register/*      {EVERYBODY}
POST    /api/v1/conventions/*/uploads/* {EVERYBODY}
GET     /{{convention}}/events/*        {EVERYBODY}
GET     /{{convention}}/events/*/picture.png  {EVERYBODY}
GET     /{{convention}}/sessions/*      {EVERYBODY}
GET     /{{convention}}/picture.png     {EVERYBODY}
"""
"""`*` is one part of a path, `/**` that and all below; the first line that fits counts."""

LINES = [line.split() for line in TABLE.splitlines() if line]
ROUTES = sorted(ADDRESSES)
CLOSED = {401, 403}


def _pattern(path: str) -> re.Pattern[str]:
    words = re.escape(path).replace(r"/\*\*", "(?:/.*)?").replace(r"\*", "[^/]+")
    return re.compile(words)


def expected(route: str) -> set[str] | None:
    """Return who may come in, by the first line of the table that fits, or None."""
    method, path = route.split()
    for asked, pattern, *names in LINES:
        if asked == method and _pattern(pattern).fullmatch(path):
            return set(names)
    return None


@pytest.fixture
async def askers(app: Frame, rollback: None) -> AsyncIterator[Askers]:
    found = Askers(app)
    async with found.stack:
        await found.add_everybody()
        yield found


async def wrong(askers: Askers, route: str, names: list[str]) -> list[str]:
    """Return whoever of `names` comes in against the table, or is kept out against it; and every fault of ours."""
    welcome = expected(route) or set()
    found = []
    for name in names:
        status = await askers.status(name, route)
        if (status not in CLOSED) is not (name in welcome) or status >= 500:
            found.append(f"{name} at {route}: {status}")
    return found


def test_every_route_has_a_line() -> None:
    assert sorted(routes(create_app(clock=lambda: NOW))) == ROUTES
    assert [route for route in ROUTES if expected(route) is None] == [], "say in TABLE who may come in"


def test_every_line_has_a_route() -> None:
    paths = [route.split() for route in ROUTES]
    stale = [
        " ".join(line[:2])
        for line in LINES
        if not any(line[0] == method and _pattern(line[1]).fullmatch(path) for method, path in paths)
    ]
    assert stale == []


@pytest.mark.parametrize("name", ["anonymous", *ROLES, *OUT])
async def test_everybody_at_every_door(askers: Askers, name: str) -> None:
    assert [line for route in ROUTES for line in await wrong(askers, route, [name])] == []


async def test_every_line_of_the_policy_is_held_by_this_matrix(askers: Askers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: a line opened to everybody, taken from everybody, or off by one role is seen, whichever line it is."""
    for number, route in enumerate(ROUTES):
        role = ROLES[number % len(ROLES)]
        is_open = POLICY[route] == PUBLIC
        mutants: list[tuple[Any, str]] = [(POLICY[route] ^ {role}, role), (frozenset(), "admin")]
        mutants += [] if is_open or route.startswith("GET /schema") else [(PUBLIC, "anonymous")]
        for mutant, name in mutants:
            with monkeypatch.context() as patch:
                patch.setitem(POLICY, route, mutant)
                assert await wrong(askers, route, [name]), f"{route} with {sorted(mutant)} went unnoticed"


async def test_guard_itself_is_held(app: Frame, askers: Askers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: with every line open to everybody, every closed route is seen."""
    closed = [route for route in ROUTES if POLICY[route] != PUBLIC]
    for route in closed:
        monkeypatch.setitem(POLICY, route, PUBLIC)
    seen = [route for route in closed if await wrong(askers, route, ["anonymous"])]
    assert seen == closed


@pytest.mark.parametrize("role", ["officer", "admin", "organiser", "secretary", "judge"])
async def test_session_that_only_read_a_mail_opens_no_door_of_power(app: Frame, rollback: None, role: str) -> None:
    """These roles need more than a link by mail; with less they may only prove more, or leave."""
    found = Askers(app)
    async with found.stack:
        browser = await found.add(role)
        cookie, csrf = await session_of(role, strength="link")  # type: ignore[arg-type]
        browser.cookies.set("machi_session", cookie)
        opened = []
        for route in ROUTES:
            if POLICY[route] == PUBLIC or route in CEREMONY or role not in (expected(route) or ()):
                continue
            method = route.partition(" ")[0]
            answer = await browser.request(method, ADDRESSES[route], headers={"x-csrf-token": csrf})
            if answer.status_code not in CLOSED:
                opened.append(f"{route}: {answer.status_code}")
    assert opened == []
