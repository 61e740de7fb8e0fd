"""Every page of the application, each opened by whoever it is for: addresses come from the application's own routes."""

import asyncio
import itertools
import os
import re
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import msgspec
from playwright.async_api import Browser, BrowserContext, Page, Response

from app.core.catalogues import load, template
from app.core.i18n import DEFAULT
from app.core.settings import ROOT
from app.core.web.pages import DIST, STATIC
from app.people.policy import POLICY
from tests.browser import award_values, calendar_values, partner_values, planting
from tests.browser.conftest import sign_in
from tests.browser.planting import Demo

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text
RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
    .violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
READ = r"""() => {
  const tag = document.documentElement.lang, words = [], unmarked = [];
  const letters = {ja: /[\u3041-\u30fa\u30fc-\u30ff]/, ko: /[\uac00-\ud7a3]/, th: /[\u0e01-\u0e5b]/};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.parentElement;
    const said = walker.currentNode.data.trim(), lang = at.closest('[lang]').lang;
    if (at.closest('script')) continue;
    if (lang === tag) words.push(said);
    const by = Object.keys(letters).find(one => letters[one].test(said));
    if (by && by !== lang.split('-')[0]) unmarked.push(`${lang}: ${said}`);
  }
  const files = performance.getEntriesByType('resource').map(r => r.name.split('?')[0]);
  return {tag, words, unmarked, title: document.title, heads: document.querySelectorAll('h1').length,
    files: files.filter(name => /\.(js|css|wasm)$/.test(name))};
}"""
ROLES = ("anonymous", "attendee", "staff", "judge", "secretary", "partner", "organiser", "officer", "admin")
"""In the order of their power: a page is opened by the first of them whom it is for."""
PARAMETER = re.compile(r"\{(\w+)\}")
ENDLESS = {
    "GET /schema/{path}",
    "GET /static/{file_path}",
    "GET /dav/{path}",
    "GET /board/{convention}/stream",
    "GET /office/kpi/stream",
    "GET /api/v1/conventions/{convention}/board/stream",
}
"""Files below a folder, as many as there are, and streams, which do not end: none of them a page of ours."""
DATA = {"application/json", "application/ld+json"}
"""Scripts that are none: browsers run nothing of these types."""
NOT_FOUND_HERE = {
    "GET /sign-in/openid",
    "GET /sign-in/openid/back",
    "GET /.well-known/security.txt",
    "GET /tickets/{token}/ticket.pkpass",
    "GET /tickets/{token}/google-wallet",
    "GET /tickets/{token}/attendance.pdf",
    *award_values.NOT_HERE,
    *partner_values.NOT_HERE,
}
"""What the demo has not: it knows no provider of identities, nobody to tell of holes, no key to a wallet, no past."""

Values = dict[str, dict[str, str]]


class Visit(msgspec.Struct):
    """A page that was opened, and what is wrong with it, by kind."""

    route: str
    role: str
    language: str
    title: str = ""
    wrong: dict[str, list[str]] = {}
    files: list[str] = []

    @property
    def name(self) -> str:
        """How the visit is called when something is wrong."""
        return f"{self.route} ({self.role}, {self.language})"


