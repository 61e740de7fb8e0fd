"""Payloads in every field, looked at wherever they are shown: none runs, and the policy has nothing to block."""

import json
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, Page

from app.core.i18n import LANGUAGES
from tests.browser import planting
from tests.browser.conftest import sign_in
from tests.browser.payloads import PAYLOADS
from tests.browser.planting import Demo

STRANGE = """() => {
  const found = [];
  for (const one of document.querySelectorAll('*')) {
    if (/^(iframe|object|embed|base|marquee|math|audio|video|animate|frame)$/i.test(one.localName) && !one.hidden
        && !one.closest('[data-camera]') && !one.closest('[data-scanner]')) found.push(one.outerHTML.slice(0, 120));
    if (one.localName === 'script' && !one.src && one.type !== 'application/ld+json') found.push('script');
    if (one.localName === 'meta' && one.httpEquiv === 'refresh') found.push('refresh');
    for (const {name, value} of one.attributes)
      if (/^on|^srcdoc$/.test(name)
          || /^\\s*(javascript|data:text)/i.test(value) && /^(.*href|src|action|data)$/.test(name))
        found.push(`${one.localName} ${name}=${value}`);
  }
  return found;
}"""
SEEN = """() => [...document.querySelectorAll('input, textarea')].map(e => e.value).join(' ')
    + document.documentElement.textContent + [...document.querySelectorAll('meta[content]')].map(e => e.content)"""
NUMBER = re.compile(r"__xss\((\d+)\)")
SIX = len(LANGUAGES)
LONG = "\n\n".join(PAYLOADS)
PART = 3800
"""Characters of a paragraph: all payloads take two of them."""
SAMPLE = 3
"""Where every payload has its turn in the long form, the short one takes each third."""


class Watch(msgspec.Struct):
    """What a browser has run, what its policy has blocked, and which payloads were shown to it."""

    context: Any
    page: Any
    ran: list[str]
    blocked: list[str]
    shown: set[int]

    async def look(self, url: str) -> None:
        """Open a page, and write down what should not be."""
        await self.page.goto(url)
        strange = await self.page.evaluate(STRANGE)
        self.ran += [f"{url}: {line}" for line in strange]
        self.ran += [] if self.page.url.partition(":")[0] == "http" else [f"{url}: led to {self.page.url}"]
        self.shown |= {int(n) for n in NUMBER.findall(await self.page.evaluate(SEEN))}


async def watch(browser: Browser, **options: Any) -> Watch:
    """Open a window that tells when anything runs or is blocked."""
    context: BrowserContext = await browser.new_context(locale="en", **options)
    page: Page = await context.new_page()
    found = Watch(context, page, [], [], set())
    await context.expose_binding("__xss", lambda source, n: found.ran.append(f"{source['frame'].url}: payload {n}"))
    page.on("dialog", lambda dialog: found.ran.append(dialog.message))
    page.on(
        "console",
        lambda m: found.blocked.append(f"{page.url}: {m.text}") if "Content Security Policy" in m.text else None,
    )
    return found


def words_of(number: int) -> planting.Words:
    """Return what event number n says: six payloads per line, one per language; long texts hold all that fit."""

    def words(field: str, tag: str) -> str:
        if field in {"description", "body"}:
            half = LONG[:PART] if LANGUAGES.index(tag) % 2 else LONG[-PART:]
            return half.strip()
        return PAYLOADS[(number * SIX + LANGUAGES.index(tag)) % len(PAYLOADS)]

    return words


class Planted(msgspec.Struct):
    """What was planted, and where it shows: paths by whoever looks."""

    pages: dict[str, list[str]]
    files: list[str]
    mails: list[str]
    events: list[dict[str, str]]


