"""A whole award through HTTP: set up, entered by two pairs, judged by three, decided, released by two, checked."""

import asyncio
import datetime as dt
import io
import re
import sys
from pathlib import Path
from uuid import UUID

import httpx
import pypdfium2
import pytest
import zxingcpp

from app.awards.reach import any_round
from app.awards.setting import rounds
from app.core import jobs
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.entering import entrants
from tests.awards.planting import Judged
from tests.awards.releasing.finished import desk as at_browser
from tests.awards.scoring.desks import put
from tests.awards.setting.desk import CATEGORY, ROUND, at_desk, last
from tests.awards.setting.test_awards import made
from tests.clock import Clock
from tests.conftest import client
from tests.doors import value

SLUG = "green-2026"
PAIRS = (
    ("Minato Heat K.K.", "Fjordvarme ApS", "A river that heats the town"),
    ("Umi KK", "Salz GmbH", "Salt that cools"),
)

pytestmark = pytest.mark.usefixtures("rollback")


async def set_up(app: Frame) -> tuple[UUID, UUID]:
    """Let an officer make the award, and its secretary the rest: category, rubric from the template, round."""
    async with at_desk(app, role="officer") as officer:
        assert (await made(officer)).status_code == 303
    award = UUID(str(await value("SELECT id FROM award WHERE slug = $1", SLUG)))
    async with at_desk(app, award) as secretary:
        assert (await secretary.post(f"/awards/{SLUG}/publish")).status_code == 303
        kind = {key: words for key, words in CATEGORY.items() if key != "evidence"}
        assert (await secretary.post(f"/awards/{SLUG}/categories/new", data=kind)).status_code == 303
        category = await value("SELECT id FROM award_category")
        await secretary.post(f"/awards/{SLUG}/rubrics", data={"name": "Green", "template": "true"})
        rubric = await value("SELECT id FROM rubric")
        round_ = {**ROUND, "rubric": str(rubric), "each": "2", "best": "1"}
        created = await secretary.post(f"/awards/{SLUG}/categories/{category}/rounds/new", data=round_)
    return award, last(created)


def slug(name: str) -> str:
    """Return the first word of a name for an address."""
    return name.partition(" ")[0].lower()


async def enter(http: httpx.AsyncClient, lead: str, other: str, title: str) -> tuple[str, str]:
    """Enter as a pair: begin, write in English, name the partner, hand in, sign off by the partner's own link."""
    await entrants.begin(http, organisation=lead, email=f"lead@{slug(lead)}.example")
    mine = await entrants.address_of(lead)
    await entrants.write(http, mine, title=title)
    theirs = await entrants.partner(http, mine, organisation=other, email=f"p@{slug(other)}.example")
    handed = await entrants.hand_in(http, mine)
    assert handed.status_code == 303, handed.text
    assert (await entrants.sign(http, theirs)).status_code == 303
    assert await entrants.state(mine) == "submitted"
    return mine, theirs


async def declare(judge: httpx.AsyncClient, tied: str = "") -> None:
    """Declare for the whole list, with a tie to the party of this name, if any."""
    asked = (await judge.get(f"/api/v1/awards/{SLUG}/declarations")).json()
    keys = [item["key"] for item in asked["items"] if tied and tied in str(item)]
    said = {"list": asked["list"], "tied": keys, "tie": "former_employer" if keys else "other", "note": "We met."}
    answer = await judge.post(f"/api/v1/awards/{SLUG}/declarations", json=said)
    assert answer.status_code == 201, answer.text
    assert bool(keys) == bool(tied)


async def test_award_from_the_set_up_to_a_checked_certificate(
    app: Frame, http: httpx.AsyncClient, clock: Clock, tmp_path: Path
) -> None:
    clock.moment = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    award, round_id = await set_up(app)
    addresses = [await enter(http, *pair) for pair in PAIRS]
    winner, other = (str(entrants.entry_of(mine)) for mine, _theirs in addresses)
    clock.moment = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    judges = [await planting.judge(award, languages=tags) for tags in (("ja",), ("en",), ("ja", "en"))]
    async with at_desk(app, award) as secretary:
        round_ = Round(secretary, round_id)
        await round_.open(judges)
        desks = [client(app, one.token) for one in judges]
        for judge, tied in zip(desks, ("", "", "Salz GmbH"), strict=True):
            await declare(judge, tied)
        await round_.confirm_the_tie()
        panels = await round_.assign(clock)
        assert str(judges[2].id) not in panels[other], "recused"
        for judge, one in zip(desks, judges, strict=True):
            for entry in [entry for entry, panel in panels.items() if str(one.id) in panel]:
                await round_.score(judge, entry, best=entry == winner)
        await round_.decide(judges)
    assert (await http.get(f"{round_.api}/results")).status_code == 404
    await release(app, http, award, round_)
    shown = (await http.get(f"/yokohama-2026/awards/{SLUG}/results", headers=entrants.HTML)).text
    assert (PAIRS[0][2] in shown, PAIRS[1][2] in shown) == (True, False)
    await check_certificate(http, re.findall(r"/award-certificates/([\w.~-]+)", shown)[0])
    await check_bundle(http, round_.api, tmp_path)
    feedback = (await http.get(f"{addresses[1][0]}/result", headers=entrants.HTML)).text
    assert ("Show more numbers." in feedback, "Clear and brave." in feedback) == (True, False)