class Inline(HTMLParser):
    """Finds what no policy lets run: scripts, styles and handlers inside the HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src") and given.get("type") not in DATA):
            self.found.append(tag)
        for name, value in attrs:
            script = (value or "").strip().lower().startswith(("javascript:", "vbscript:", "data:text"))
            if name == "style" or name.startswith("on") or script or name == "srcdoc":
                self.found.append(f"{tag} {name}={value}")


def inline(html: str) -> list[str]:
    """Return the inline scripts, styles and handlers of a page."""
    parser = Inline()
    parser.feed(html)
    return parser.found


class Untranslated:
    """Knows the keys of the interface, and tells which words of a page are a key that a language has no word for."""

    def __init__(self) -> None:
        keys = [key for message in template() if message.id for key in _forms(message.id)]
        self.plain = {key for key in keys if "%(" not in key and re.search("[A-Za-z]{2}", key)}
        self.words: dict[str, dict[str, str]] = {}

    def among(self, words: list[str], tag: str) -> list[str]:
        """Return the English keys among the words of a page in another language."""
        if tag == DEFAULT:
            return []
        if tag not in self.words:
            self.words[tag] = {m.id: str(m.string) for m in load(tag) if isinstance(m.id, str)}
        known = self.words[tag]
        meant = {*known.values()}  # a child is a "Kind" in German
        return sorted({word for word in words if word in self.plain and word not in meant})


def _forms(key: str | Sequence[str]) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)


def decoder() -> list[str]:
    """Return the addresses of what the scanner reads codes with, which only a camera makes it load."""
    return [
        f"{STATIC}/assets/{path.name}" for kind in ("decoder-*.js", "*.wasm") for path in (DIST / "assets").glob(kind)
    ]


async def values(demo: Demo) -> tuple[Values, str]:
    """Make a row of every kind, and return what stands for the parameters of each part of the site.

    The second value is the mail address of somebody who has registered.
    """
    at, number = await planting.ground(demo), itertools.count()
    async with planting.desk(demo, "organiser") as organiser, planting.desk(demo, "officer") as officer:
        made = await planting.event(organiser, at, lambda field, tag: f"{field.title()} {tag} {next(number)}")
        draft = await planting.send(officer, "/office/consents/new", _consent())
        news = planting.texts(lambda field, tag: f"{field.title()} {tag}", "subject", "body")
        message = await planting.send(organiser, f"/console/events/{made['event']}/messages/new", news)
        await planting.send(organiser, f"/console/events/{made['event']}/questions/new", _question())
        asked = {"opens_at": "09:00", "reentry": "false"}
        await planting.send(organiser, f"/console/events/{made['event']}/places/gates/{made['gate']}/rules/new", asked)
        codes = {"label": "Walker", "count": "2", "uses": "1"}
        await planting.send(organiser, f"/console/events/{made['event']}/vouchers/new", codes)
        made |= await _guest(demo, organiser, made)
        made |= await _reported(demo, organiser, made)
        await planting.send(officer, "/office/kpi/years/2026/freeze", {"reason": "A walk through every page"})
        audit = await _audit(demo)
    mail = "walker@example.org"
    registered = await planting.register(demo, mail, [{"name": "王小明"}], consents=["terms-2026", "news-2026"])
    unused = await planting.register(demo, "unused@example.org", [{"name": "王小明"}])
    ticket = registered["tickets"][0]["page_url"].rpartition("/")[2]
    text = await _page(demo, f"/tickets/{ticket}")
    join = re.findall(r"/join/([\w.~-]+)", text)[0]
    person = await planting.first(demo, "SELECT person FROM registration WHERE id = $1", UUID(registered["id"]))
    staff = await planting.first(demo, "SELECT id FROM account WHERE role = 'staff' LIMIT 1")
    slug = await planting.first(demo, "SELECT slug FROM event WHERE id = $1", UUID(made["event"]))
    owed = [await _payment(demo, registered["id"], at["organiser"], state) for state in ("due", "paid")]
    return {
        "/{convention}": {
            "convention": at["slug"],
            "event": slug,
            "session": "opening",
            "draft": await planting.begin(demo, {"yoxo-booth": 1, "citywide-pass": 1}),
        },
        "/console/events": made
        | {
            "message": message,
            "payment": owed[0],
            "rule": await planting.first(demo, "SELECT id FROM gate_rule WHERE gate = $1", UUID(made["gate"])),
            "question": await planting.first(
                demo, "SELECT id FROM question WHERE event = $1 LIMIT 1", UUID(made["event"])
            ),
        },
        "/receipts": {"token": await _receipt(demo, made["event"], owed[1])},
        "/console/staff": {"account": staff},
        "/console/devices": {"device": await planting.first(demo, "SELECT id FROM device LIMIT 1")},
        "/console/invitations/new": {"role": "staff"},
        "/office/people": {"account": staff},
        "/office/doubles": (double := {"double": await _double(demo, registered["id"], unused["id"])}),
        "/api/v1/attendance/doubles": double,
        "/office/conventions": {
            "convention": at["convention"],
            "venue": await planting.first(demo, "SELECT id FROM venue WHERE organiser IS NULL LIMIT 1"),
        },
        "/office/organisers": {"organiser": at["organiser"]},
        "/office/consents": {"text": draft},
        "/account/data": {"person": person},
        "/account/passkeys": {"passkey": await _passkey(demo)},
        "/gate": {"gate": demo["gates"][0]["id"]},
        "/board": {"convention": at["slug"], "event": made["event"]},
        "/kpi": {"year": "2026"},
        "/office/kpi": {"year": "2026", "audit": audit, "position": "1"},
        "/tickets": {"token": ticket},
        "/registrations": {  # one that was used can be neither passed on nor canceled
            "token": unused["manage_url"].rpartition("/")[2],
            "ticket": unused["tickets"][0]["id"],
        },
        "/count": {"token": await _poster(demo)},
        "/join": {"token": join},
        "/room": {"token": await _entered(demo, join)},
        "/certificates": {"code": await _certificate(demo, registered["tickets"][0]["id"], person)},
        "/withdraw": {"token": await _withdrawal(demo, person)},
        "/invitations": {"token": await _invited(demo, at)},
        "/other-address": {"token": await _challenge(demo, registered["manage_url"].rpartition("/")[2])},
        "/sign-in": {"token": demo["links"]["partner"].rpartition("/")[2]},
        "/calendars": {"name": f"{at['slug']}.ics"},
        "/calendars/{convention}": {"name": f"{slug}.ics", "convention": at["slug"]},
        "/api/v1/conventions": {"convention": at["slug"]},
        "/api/v1/events": {"event": made["event"]},
        "/api/v1/sessions": {"session": made["session"]},
        "/api/v1/registrations": {"token": registered["manage_url"].rpartition("/")[2]},
        "/api/v1/gates": {"gate": demo["gates"][0]["id"], "ticket": registered["tickets"][0]["id"]},
        **await award_values.values(demo),
        **await partner_values.values(demo),
        **await calendar_values.values(demo, re.findall(r"/calendars/private/([\w.-]+)", text)[0]),
    }, mail


def _consent() -> dict[str, str]:
    words = planting.texts(lambda field, tag: f"{field.title()} {tag}", "title", "body")
    return {"purpose": "photos", "version": "photos-2026", **words}


async def _payment(demo: Demo, registration: str, organiser: str, state: str) -> str:
    """Let somebody owe an organiser something, or have paid it."""
    return await planting.first(
        demo,
        "INSERT INTO payment (id, registration, organiser, provider, amount, tax, reference, state, due_at, settled_by,"
        " created_at, lines, received, refund, returned)"
        " SELECT gen_random_uuid(), r.id, $2, 'bank_transfer', 3300, 300,"
        " left(md5(random()::text), 10), $3::text, now() + interval '9 days', '', now(), jsonb_build_array("
        "jsonb_build_object('ticket', t.id, 'price', 3300, 'percent', 10)), CASE WHEN $3 = 'paid' THEN 3300 ELSE 0 END,"
        " 0, 0 FROM registration r JOIN ticket t ON t.registration = r.id AND t.position = 1 WHERE r.id = $1"
        " RETURNING id",
        *(UUID(registration), UUID(organiser), state),
    )


async def _receipt(demo: Demo, event: str, payment: str) -> str:
    """Return the token of a receipt, as the payment's page in the console links it."""
    async with planting.desk(demo, "organiser") as organiser:
        shown = await organiser.get(f"/console/events/{event}/payments/{payment}")
    return re.findall(r"/receipts/([\w-]+)", shown.text)[0]