async def plant(demo: Demo, events: int) -> Planted:
    """Plant the payloads through the forms of everybody, and return where to look."""
    at = await planting.ground(demo)
    async with planting.desk(demo, "organiser") as organiser:
        made = [await planting.event(organiser, at, words_of(n), tags=PAYLOADS[n]) for n in range(events)]
    device = await _of_the_office(demo, at, secrets.randbelow(60_000) + 1000)
    found = Planted(pages={}, files=[], mails=[], events=made)
    tickets = await _people(demo, found)
    own = await _own(demo, at)
    async with planting.database(demo) as database:
        rows = await database.fetch(
            "SELECT e.slug, s.slug AS session FROM event e JOIN session s ON s.event = e.id WHERE e.id = ANY($1)",
            [UUID(one["event"]) for one in made],
        )
    base = f"/{at['slug']}"
    public = ["/", base, f"{base}?day=all&view=timetable", f"{base}?day=all", "/search?q=xss", "/privacy"]
    public += [f"{base}/register", f"{base}/register?party=1"] + [f"{base}/events/{row['slug']}" for row in rows]
    public += [f"{base}/sessions/{row['session']}" for row in rows]
    found.pages = {
        "anonymous": [*public, *tickets],
        "organiser": [path for one in made for path in _console(one)] + own,
        "officer": [
            "/office/organisers",
            "/office/conventions",
            "/office/consents",
            "/office/people",
            "/office/audit",
            f"/office/conventions/{at['convention']}",
            f"/office/organisers/{at['organiser']}",
            "/console/devices",
            f"/console/devices/{device}",
        ],
    }
    slugs = [row["slug"] for row in rows]
    found.files += [f"/api/v1/conventions/{at['slug']}{rest}" for rest in ("", "/events", "/ticket-types")]
    found.files += [f"/api/v1/events/{one['event']}" for one in made] + [f"/calendars/{at['slug']}.ics"]
    found.files += [f"/calendars/{at['slug']}/{slug}.ics" for slug in slugs] + ["/sitemap.xml"]
    return found


def _console(one: dict[str, str]) -> list[str]:
    home = f"/console/events/{one['event']}"
    return [
        home,
        *(f"{home}/{part}" for part in ("texts", "details", "history", "sessions", "places", "tickets", "preview")),
        f"{home}/sessions/{one['session']}",
        f"{home}/preview/sessions/{one['session']}",
        f"{home}/places/venues/{one['venue']}",
        f"{home}/places/gates/{one['gate']}",
        f"{home}/quotas/{one['quota']}",
        f"{home}/tickets/{one['ticket_type']}",
        f"{home}/guests",
    ]


async def _of_the_office(demo: Demo, at: dict[str, str], number: int) -> str:
    """Write what officers write: an organiser's name, a convention, what people agree to, a phone's name.

    The number is that of the convention, and in all names that may be there but once. Returns the phone.
    """
    device = await planting.first(demo, "SELECT id FROM device LIMIT 1")
    async with planting.signed_in(demo, "officer") as officer:
        await planting.send(officer, "/office/organisers/new", planting.texts(words_of(1), "name"))
        title = planting.texts(words_of(2), "title", "description")
        named = {"slug": f"xss-{number}-2031", "number": str(number)}
        days = {"first_day": "2031-05-01", "last_day": "2031-05-02", "zone": "Asia/Tokyo"}
        await planting.send(officer, "/office/conventions/new", {**title, **days, **named})
        consent = {"purpose": "photos", "version": f"xss-{number}", **planting.texts(words_of(3), "title", "body")}
        text = await planting.send(officer, "/office/consents/new", consent)
        await planting.send(officer, f"/office/consents/{text}/publish", {})
        invited = {"email": f"xss-invited-{number}@example.org", "label": PAYLOADS[0], "language": "en"}
        await planting.send(officer, "/console/invitations/new/staff", {**invited, "organisers": at["organiser"]})
        await planting.send(officer, f"/console/devices/{device}", {"name": PAYLOADS[5]})
    return device


async def _people(demo: Demo, found: Planted) -> list[str]:
    """Register people whose names are payloads; return the pages of their tickets."""
    party = [{"name": PAYLOADS[n], "reading": PAYLOADS[-n - 1], "organisation": PAYLOADS[n]} for n in range(40)]
    parties = [party, [{"name": one, "organisation": one} for one in PAYLOADS[40:]]]
    pages = []
    for n, members in enumerate(parties):
        email = f"xss-{n}-{secrets.token_hex(4)}@example.org"
        made = await planting.register(demo, email, members)
        found.mails.append(email)
        found.files.append("/api/v1" + made["manage_url"].removeprefix(demo["url"]))
        pages += [made["manage_url"], *(ticket["page_url"] for ticket in made["tickets"][:4])]
        found.files += [ticket["ics_url"].removeprefix(demo["url"]) for ticket in made["tickets"][:2]]
    return [page.removeprefix(demo["url"]) for page in pages]