class Round:
    """A round at the desk of its secretary."""

    def __init__(self, secretary: httpx.AsyncClient, key: UUID) -> None:
        self.secretary, self.key = secretary, key
        self.page, self.api = f"/awards/{SLUG}/rounds/{key}", f"/api/v1/awards/{SLUG}/rounds/{key}"

    async def open(self, judges: list[Judged]) -> None:
        """Seat the judges, the first as the chair, and open the round."""
        ids = [str(one.id) for one in judges]
        seated = await self.secretary.post(f"{self.page}/panel", data={"judges": ids, "chair": ids[0]})
        assert seated.status_code == 303
        opened = await self.secretary.post(f"{self.page}/open")
        assert opened.status_code == 303, re.findall(r"<li>(.*?)</li>", opened.text)

    async def confirm_the_tie(self) -> None:
        """Confirm the one tie that was declared."""
        [tie] = (await self.secretary.get(f"{self.api}/conflicts")).json()["conflicts"]
        said = {"decision": "confirmed", "reason": "Declared."}
        answer = await self.secretary.post(f"{self.api}/conflicts/{tie['id']}/decision", json=said)
        assert answer.status_code == 200, answer.text

    async def assign(self, clock: Clock) -> dict[str, set[str]]:
        """Have the assignment worked out, take it, and return the judges of each entry."""
        asked = await self.secretary.post(f"{self.api}/assignments:solve", json={})
        assert asked.status_code == 202, asked.text
        await jobs.drain(clock)
        run = (await self.secretary.get(asked.headers["location"])).json()
        assert run["state"] == "solved", run
        assert (await self.secretary.post(f"{self.api}/assignments/runs/{run['id']}/take")).is_success
        found = (await self.secretary.get(f"{self.api}/assignments")).json()
        return {panel["entry"]: {one["judge"] for one in panel["judges"]} for panel in found["panels"]}

    async def score(self, judge: httpx.AsyncClient, entry: str, *, best: bool) -> None:
        """Submit a sheet."""
        criteria = (await rounds.rubric_of(await any_round(self.key))).criteria
        values = {criterion.key: 5 if best else 2 for criterion in criteria}
        words = "Clear and brave." if best else "Show more numbers."
        answer = await put(judge, f"{self.api}/scores/{entry}", 0, values, to_applicant=words, submit=True)
        assert answer.status_code == 200, answer.text

    async def decide(self, judges: list[Judged]) -> None:
        """Close the round and write minutes that follow the ranking; whoever has a tie was not there."""
        assert (await self.secretary.post(f"{self.page}/close")).status_code == 303
        ranking = (await self.secretary.get(f"{self.api}/ranking")).json()
        assert [line["number"] for line in ranking["lines"]] == [1, 2]
        ids = [str(one.id) for one in judges[:2]]
        minutes = {"held_at": "2026-11-20T18:00", "present": ids, "chair": ids[0], "minutes": "We agreed."}
        places = {f"places.{line['entry']}": str(n) for n, line in enumerate(ranking["lines"], 1)}
        kept = await self.secretary.post(f"{self.page}/deliberation/new", data=minutes | places)
        assert kept.status_code == 303, re.findall(r"field__error[^>]*>(.*?)<", kept.text)


async def release(app: Frame, http: httpx.AsyncClient, award: UUID, round_: Round) -> None:
    """Propose as the secretary, approve as an officer; one person releases nothing."""
    async with at_browser(app, award) as one, at_browser(app, award, "officer") as other:
        assert (await one.post(f"{round_.page}/release")).status_code == 303
        asked = (await other.get(f"{round_.page}/release/approve")).text
        assert (await http.get(f"{round_.api}/results")).status_code == 404
        [key] = re.findall(r'name="release" value="([^"]+)"', asked)
        approved = await other.post(f"{round_.page}/release/approve", release=key)
        assert approved.status_code == 303, approved.text[:2000]


async def check_certificate(http: httpx.AsyncClient, code: str) -> None:
    """Read the code on the paper as a camera does; its page says that it is genuine."""
    paper = (await http.get(f"/award-certificates/{code}/certificate.pdf")).content
    picture = pypdfium2.PdfDocument(io.BytesIO(paper))[0].render(scale=3).to_pil()
    [symbol] = zxingcpp.read_barcodes(picture)
    genuine = await http.get(re.sub(r"^https?://[^/]+", "", symbol.text), headers=entrants.HTML)
    assert (genuine.status_code, PAIRS[0][2] in genuine.text) == (200, True)


async def check_bundle(http: httpx.AsyncClient, api: str, folder: Path) -> None:
    """Work the result out again with nothing but what is given out."""
    bundle, script = folder / "bundle.json", folder / "recompute.py"
    bundle.write_bytes((await http.get(f"{api}/bundle")).content)
    script.write_bytes((await http.get(f"{api}/recompute.py")).content)
    checked = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(script), str(bundle), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await checked.communicate()
    assert checked.returncode == 0, said.decode()
