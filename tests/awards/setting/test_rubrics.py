"""Rubrics: the template, a page for each criterion, a version for every change."""

from uuid import UUID

import pytest

from app.awards import rubric
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.setting.desk import at_desk, last
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")
BASE = "/awards/green-2026/rubrics"
CRITERION = {
    "key": "courage",
    "weight": "10",
    "title.en": "Courage",
    "title.ja": "勇気",
    "levels.0.value": "0",
    "levels.0.text.en": "None",
    "levels.0.text.ja": "なし",
    "levels.1.value": "2.5",
    "levels.1.text.en": "Much",
    "levels.1.text.ja": "多い",
}


async def body(key: UUID) -> rubric.Rubric:
    return rubric.decode(str(await value("SELECT body FROM rubric WHERE id = $1", key)))


async def test_the_template_is_complete_and_an_empty_rubric_says_what_it_lacks(app: Frame) -> None:
    award = await planting.award()
    async with at_desk(app, award) as desk:
        made = last(await desk.post(BASE, data={"name": "Green", "template": "true"}))
        assert (await body(made)).criteria == rubric.default().criteria
        assert "Still missing" not in (await desk.get(f"{BASE}/{made}")).text
        empty = last(await desk.post(BASE, data={"name": "Mine"}))
        page = (await desk.get(f"{BASE}/{empty}")).text
        assert "The weights add up to 0; they must make 100." in page
        assert "A rubric has 1 to 20 criteria." in page
        assert (await desk.post(BASE, data={"name": "Mine"})).status_code == 422
        assert (await desk.get(BASE)).text.count("things missing") == 1


async def test_every_change_is_a_version_and_draft_rounds_follow(app: Frame) -> None:
    award = await planting.award()
    first = await planting.rubric(award)
    group = await planting.category(award)
    draft = await planting.round_(group, first)
    opened = await planting.round_(group, first, position=2)
    await planting.open_round(opened)
    async with at_desk(app, award) as desk:
        second = last(await desk.post(f"{BASE}/{first}/criteria/3", data=CRITERION))
        assert await value("SELECT version FROM rubric WHERE id = $1", second) == 2
        assert await value("SELECT rubric FROM award_round WHERE id = $1", draft) == second
        assert await value("SELECT rubric FROM award_round WHERE id = $1", opened) == first
        assert (await body(first)) == planting.RUBRIC
        added = (await body(second)).criteria[3]
        assert [(level.value, level.text["en"]) for level in added.levels] == [(0.0, "None"), (2.5, "Much")]
        same = last(await desk.post(f"{BASE}/{second}/criteria/3", data=CRITERION))
        assert same == second
        assert (await desk.post(f"{BASE}/{first}/criteria/3", data=CRITERION)).status_code == 409
        assert "There is a newer version" in (await desk.get(f"{BASE}/{first}")).text
        third = last(await desk.post(f"{BASE}/{second}/criteria/0/remove"))
        assert [one.key for one in (await body(third)).criteria] == ["design", "scaling", "courage"]
        assert await value("SELECT digest FROM rubric WHERE id = $1", third) == rubric.digest(
            str(await value("SELECT body FROM rubric WHERE id = $1", third))
        )


async def test_levels_are_added_and_removed_without_scripts(app: Frame) -> None:
    award = await planting.award()
    key = await planting.rubric(award)
    async with at_desk(app, award) as desk:
        path = f"{BASE}/{key}/criteria/3"
        more = (await desk.post(path, data={**CRITERION, "action": "add.levels"})).text
        assert 'name="levels.2.value"' in more
        fewer = (await desk.post(path, data={**CRITERION, "levels.2.value": "3", "action": "remove.levels.0"})).text
        assert 'name="levels.2.value"' not in fewer
        assert 'value="2.5"' in fewer
        assert 'value="0"' not in fewer.partition("levels-0-value")[2].partition(">")[0]
    assert await value("SELECT count(*) FROM rubric") == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "impact"}, "key"),
        ({"key": "Big Impact"}, "key"),
        ({"weight": "0"}, "weight"),
        ({"weight": "101"}, "weight"),
        ({"levels.1.value": "0"}, "levels-1-value"),
        ({"levels.1.value": "many"}, "levels-1-value"),
        ({"levels.1.value": "nan"}, "levels-1-value"),
    ],
)
async def test_a_criterion_that_cannot_be_says_where(app: Frame, wrong: dict[str, str], field: str) -> None:
    award = await planting.award()
    key = await planting.rubric(award)
    async with at_desk(app, award) as desk:
        answer = await desk.post(f"{BASE}/{key}/criteria/3", data={**CRITERION, **wrong})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert (await desk.get(f"{BASE}/{key}/criteria/4")).status_code == 404
        assert (await desk.post(f"{BASE}/{key}/criteria/4", data=CRITERION)).status_code == 404
    assert await value("SELECT count(*) FROM rubric") == 1


async def test_rubrics_of_other_awards_are_not_found(app: Frame) -> None:
    theirs = await planting.rubric(await planting.award())
    other = await planting.award("other-2026")
    async with at_desk(app, other) as desk:
        for base in (BASE, "/awards/other-2026/rubrics"):
            assert (await desk.get(f"{base}/{theirs}")).status_code == 404
            assert (await desk.post(f"{base}/{theirs}/criteria/0", data=CRITERION)).status_code == 404
            assert (await desk.post(f"{base}/{theirs}/criteria/0/remove")).status_code == 404
    assert await fetch("SELECT 1 FROM rubric WHERE version > 1") == []
