"""A whole award as people live it: entered by two pairs, judged by three on phones, released by two, checked."""

import asyncio
import datetime as dt
import io
import re
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
import pytest
import zxingcpp
from playwright.async_api import Browser, expect

from tests.browser import planting
from tests.browser.conftest import sign_in
from tests.browser.planting import Demo
from tests.browser.test_passkeys import at_localhost, with_phone
from tests.browser.window import Window

ZONE = ZoneInfo("Asia/Tokyo")
WON = ("Hafenwärme KK", "Fjordvarme ApS", "A river that heats the town")
LOST = ("塩の海株式会社", "Salz GmbH", "Salt that cools")
JUDGES = (("ja", "Judge in Japanese"), ("en", "Judge in English"), ("en", "Second judge in English"))


class Play:
    """The people of an award and what they have made so far."""

    def __init__(self, chromium: Browser, demo: Demo, slug: str, language: str, width: int) -> None:
        self.chromium, self.demo, self.slug = chromium, demo, slug
        self.language, self.width = language, width
        self.base, self.round = f"/awards/{slug}", ""
        self.judges: list[Window] = []

    @property
    def title(self) -> str:
        """The title of the award, the same in both languages."""
        return f"Harbour {self.slug}"

    async def window(self, language: str | None = None, width: int = 390) -> Window:
        """Open a browser; phones unless said otherwise."""
        return await Window.of(self.chromium, self.demo, language=language or self.language, width=width)

    async def at_work(self, role: str) -> Window:
        """Sign somebody of the office in."""
        found = await self.window(width=self.width)
        await sign_in(found.page, self.demo, role)
        return found

    def address(self, nth: int) -> str:
        """The mail address of a judge."""
        return f"judge{nth}@{self.slug}.example"

    def clock(self, **ago: float) -> str:
        """What one types for a moment before now."""
        return (
            f"{dt.datetime.now(ZONE) - dt.timedelta(**ago):%Y-%m-%dT%H:%M}"  # a real browser in front of a real clock
        )

    async def over(self, what: str, moments: str) -> None:
        """Let time pass that nobody can wait for: what entries were given is over a minute ago."""
        async with planting.database(self.demo) as found:
            await found.execute(f"UPDATE {what} SET {moments} WHERE slug = $1", f"pairs-{self.slug}")


async def set_up(play: Play, officer: Window, secretary: Window) -> None:
    """Let an officer make the award and give it to its secretary; the secretary does the rest."""
    await officer.open("/awards/new")
    await officer.fill({"convention": await _convention(play.demo), "languages": "ja", "slug": play.slug})
    await officer.fill({"title.en": play.title, "title.ja": play.title})
    await officer.fill({"languages": "en", "description.en": "For pairs.", "description.ja": "ペアのための賞です。"})
    await officer.press("Make the award")
    await officer.open("/office/people?role=secretary")
    await officer.follow(officer.page.get_by_role("rowheader").get_by_role("link").first)
    await officer.page.locator("label.choice", has_text=play.title).locator("input").check()
    await officer.press("Save")
    await secretary.open(play.base)
    await secretary.press("Publish the award")
    await _category(play, secretary)
    await _rubric(play, secretary)
    await _round(play, secretary)


async def _convention(demo: Demo) -> str:
    return await planting.first(demo, "SELECT id FROM convention WHERE slug = $1", demo["convention"])


async def _category(play: Play, secretary: Window) -> None:
    await secretary.press("Add a category", "link")
    names = {"title.en": "Pairs", "title.ja": "ペア", "slug": f"pairs-{play.slug}"}
    times = {"zone": "Asia/Tokyo", "opens_at": play.clock(days=30), "closes_at": play.clock(days=-1)}
    await secretary.fill({**names, **times, "least_members": "2", "evidence": False})
    await secretary.press("Save")


