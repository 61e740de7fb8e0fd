"""Awards and categories: made, changed, copied, published; other people's are not found."""

import datetime as dt

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.setting.desk import CATEGORY, actions, at_desk
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")
AWARD = {
    "slug": "green-2026",
    "title.en": "Green innovation",
    "title.ja": "グリーン",
    "languages": ["ja", "en"],
    "description.en": "Pairs of a company and a start-up.",
}


async def made(officer: httpx.AsyncClient, **other: object) -> httpx.Response:
    convention = str(await value("SELECT id FROM convention"))
    return await officer.post("/awards/new", data={**AWARD, "convention": convention, **other})


async def test_officers_make_awards_and_secretaries_see_their_own_alone(app: Frame) -> None:
    other = await planting.award("other-2026")
    async with at_desk(app, role="officer") as officer:
        assert (await made(officer)).headers["location"] == "/awards/green-2026?done=added"
        award = await value("SELECT id FROM award WHERE slug = 'green-2026'")
        assert "green-2026" in (await officer.get("/awards")).text
    async with at_desk(app, award) as mine:  # type: ignore[arg-type]
        found = (await mine.get("/awards")).text
        assert "/awards/green-2026" in found
        assert "other-2026" not in found
        assert (await mine.get("/awards/green-2026")).status_code == 200
        for path in ("", "/settings", "/rubrics", "/judges", "/categories/new"):
            assert (await mine.get(f"/awards/other-2026{path}")).status_code == 404
        assert (await mine.post("/awards/new", data=AWARD)).status_code == 403
    assert await actions(award) == ["award.create"]  # type: ignore[arg-type]
    assert await actions(other) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "green"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"slug": "taken-2026"}, "slug"),
        ({"title.ja": ""}, "title-ja"),
        ({"languages": []}, "languages"),
        ({"languages": ["xx"]}, "languages-0"),
        ({"convention": "00000000-0000-0000-0000-000000000000"}, "convention"),
        ({"model": "00000000-0000-0000-0000-000000000000"}, "model"),
    ],
)
async def test_an_award_that_cannot_be_is_shown_again(app: Frame, wrong: dict[str, object], field: str) -> None:
    await planting.award("taken-2026")
    async with at_desk(app, role="officer") as officer:
        answer = await made(officer, **wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert await value("SELECT count(*) FROM award") == 1


async def test_a_category_keeps_its_window_to_the_second_and_its_grace(app: Frame) -> None:
    award = await planting.award()
    async with at_desk(app, award) as desk:
        answer = await desk.post("/awards/green-2026/categories/new", data=CATEGORY)
        assert answer.headers["location"] == "/awards/green-2026?done=added"
        row = await fetch_one("SELECT * FROM award_category")
        assert row is not None
        assert row["closes_at"] == dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
        assert (row["grace_ms"], row["least_members"], row["evidence"]) == (90_000, 2, True)
        form = (await desk.get(f"/awards/green-2026/categories/{row['id']}")).text
        assert 'value="2026-11-20T17:00"' in form
        moved = {**CATEGORY, "zone": "Europe/Berlin", "seen": "0"}
        await desk.post(f"/awards/green-2026/categories/{row['id']}", data=moved)
        ends = await value("SELECT closes_at FROM award_category")
        assert ends == dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
        late = await desk.post(f"/awards/green-2026/categories/{row['id']}", data={**CATEGORY, "seen": "0"})
        assert late.status_code == 409
        assert "Somebody else has saved" in late.text
    assert await actions(award) == ["award_category.add", "award_category.change"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"closes_at": "2026-10-01T09:00"}, "closes_at"),
        ({"closes_at": "2028-10-01T09:00"}, "closes_at"),
        ({"closes_at": "soon"}, "closes_at"),
        ({"zone": "Nowhere/At-all"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": "Europe/Berlin", "opens_at": "2026-03-29T02:30"}, "opens_at"),
        ({"grace": "-1"}, "grace"),
        ({"grace": "86401"}, "grace"),
        ({"least_members": "0"}, "least_members"),
        ({"title.ja": ""}, "title-ja"),
        ({"slug": "Pairs"}, "slug"),
    ],
)
async def test_a_category_that_cannot_be_says_where(app: Frame, wrong: dict[str, str], field: str) -> None:
    award = await planting.award()
    async with at_desk(app, award) as desk:
        answer = await desk.post("/awards/green-2026/categories/new", data={**CATEGORY, **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert await value("SELECT count(*) FROM award_category") == 0


async def test_once_an_entry_is_begun_a_category_ends_later_and_never_earlier(app: Frame) -> None:
    award = await planting.award()
    async with at_desk(app, award) as desk:
        await desk.post("/awards/green-2026/categories/new", data=CATEGORY)
        key = await value("SELECT id FROM award_category")
        await planting.entry(key, state="draft")  # type: ignore[arg-type]
        path = f"/awards/green-2026/categories/{key}"
        for wrong in ({"closes_at": "2026-11-20T16:59"}, {"grace": "89"}, {"least_members": "3"}):
            assert (await desk.post(path, data={**CATEGORY, **wrong, "seen": "0"})).status_code == 422
        later = {**CATEGORY, "closes_at": "2026-11-20T17:01", "grace": "30", "seen": "0"}
        assert (await desk.post(path, data=later)).status_code == 303
        gone = await desk.post("/awards/green-2026/unpublish")
        assert gone.status_code == 409
        assert "so the award stays" in gone.text


async def test_publishing_and_hiding(app: Frame) -> None:
    award = await planting.award(published=False)
    await planting.category(award)
    public = "/yokohama-2026/awards/green-2026"
    async with at_desk(app, award) as desk, client(app) as stranger:
        assert (await stranger.get(public)).status_code == 404
        assert public not in (await stranger.get("/yokohama-2026/awards")).text
        assert (await stranger.get("/nowhere-2026/awards")).status_code == 404
        assert '<a href="/yokohama-2026/awards">' in (await stranger.get("/yokohama-2026")).text
        assert (await desk.post("/awards/green-2026/publish")).headers["location"].endswith("?done=published")
        assert (await desk.post("/awards/green-2026/publish")).status_code == 409
        assert f'href="{public}"' in (await stranger.get("/yokohama-2026/awards")).text
        shown = await stranger.get(public)
        assert shown.status_code == 200
        assert "/yokohama-2026/awards/green-2026/enter?category=" in shown.text
        assert (await stranger.get("/other-2026/awards/green-2026")).status_code == 404
        assert (await desk.post("/awards/green-2026/unpublish")).status_code == 303
        assert (await stranger.get(public)).status_code == 404
    assert await actions(award) == ["award.publish", "award.unpublish"]


async def test_the_public_page_says_until_when_in_the_place_and_stops_offering_at_the_end(
    app: Frame, clock: Clock
) -> None:
    award = await planting.award()
    await planting.category(award, closes_at=NOW + dt.timedelta(hours=1), grace_ms=1)
    async with client(app) as stranger:
        page = "/yokohama-2026/awards/green-2026"
        assert 'datetime="2026-11-21T11:00+09:00" data-local' in (await stranger.get(page)).text
        clock.forward(hours=1)
        assert "/enter?category=" in (await stranger.get(page)).text
        clock.forward(milliseconds=1)
        assert "/enter?category=" not in (await stranger.get(page)).text


async def test_a_copy_has_the_set_up_a_year_later_and_nothing_of_the_people(app: Frame) -> None:
    field = await planting.field()
    await fetch(
        "INSERT INTO convention SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(),"
        " 'slug', 'yokohama-2027', 'number', 999, 'first_day', c.first_day + 364, 'last_day', c.last_day + 364))).*"
        " FROM convention c"
    )
    following = str(await value("SELECT id FROM convention WHERE slug = 'yokohama-2027'"))
    async with at_desk(app, role="officer") as officer:
        await made(officer, slug="green-2027", convention=following, model=str(field.award))
    key = await value("SELECT id FROM award WHERE slug = 'green-2027'")
    old = await fetch_one("SELECT opens_at, closes_at FROM award_round WHERE id = $1", field.round)
    new = await fetch_one(
        "SELECT r.*, b.version FROM award_round r JOIN award_category g ON g.id = r.category"
        " JOIN rubric b ON b.id = r.rubric AND b.award = g.award WHERE g.award = $1",
        key,
    )
    assert old is not None
    assert new is not None
    assert new["opens_at"] - old["opens_at"] == new["closes_at"] - old["closes_at"] == dt.timedelta(days=364)
    assert (new["state"], new["rules"], new["opened_at"], new["version"]) == ("draft", None, None, 1)
    assert await value("SELECT next_number FROM award_category WHERE award = $1", key) == 1
    assert await value("SELECT count(*) FROM judge WHERE award = $1", key) == 0