async def _own(demo: Demo, at: dict[str, str]) -> list[str]:
    """Names of phones, keys, tokens and invitations; return the organiser's pages that list them."""
    account = UUID(await planting.first(demo, "SELECT id FROM account WHERE role = 'organiser' LIMIT 1"))
    keys = [await planting.passkey(demo, account) for n in range(6)]
    async with planting.signed_in(demo, "organiser") as organiser:
        sql = "SELECT g.id FROM gate g JOIN event e ON e.id = g.event WHERE e.organiser = $1"
        gate = await planting.first(demo, sql, UUID(at["organiser"]))
        for key, name in zip(keys, PAYLOADS[46:], strict=False):
            named = await organiser.post(f"/account/passkeys/{key}/name", data={"name": name})
            assert named.status_code == 303, named.status_code
        for n in range(12):
            tokens = await organiser.post("/account/tokens", data={"name": PAYLOADS[n], "days": "5"})
            assert tokens.status_code in {200, 303}, tokens.status_code
            phone = {"name": PAYLOADS[n], "role": "staff", "gates": gate}
            assert (await organiser.post("/console/devices/new", data=phone)).status_code == 200
        for n in range(2):
            label = {"label": PAYLOADS[-n - 1], "email": f"{secrets.token_hex(4)}@example.com", "language": "en"}
            await planting.send(organiser, "/console/invitations/new/staff", {**label, "gates": gate})
    lists = ["/account", "/account/tokens", "/console", "/console/devices", "/console/invitations", "/console/staff"]
    return [*lists, *(f"/account/passkeys/{key}" for key in keys)]


async def open_all(demo: Demo, browser: Browser, planted: Planted, languages: tuple[str, ...]) -> Watch:
    """Open every page for everybody in these languages, and every mail; return what was seen."""
    total = Watch(None, None, [], [], set())
    for role, paths in planted.pages.items():
        window = await watch(browser, user_agent=f"Mozilla/5.0 {PAYLOADS[0]} {PAYLOADS[46]}")
        if role != "anonymous":
            await sign_in(window.page, demo, role)
        for language in languages:
            for path in paths:
                await window.look(f"{demo['url']}{path}{'&' if '?' in path else '?'}lang={language}")
        _add(total, window)
        await window.context.close()
    return total


def _add(total: Watch, window: Watch) -> None:
    total.ran += window.ran
    total.blocked += window.blocked
    total.shown |= window.shown


@pytest.fixture(scope="module")
async def planted(demo: Demo) -> Planted:
    """An event with six payloads in each short field, and all of them in each long one."""
    return await plant(demo, events=1)


@pytest.fixture
async def window(chromium: Browser) -> AsyncIterator[Watch]:
    found = await watch(chromium)
    yield found
    await found.context.close()


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 60


async def test_nothing_runs_on_any_page(demo: Demo, chromium: Browser, planted: Planted) -> None:
    seen = await open_all(demo, chromium, planted, ("ja",))
    assert seen.ran == []
    assert seen.blocked == []
    assert seen.shown == set(range(len(PAYLOADS))), "every payload was shown somewhere"