async def _rubric(play: Play, secretary: Window) -> None:
    await secretary.open(f"{play.base}/rubrics")
    await secretary.fill({"name": play.title, "template": True})
    await secretary.press("Add")
    await secretary.open(f"{play.base}/rubrics")
    assert await secretary.sees(secretary.said("Complete"))


async def _round(play: Play, secretary: Window) -> None:
    await secretary.open(play.base)
    await secretary.press("Add a round", "link")
    rubric = await planting.first(play.demo, "SELECT id FROM rubric WHERE name = $1", play.title)
    times = {"zone": "Asia/Tokyo", "opens_at": play.clock(hours=1), "closes_at": play.clock(days=-9)}
    kind = {"title.en": "Documents", "title.ja": "書類審査", "kind": "final", "method": "scores", "rubric": rubric}
    await secretary.fill({**kind, **times, "each": "2", "best": "1", "blind": True, "peers": "after_close"})
    await secretary.press("Save")
    play.round = secretary.path
    assert re.fullmatch(rf"{play.base}/rounds/[0-9a-f-]{{36}}", play.round)


async def invite(play: Play, secretary: Window) -> None:
    """Invite three judges; each accepts on a phone, adds a passkey and fills in a profile."""
    for nth, (language, label) in enumerate(JUDGES):
        await secretary.open("/console/invitations/new/judge")
        await secretary.fill({"email": play.address(nth), "label": label, "language": language})
        await secretary.page.locator("label.choice", has_text=play.title).locator("input").check()
        await secretary.press("Send the invitation")
    play.judges = list(await asyncio.gather(*(_accept(play, nth, *one) for nth, one in enumerate(JUDGES))))


async def _accept(play: Play, nth: int, language: str, label: str) -> Window:
    """Come in by the link of the mail, by the name that passkeys answer to."""
    judge = await play.window(language)
    judge.base = at_localhost(judge.base)
    await with_phone(judge.page)
    await judge.open(await planting.link(play.demo, play.address(nth), "invitations"))
    await judge.press("Accept and come in")
    await judge.press("Add a passkey", "link")
    await judge.fill({"name": "My phone"})
    await judge.press("Add a passkey")
    await judge.page.get_by_role("rowheader", name="My phone").wait_for()
    await judge.open(f"/judging/{play.slug}/profile")
    await judge.fill({"names": f"{label}\n山田 太郎" if language == "ja" else label, "languages": language})
    await judge.press("Save")
    return judge


async def enter(play: Play, pair: tuple[str, str, str], language: str) -> tuple[str, str]:
    """Enter as a pair: begin, write, name the partner, hand in; the partner signs off by its own link."""
    lead, other, title = pair
    mails = [f"{who}@{title.split()[-1].lower()}.{play.slug}.example" for who in ("lead", "other")]
    mine = await play.window(language)
    await mine.open(f"/{play.demo['convention']}/awards/{play.slug}")
    await mine.press("Enter", "link")
    await mine.fill({"organisation": lead, "country": "JP", "name": "佐藤 葵", "email": mails[0]})
    await mine.press("Send me the link")
    address = await planting.link(play.demo, mails[0], "entries")
    await mine.open(f"{address}/texts/en")
    await mine.fill({"title": title, "summary": "Heat for 900 homes.", "solution": "Two pumps and one exchanger."})
    await mine.press("Save")
    await mine.open(f"{address}/members")
    who = {"organisation": other, "kind": "startup", "country": "DE", "name": "Freja Holm", "email": mails[1]}
    await mine.fill({**who, "language": "en"})
    await mine.press("Add and write to them")
    await mine.open(address)
    await mine.press("Hand in")
    await mine.close()
    return address, await _sign(play, mails[1])


async def _sign(play: Play, mail: str) -> str:
    theirs = await play.window("en")
    address = await planting.link(play.demo, mail, "entries")
    await theirs.open(address)
    await theirs.press("Read and sign off", "link")
    await theirs.press("Sign off this version")
    await theirs.close()
    return address


