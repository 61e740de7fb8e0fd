"""From a number to its people and from a pseudonym to its evidence."""

import re
from uuid import UUID

import httpx
import pytest

from app.core.web.frame import Frame
from app.kpi.board.people import PAGE
from tests.conftest import client
from tests.doors import token_for
from tests.kpi.ledgers import YEAR, correction, event, person, scan, stay
from tests.kpi.rows import write

LIST, ONE = "/office/kpi/people", "/office/kpi/person"


async def listed(officer: httpx.AsyncClient, **asked: object) -> tuple[str, list[UUID]]:
    answer = await officer.get(LIST, params={"fiscal_year": YEAR, **asked})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    found = re.findall(r'<th scope="row"><a class="mono" href="[^"]*person=([0-9a-f-]+)"', answer.text)
    return re.sub(r"\s+", " ", answer.text), [UUID(one) for one in found]


async def test_every_number_opens_into_its_people(officer: httpx.AsyncClient) -> None:
    await write([scan(0, 1), stay(0, 1), scan(0, 2, residence="KR"), stay(0, 3), scan(0, 4, residence="JP")])
    for asked, people in (
        ({}, [1, 2, 3]),
        ({"seen": "on_site"}, [1, 2]),
        ({"seen": "online"}, [1, 3]),
        ({"seen": "both"}, [1]),
        ({"by": "country", "of": "KR"}, [2]),
        ({"by": "country", "of": "SG", "seen": "online"}, [1, 3]),
        ({"by": "day", "of": "2026-11-14"}, [1, 2, 3]),
        ({"by": "day", "of": "2026-11-15"}, []),
        ({"by": "event", "of": event(1)}, [1, 2, 3]),
        ({"by": "venue"}, [1, 2]),
    ):
        text, found = await listed(officer, **asked)
        assert found == [person(one) for one in people], asked
        assert f"{len(people)} {'person' if len(people) == 1 else 'people'}</h2>" in text


async def test_long_lists_come_in_pages_without_gap_or_repetition(officer: httpx.AsyncClient) -> None:
    await write([scan(0, who) for who in range(1, 2 * PAGE + 2)])
    text, first = await listed(officer)
    found, more = list(first), re.search(r'rel="next" href="[^"]*after=([0-9a-f-]+)"', text)
    while more:
        text, page = await listed(officer, after=more[1])
        found += page
        more = re.search(r'rel="next" href="[^"]*after=([0-9a-f-]+)"', text)
    assert len(first) == PAGE
    assert found == [person(who) for who in range(1, 2 * PAGE + 2)]


@pytest.mark.parametrize(
    "cell",
    [
        {"by": "day", "of": "yesterday"},
        {"by": "event", "of": "7"},
        {"by": "venue", "of": "7"},
        {"by": "country", "of": "XX"},
        {"by": "all", "of": "x"},
    ],
)
async def test_what_is_no_cell_is_not_found(officer: httpx.AsyncClient, cell: dict[str, str]) -> None:
    assert (await officer.get(LIST, params=cell)).status_code == 404


async def test_pseudonym_is_explained_by_its_evidence(officer: httpx.AsyncClient) -> None:
    await write([scan(0, 1), stay(0, 1, minutes=12.5), correction(0, "residence", 1, residence="KR")])
    answer = await officer.get(ONE, params={"fiscal_year": YEAR, "person": str(person(1))})
    text = re.sub(r"\s+", " ", answer.text)
    assert '<h2 id="verdict">Counts once</h2>' in text
    assert "Lives in South Korea." in text
    assert "Declarations contradict each other" in text
    assert "<td>on site and online</td>" in text
    assert "<td>Read at a gate</td><td>A</td>" in text
    assert '<td class="number">12</td>' in text
    assert "<td>o-1: asked</td>" in text
    assert text.count('<span class="tag tag--success">yes</span>') == 2


async def test_pseudonym_that_does_not_count_says_so(officer: httpx.AsyncClient) -> None:
    await write([scan(0, 1, residence="JP")])
    answer = await officer.get(ONE, params={"fiscal_year": YEAR, "person": str(person(1))})
    assert "Does not count" in answer.text
    assert (await officer.get(ONE, params={"person": str(person(2))})).status_code == 404
    assert (await officer.get(ONE, params={"person": "x"})).status_code == 422
    assert "Explain a pseudonym" in (await officer.get(ONE)).text


async def test_people_are_for_the_office(app: Frame, http: httpx.AsyncClient) -> None:
    for path in (LIST, ONE):
        assert (await http.get(path)).status_code == 401
        async with client(app, await token_for("organiser")) as organiser:
            assert (await organiser.get(path)).status_code == 403