async def _poster(demo: Demo) -> str:
    """Return the token of an event's poster, as the console links it."""
    async with planting.desk(demo, "officer") as officer:
        shown = await officer.get(f"/console/events/{demo['gates'][0]['event']}/walk-ups")
    return re.findall(r"/count/([\w-]+)", shown.text)[0]


def _question() -> dict[str, str]:
    words = planting.texts(lambda field, tag: f"{field.title()} {tag}", "label", "hint")
    choices = planting.texts(lambda _field, tag: f"Yes {tag}\nNo {tag}", "options")
    return {"kind": "choice", **words, **choices}


async def _guest(demo: Demo, organiser: httpx.AsyncClient, made: dict[str, str]) -> dict[str, str]:
    """Let a guest of the event send a file, and the organiser bring a list."""
    home = f"/console/events/{made['event']}"
    words = {"kind": "file", "label.en": "Card", "label.ja": "証明書"}
    await planting.send(organiser, f"{home}/questions/new", words)
    asked = "SELECT slug FROM question WHERE event = $1 AND kind = 'file'"
    question = await planting.first(demo, asked, UUID(made["event"]))
    slug = await planting.first(demo, "SELECT slug FROM ticket_type WHERE id = $1", UUID(made["ticket_type"]))
    sent = await organiser.post(
        f"/api/v1/conventions/{demo['convention']}/uploads/{question}",
        content=b"%PDF-1.7",
        headers={"content-type": "application/pdf"},
    )
    answers = {question: sent.json()["upload"]}
    guest = {"name": "孫", "ticket_type": slug, "needs": ["captions"], "answers": answers}
    registered = await planting.register(demo, "guest@example.org", [guest])
    listed = {
        "file": (
            "guests.csv",
            "Name,メール,Country,Shoe\n林,h@example.org,JP,7\nMistaken,x,Atlantis,8\n".encode(),
        )
    }
    brought = await organiser.post(f"{home}/guests/imports", files=listed)
    ticket = registered["tickets"][0]["id"]
    return {
        "ticket": ticket,
        "upload": await planting.first(demo, "SELECT id FROM upload WHERE ticket = $1", UUID(ticket)),
        "guest_import": brought.headers["location"].rpartition("/")[2],
        "deed": "block",
    }