@pytest.mark.faults
async def test_nothing_runs_in_any_language(demo: Demo, chromium: Browser) -> None:
    everything = await plant(demo, events=-(-len(PAYLOADS) // SIX))
    for language in LANGUAGES:
        seen = await open_all(demo, chromium, everything, (language,))
        assert seen.ran == []
        assert seen.blocked == []


async def test_nothing_runs_in_a_mail(demo: Demo, window: Watch, planted: Planted) -> None:
    """Without any policy, as in a mail program."""
    found = [one for email in planted.mails for one in await planting.mails(demo, email)]
    assert len(found) >= 2
    for one in found:
        await window.page.set_content(one["html"])
        window.ran.extend(await window.page.evaluate(STRANGE))
        window.shown |= {int(n) for n in NUMBER.findall(await window.page.evaluate(SEEN))}
    assert window.ran == []
    assert window.shown


async def test_answers_that_are_no_pages_are_never_read_as_one(demo: Demo, planted: Planted) -> None:
    held = set()
    async with httpx.AsyncClient(base_url=demo["url"], timeout=30) as http:
        for path in planted.files:
            answer = await http.get(path)
            kind = answer.headers["content-type"].partition(";")[0]
            assert answer.status_code == 200, path
            assert kind in {"application/json", "text/calendar", "application/xml", "text/xml"}, (path, kind)
            assert answer.headers["x-content-type-options"] == "nosniff", path
            held |= {int(n) for n in NUMBER.findall(answer.text.replace("\r\n ", ""))}
        url = f"/api/v1/conventions/{demo['convention']}/registrations"
        for payload in PAYLOADS:
            refused = await http.post(url, json={payload: payload}, headers={"idempotency-key": "x"})
            assert refused.status_code == 422
            assert refused.headers["content-type"] == "application/problem+json"
    async with planting.desk(demo, "organiser") as organiser:
        event = planted.events[0]["event"]
        exported = await organiser.post(f"/console/events/{event}/guests/export")
        assert exported.headers["content-type"].startswith("text/csv")
        assert exported.headers["content-disposition"].startswith("attachment")
    assert len(held) > 12


async def test_data_for_search_engines_ends_where_it_should(demo: Demo, window: Watch, planted: Planted) -> None:
    """A payload that closes the script stays inside the JSON."""
    for path in planted.pages["anonymous"]:
        if "/events/" not in path and "/sessions/" not in path:
            continue
        await window.page.goto(f"{demo['url']}{path}?lang=ja")
        for found in await window.page.locator("script[type='application/ld+json']").all_text_contents():
            assert NUMBER.search(json.dumps(json.loads(found)))
    assert window.ran == []


REGISTERED = (
    *("email", "event", "payment", "party.0.name", "party.0.reading", "party.0.organisation", "party.0.ticket_type"),
    *("party.0.email", "party.0.needs_note", "party.0.voucher", "party.0.languages"),
)
ADDRESSES = (
    "/search?q={0}",
    "/{convention}?q={0}&event={0}&venue={0}&mode={0}&language={0}&day={0}&view={0}",
    "/sign-in?next={0}",
    "/?lang={0}&done={0}",
    "/{0}",
    "/{convention}/events/{0}",
    "/{convention}/register?event={0}&party={0}",
    "/tickets/{0}",
)


async def _addresses(demo: Demo, window: Watch, payloads: tuple[str, ...], each: int) -> None:
    for n, payload in enumerate(payloads):
        for k in range(each):
            template = ADDRESSES[(n + k) % len(ADDRESSES)]
            path = template.format(quote(payload, safe=""), convention=demo["convention"])
            await window.look(demo["url"] + path.replace("%2F", "/") if template == "/{0}" else demo["url"] + path)
    assert window.ran == []
    assert window.blocked == []
    assert len(window.shown) > len(payloads) // 8


async def test_nothing_runs_out_of_an_address(demo: Demo, window: Watch) -> None:
    await _addresses(demo, window, PAYLOADS[::SAMPLE], 1)


@pytest.mark.faults
async def test_nothing_runs_out_of_any_address(demo: Demo, window: Watch) -> None:
    await _addresses(demo, window, PAYLOADS, len(ADDRESSES))


async def test_typed_words_come_back_harmless(demo: Demo, window: Watch) -> None:
    """A form that is refused shows everything that was typed."""
    for path, fields in (
        (f"/{demo['convention']}/register", REGISTERED),
        ("/sign-in", ("email", "next")),
    ):
        await window.page.goto(demo["url"] + path)
        for payload in PAYLOADS[:: SAMPLE * 2]:
            body = urlencode(dict.fromkeys(fields, payload))
            answer = await window.page.request.post(
                demo["url"] + path, data=body, headers={"content-type": "application/x-www-form-urlencoded",
                                                        "accept": "text/html", "origin": demo["url"]},
            )  # fmt: skip
            assert answer.status == 422
            await window.page.set_content(await answer.text())
            window.ran.extend(await window.page.evaluate(STRANGE))
            window.shown |= {int(n) for n in NUMBER.findall(await window.page.evaluate(SEEN))}
    assert window.ran == []
    assert len(window.shown) >= len(PAYLOADS) // 6


async def _plant_raw(demo: Demo, window: Watch, *, policy: bool) -> None:
    """Put payloads into a page as they are, with or without the policy of the page."""

    async def spoil(route: Any) -> None:
        answer = await route.fetch()
        html = (await answer.text()).replace("</main>", f"{PAYLOADS[0]}{PAYLOADS[5]}{PAYLOADS[9]}</main>")
        kept = {k: v for k, v in answer.headers.items() if policy or k != "content-security-policy"}
        await route.fulfill(status=200, headers=kept, body=html)

    await window.page.route("**/accessibility", spoil)
    await window.page.goto(demo["url"] + "/accessibility")
    await window.page.wait_for_load_state("networkidle")


async def test_control_without_a_policy_they_run(demo: Demo, window: Watch) -> None:
    await _plant_raw(demo, window, policy=False)
    assert {line.rpartition(" ")[2] for line in window.ran} == {"0", "5", "9"}


async def test_control_the_policy_blocks_what_is_inline(demo: Demo, window: Watch) -> None:
    await _plant_raw(demo, window, policy=True)
    assert window.ran == []
    assert len(window.blocked) >= 3
    assert await window.page.evaluate(STRANGE), "and the look at the page finds it as well"