async def open_round(play: Play, secretary: Window) -> None:
    """Give the judges their numbers, seat all of them, and open the round."""
    await secretary.open(f"{play.base}/judges")
    await secretary.open(f"{play.round}/panel")
    for box in await secretary.page.locator("main input[name=judges]").all():
        await box.check()
    chair = await secretary.page.locator("main input[name=judges]").first.get_attribute("value")
    await secretary.fill({"chair": chair})
    await secretary.press("Save")
    await secretary.open(play.round)
    await secretary.press("Open the round", "link")
    await secretary.press("Open the round")


async def declare(play: Play, judge: Window) -> None:
    """Let a judge say that nothing ties him to anybody."""
    await judge.open(f"/judging/{play.slug}/declare")
    assert not await judge.sees(WON[2]), "no content before the declaration"
    await judge.fill({"sure": True})
    await judge.press("Declare")


async def assign(play: Play, secretary: Window, keep: str) -> None:
    """Have who judges what worked out, wait for it, and take it."""
    await secretary.open(f"{play.round}/assignments")
    await secretary.fill({"keep": keep})
    await secretary.press("Work it out")
    take = secretary.named("Take this proposal")
    await expect(take).to_be_visible(timeout=20_000)
    await secretary.press("Take this proposal")


async def entries_of(play: Play, judge: Window) -> list[tuple[str, str]]:
    """Return path and title of what a judge has to judge."""
    await judge.open(play.round.replace("/awards/", "/judging/", 1).replace("/rounds", ""))
    links = await judge.page.locator("main tbody th a").all()
    return [(str(await one.get_attribute("href")), await one.inner_text()) for one in links]


async def recuse(play: Play, secretary: Window) -> None:
    """Let the first judge who has the second entry step back from it; whoever is left takes over."""
    has = [(judge, path) for judge in play.judges for path, title in await entries_of(play, judge) if LOST[2] in title]
    judge, path = has[0]
    await judge.open(path)
    await judge.press("Do you have a tie to this entry?", "link")
    await judge.fill({"tie": "other", "note": "We shared an office."})
    await judge.press("I have a tie")
    assert path not in [path for path, _title in await entries_of(play, judge)]
    await secretary.open(f"{play.round}/conflicts")
    await secretary.press("Decide", "link")
    await secretary.fill({"decision": "confirmed", "reason": "They have shared an office."})
    await secretary.press("Decide")
    await assign(play, secretary, "standing")
    assert path not in [path for path, _title in await entries_of(play, judge)], "never again"


async def one_more(play: Play, secretary: Window) -> None:
    """Give the first entry all three judges by hand, which breaks the rule of two and needs a reason."""
    await secretary.open(f"{play.round}/assignments")
    await secretary.press("Change", "link")
    for box in await secretary.page.locator("main input[name=judges]").all():
        await box.check()
    await secretary.fill({"reason": "A third reading makes the order surer."})
    await secretary.press("Save")


async def score(play: Play, judge: Window) -> None:
    """Let a judge fill in every sheet, the better one for the pair that is to win; some are stricter than others."""
    for path, title in await entries_of(play, judge):
        await judge.open(path)
        best = WON[2] in title
        assert not [name for name in (*WON[:2], *LOST[:2]) if await judge.sees(name)], "blind"
        for sheet in await judge.page.locator(".levels").all():
            await sheet.locator(f"input[value='{5 - play.judges.index(judge) if best else 2}']").check()
        await judge.page.locator("#to_applicant").fill("Clear and brave." if best else "Show more numbers.")
        await judge.press("Submit, and on to the next")