async def _reported(demo: Demo, organiser: httpx.AsyncClient, made: dict[str, str]) -> dict[str, str]:
    """Bring a platform's report about a session, once to look at and once to take: somebody in it is not known."""
    await planting.first(demo, "UPDATE session SET mode = 'hybrid' WHERE id = $1 RETURNING id", UUID(made["session"]))
    begun = await planting.first(
        demo, "SELECT to_char(starts_at, 'YYYY-MM-DD') FROM session WHERE id = $1", UUID(made["session"])
    )
    line = f"Lena,{begun}T00:00:00Z,{begun}T00:30:00Z\n,{begun}T00:30:00Z,\n"
    report = {"file": ("report.csv", f"name,joined_at,left_at\n{line}".encode())}
    home = f"/console/events/{made['event']}/sessions/{made['session']}/reports"
    addresses = [(await organiser.post(home, files=report)).headers["location"] for _ in range(2)]
    await organiser.post(f"{addresses[0]}/take", data={})
    stay = await planting.first(demo, "SELECT id FROM reported_stay WHERE state <> 'dismissed' LIMIT 1")
    return {"report": addresses[1].rpartition("/")[2], "stay": stay}


async def _double(demo: Demo, one: str, other: str) -> str:
    """Let the persons of two registrations wait to be compared, and return the number of the pair."""
    return await planting.first(
        demo,
        "INSERT INTO double (id, first, second, reasons, automatic, found_at)"
        " SELECT gen_random_uuid(), least(a.person, b.person), greatest(a.person, b.person),"
        """ '["country", "name", "no_organisation"]', false, a.created_at"""
        " FROM registration a, registration b WHERE a.id = $1 AND b.id = $2"
        " ON CONFLICT (first, second) DO UPDATE SET reasons = double.reasons RETURNING id",
        UUID(one),
        UUID(other),
    )


async def _withdrawal(demo: Demo, person: str) -> str:
    """Return the token of the link that mails of news carry, made with the secret of the demo."""
    consent = await planting.first(
        demo, "SELECT id FROM consent WHERE person = $1 AND text = 'news-2026'", UUID(person)
    )
    words = f"print(c.withdrawal_token(UUID('{consent}')))"
    return await _made(demo, f"from uuid import UUID; from app.people import consents as c; {words}")


async def _certificate(demo: Demo, ticket: str, person: str) -> str:
    """Return the code of a certificate of attendance, made with the secret of the demo."""
    words = f"print(capability('certificate', UUID('{ticket}'), UUID('{person}')))"
    return await _made(demo, f"from uuid import UUID; from app.core.signing import capability; {words}")


async def _made(demo: Demo, words: str) -> str:
    """Run words of Python with the secret of the demo, and return what they print."""
    secret = (demo["folder"] / "secret").read_text().strip()
    environment = {**os.environ, "APP_SECRET_KEY": secret}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", words, env=environment, cwd=ROOT.parent, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip()


async def _passkey(demo: Demo) -> str:
    """Give the staff of the demo a passkey that opens nothing."""
    return await planting.passkey(demo, UUID(await planting.first(demo, "SELECT id FROM account WHERE role = 'staff'")))


async def _invited(demo: Demo, at: dict[str, str]) -> str:
    """Invite a partner as an officer does in a browser: with a fresh proof."""
    email = "invited@example.org"
    async with planting.signed_in(demo, "officer") as officer:
        form = {"email": email, "label": "Walker", "language": "en", "organisers": at["organiser"]}
        await planting.send(officer, "/console/invitations/new/staff", form)
    return (await planting.link(demo, email, "invitations")).rpartition("/")[2]


async def _challenge(demo: Demo, registration: str) -> str:
    """Name an address that somebody of another name is registered with, so that the page asks who one is."""
    other = "walker@work.example"
    await planting.register(demo, other, [{"name": "Walker", "reading": ""}])
    async with planting.desk(demo, "partner") as anybody:
        await planting.send(anybody, f"/registrations/{registration}/other-address", {"email": other})
    return (await planting.link(demo, other, "other-address")).rpartition("/")[2]


async def _entered(demo: Demo, join: str) -> str:
    """Go in by the button, and return the token of the room: nobody else is told it."""
    async with planting.desk(demo, "partner") as anybody:
        entered = await anybody.post(f"/join/{join}")
    return entered.headers["location"].rpartition("/")[2]


async def _audit(demo: Demo) -> str:
    """Plant a sample of one record, for nobody is counted in a demo that has just begun."""
    audit = await planting.first(
        demo,
        "INSERT INTO sampling_audit (id, fiscal_year, rule, position, head, counted, seed, size, drawn_by, drawn_at)"
        " SELECT gen_random_uuid(), fiscal_year, rule, position, head, 1, 1, 1, 'walk', now() FROM frozen_figure"
        " WHERE fiscal_year = $1 AND kind = 'frozen' RETURNING id",
        2026,
    )
    item = "INSERT INTO audit_item (id, audit, position, person) VALUES (gen_random_uuid(), $1, 1, gen_random_uuid())"
    await planting.first(demo, f"{item} RETURNING id", UUID(audit))
    return audit


async def _page(demo: Demo, path: str) -> str:
    async with planting.desk(demo, "partner") as anybody:
        return (await anybody.get(path)).text


def address(route: str, given: Values) -> str:
    """Fill the parameters of a route; `KeyError` for one that nobody has given a value."""
    path = route.removeprefix("GET ")
    parts = [part for part in given if path == part or path.startswith(f"{part}/")]
    found = given[max(parts, key=len)] if parts else {}
    if missing := [name for name in PARAMETER.findall(path) if name not in found]:
        raise KeyError(f"{route}: say in tests/browser/walk.py what stands for {', '.join(missing)}")
    return PARAMETER.sub(lambda name: quote(found[name[1]]), path)


def pages() -> list[str]:
    """Return every GET route of the application; the policy and the routes are the same set, or it does not start."""
    return sorted(route for route in POLICY if route.startswith("GET ") and route not in ENDLESS)


def readers(route: str) -> list[str]:
    """Return who may open a route, the least powerful first; a public one is looked at by strangers."""
    allowed: list[str] = [role for role in ROLES if role in POLICY[route]]
    return allowed[:1] if "anonymous" in allowed else allowed