async def decide(play: Play, secretary: Window) -> None:
    """Close the round, read the ranking, write the minutes by it."""
    await secretary.open(play.round)
    await secretary.press("Close the round")
    await secretary.open(f"{play.round}/ranking")
    rows = await secretary.page.locator("main table").first.locator("tbody th").all_inner_texts()
    assert [WON[2] in rows[0], LOST[2] in rows[1]] == [True, True]
    assert await secretary.page.locator("main svg.meter-bar").count() == 2, "intervals"
    await secretary.open(f"{play.round}/deliberation/new")
    for box in await secretary.page.locator("main input[name=present]").all():
        await box.check()
    chair = await secretary.page.locator("main input[name=present]").first.get_attribute("value")
    await secretary.fill({"held_at": play.clock(), "chair": chair, "minutes": "We agreed on the river."})
    places = secretary.page.locator("main input[type=number]")
    for n in range(2):
        await places.nth(n).fill(str(n + 1))
    for box in await secretary.page.locator("main input[name^='out.']").all():
        await box.check()
    await secretary.press("Keep these minutes")


async def release(play: Play, secretary: Window, officer: Window) -> None:
    """Let one propose and another approve; who proposed is offered nothing more."""
    await secretary.open(f"{play.round}/release")
    await secretary.press("Propose this result")
    assert await secretary.named("Approve and release", "link").count() == 0
    public = f"/{play.demo['convention']}/awards/{play.slug}/results"
    assert (await secretary.page.request.get(play.demo["url"] + public)).status == 404
    await officer.open(f"{play.round}/release")
    await officer.press("Approve and release", "link")
    await officer.press("Release for good")


async def check(play: Play, reader: Window) -> None:
    """See the winners, read the code on the certificate as a camera does, and follow it."""
    await reader.open(f"/{play.demo['convention']}/awards/{play.slug}")
    await reader.press("See the winners", "link")
    assert [await reader.sees(WON[2]), await reader.sees(LOST[2])] == [True, False]
    await reader.press("Certificate", "link")
    paper = await reader.named("Certificate as PDF", "link").get_attribute("href")
    async with httpx.AsyncClient(base_url=play.demo["url"]) as http:
        pdf = (await http.get(str(paper))).content
    picture = pypdfium2.PdfDocument(io.BytesIO(pdf))[0].render(scale=3).to_pil()
    [symbol] = zxingcpp.read_barcodes(picture)
    await reader.open(symbol.text)
    assert await reader.sees(WON[2])
    assert await reader.sees(reader.said("This certificate is genuine. Compare it with what our records say:"))


@pytest.mark.parametrize(
    ("language", "width"),
    [
        ("en", 1280),
        pytest.param("ja", 390, marks=pytest.mark.faults),
        pytest.param("de", 320, marks=pytest.mark.faults),
    ],
)
async def test_award_from_the_set_up_to_a_checked_certificate(
    demo: dict[str, Any], chromium: Browser, language: str, width: int
) -> None:
    play = Play(chromium, demo, f"harbour-{language}{width}-2026", language, width)
    officer, secretary = [await play.at_work(role) for role in ("officer", "secretary")]
    await set_up(play, officer, secretary)
    await invite(play, secretary)
    (lead, _other), (_lead, loser) = [
        await enter(play, pair, tag) for pair, tag in ((WON, play.language), (LOST, "ja"))
    ]
    await play.over("award_category", "closes_at = now() - interval '1 minute'")
    await open_round(play, secretary)
    await asyncio.gather(*(declare(play, judge) for judge in play.judges))
    await assign(play, secretary, "begun")
    await recuse(play, secretary)
    await one_more(play, secretary)
    await asyncio.gather(*(score(play, judge) for judge in play.judges))
    await decide(play, secretary)
    await release(play, secretary, officer)
    reader = await play.window()
    await check(play, reader)
    await reader.open(f"{loser}/result")
    assert [await reader.sees("Show more numbers."), await reader.sees("Clear and brave.")] == [True, False]
    await reader.open(f"{lead}/result")
    for window in (officer, secretary, reader, *play.judges):
        await window.close()