class Walker:
    """Opens pages at 320 px, and writes down what is wrong with them."""

    def __init__(self, demo: Demo, browser: Browser, given: Values, mail: str) -> None:
        self.demo = demo
        self.browser = browser
        self.given = given
        self.mail = mail
        self.said: list[str] = []
        self.untranslated = Untranslated()
        self.at_work: dict[str, Page] = {}

    async def page_of(self, role: str, scheme: str = "light") -> Page:
        """Return the page of somebody, who signs in when first asked for."""
        if role not in self.at_work:
            context = await self.browser.new_context(viewport={"width": 320, "height": 800}, locale="en")
            self.at_work[role] = page = await self._enter(context, role)
            page.on("console", lambda m: self.said.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: self.said.append(str(error)))
        page = self.at_work[role]
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        return page

    async def _enter(self, context: BrowserContext, role: str) -> Page:
        page = await context.new_page()
        if role == "attendee":
            await page.goto(f"{self.demo['url']}/sign-in")
            await page.locator("main form input[name=email]").fill(self.mail)
            await page.locator("main form:has(input[name=email]) button[type=submit]").first.click()
            await page.wait_for_load_state()
            await page.goto(self.demo["url"] + await planting.link(self.demo, self.mail, "sign-in"))
            await page.locator("main form button[type=submit]").first.click()
            await page.wait_for_url("**/start")
            csrf = await page.locator("input[name=csrf]").first.get_attribute("value")
            url = f"{self.demo['url']}/account/authenticator"  # a secret that waits for its first code
            await page.request.post(url, headers={"x-csrf-token": csrf or "", "origin": self.demo["url"]})
        elif role != "anonymous":
            await sign_in(page, self.demo, role)
        return page

    async def visit(
        self, route: str, role: str, language: str, *, scheme: str = "light", axe: bool = True
    ) -> Visit | None:
        """Open a page, or return None when this is no page for this reader."""
        page = await self.page_of(role, scheme)
        path = address(route, self.given)
        mark = "&" if "?" in path else "?"
        self.said.clear()
        async with asyncio.timeout(60):
            answer = await self._open(page, f"{self.demo['url']}{path}{mark}lang={language}")
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return None
        found = Visit(route, role, language, wrong={})
        if answer.status != 200:
            found.wrong["status"] = [str(answer.status)]
            return found
        await self._examine(page, found, await answer.text())
        found.wrong["axe"] = await self._axe(page) if axe else []
        return found

    async def visit_first(self, route: str, language: str, *, scheme: str = "light", axe: bool = True) -> Visit | None:
        """Open a page as the least powerful reader who has it: some rows are out of somebody's scope."""
        found = None
        for role in readers(route):
            found = await self.visit(route, role, language, scheme=scheme, axe=axe)
            if found is None or found.wrong.get("status") != ["404"]:
                break
        return found

    async def _open(self, page: Page, url: str) -> Response | None:
        """Open an address; what is a file to keep is no page."""
        answer = await page.request.get(url, max_redirects=0, headers={"accept": "text/html"})
        if answer.status in range(300, 400) or "text/html" not in answer.headers.get("content-type", ""):
            return None
        return await page.goto(url)

    async def _examine(self, page: Page, found: Visit, html: str) -> None:
        read: dict[str, Any] = await page.evaluate(READ)
        overflow = await page.evaluate(OVERFLOW)
        said = list(self.said)  # by the page itself, before axe looks at it
        found.title, found.files = read["title"], sorted(set(read["files"]))
        found.wrong = {
            "overflow": [f"{overflow} px too wide"] if overflow else [],
            "language": [] if read["tag"] == found.language else [read["tag"]],
            "h1": [] if read["heads"] == 1 else [str(read["heads"])],
            "policy": said,
            "inline": inline(html),
            "untranslated": self.untranslated.among(read["words"], found.language),
            "unmarked": read["unmarked"],
        }

    async def _axe(self, page: Page) -> list[str]:
        await page.evaluate(AXE())
        found: list[str] = await page.evaluate(RUN_AXE)
        return found

    async def close(self) -> None:
        """Close every window."""
        for page in self.at_work.values():
            await page.context.close()
