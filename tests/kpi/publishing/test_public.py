"""What everybody sees: page, CSV, JSON and the council's paper say the same numbers, and nothing of small countries."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator

import httpx
import pypdfium2
import pytest

from app.core.i18n import LANGUAGES
from app.kpi.freezing import freeze
from app.kpi.publishing.open_data import CSV, CSV_SCHEMA, JSON, JSON_SCHEMA, LICENCE
from app.kpi.publishing.publication import TOTALS
from app.kpi.publishing.releasing import release
from tests.clock import NOW
from tests.kpi.ledgers import OPENING, YEAR, correction, event, scan, stay
from tests.kpi.publishing.conformity import faults
from tests.kpi.rows import write
from tests.ticketing.wishes import member, register, wish

COLUMNS = ("people", "on_site", "online", "both")
CARDS = {
    "people": f"People from overseas, fiscal year {YEAR}", "on_site": "On site", "online": "Online", "both": "Both",
    "core_only": "Core events alone", "visits": "Visits", "participations": "Participations",
    "registrations": "Registrations", "unknown_residence": "Residence unknown",
}  # fmt: skip
LABELS = {
    "people": "海外からの参加者数（実人数）", "on_site": "会場での参加", "online": "オンラインでの参加",
    "both": "うち両方での参加", "core_only": "中核の催しのみ", "visits": "延べ参加", "participations": "催しへの参加",
    "registrations": "登録", "unknown_residence": "居住地不明",
}  # fmt: skip
NEXT_DAY = OPENING + dt.timedelta(days=1)
NUMBER = r"([0-9][0-9,]*)"


def people() -> Iterator[object]:
    """A thousand and more people, so that numbers have a comma, and every line has a number of its own."""
    who = 0
    residents = {"SG": 600, "KR": 420, "DE": 60, "TH": 9, "VN": 7, "MY": 3, "FR": 8, "IT": 4, None: 5, "JP": 30}
    for residence, n in residents.items():
        for at in range(n):
            who += 1
            yield scan(0, who, residence=residence) if at % 3 else stay(0, who, minutes=20, residence=residence)
            if at % 7 == 0:
                yield stay(0, who, event=event(2), scope="core", minutes=40, residence=residence)
            if at % 11 == 0:
                yield scan(0, who, event=event(3), scope="core", residence=residence)
            if at % 13 == 0:
                yield scan(0, who, event=event(3), scheduled_at=NEXT_DAY, starts_at=NEXT_DAY, residence=residence)
    yield from (stay(0, 5000 + n, minutes=5, residence="SG") for n in range(17))
    yield from (stay(0, 6000 + n, minutes=0.5, residence="SG") for n in range(6))


@pytest.fixture
async def counted(http):
    await write(people())
    assert (await register(http, wish(member(residence="SG"), member(residence="KR", name="김")))).status_code == 201
    assert await release(fiscal_year=YEAR, now=NOW)
    return http


@pytest.fixture
async def frozen(http, clock):
    """The year frozen and its table released, and restated after five people were taken out."""
    await write(people())
    await freeze.freeze(fiscal_year=YEAR, operator="officer", reason="early", now=NOW)
    assert await release(fiscal_year=YEAR, now=NOW)
    await write([correction(0, "residence", who, residence="JP") for who in range(1, 6)])
    await freeze.restate(fiscal_year=YEAR, operator="officer", reason="declared later", now=NOW)
    return http


def whole(words: str) -> int:
    return int(words.replace(",", ""))


async def text_of(http: httpx.AsyncClient, path: str) -> str:
    answer = await http.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def of_csv(http: httpx.AsyncClient) -> dict[tuple[str, str], int]:
    rows = csv.DictReader(io.StringIO(await text_of(http, CSV), newline=""))
    return {(row["line"], row["of"]): int(row["number"]) for row in rows if row["fiscal_year"] == str(YEAR)}


async def of_json(http: httpx.AsyncClient) -> dict[tuple[str, str], int]:
    [year] = [y for y in (await http.get(JSON)).json()["years"] if y["fiscal_year"] == YEAR]
    found = {(name, ""): year[name] for name in TOTALS}
    found |= {("sensitivity", minutes): n for minutes, n in year["sensitivity"].items()}
    for row in year["by_country"]:
        found |= {(f"country_{name}", row["country"] or row["region"]): row[name] for name in COLUMNS}
    return found


async def of_page(http: httpx.AsyncClient) -> tuple[dict[str, int], list[list[int]], list[int]]:
    """Return totals by name, rows of the table by country, people by threshold."""
    html = await text_of(http, f"/kpi/{YEAR}?lang=en")
    cards = dict(re.findall(rf'kpi__label"[^>]*>([^<]+)</h\d>\s*<p class="kpi__number">{NUMBER} <', html))
    took_part = html.partition("<caption>How they took part")[2].partition("</table>")[0]
    rows = [[whole(n) for n in re.findall(rf'number">{NUMBER}</td>', row)] for row in took_part.split("<tr>")[2:]]
    thresholds = html.partition("<caption>People by threshold")[2].partition("</table>")[0]
    return {name: whole(cards[label]) for name, label in CARDS.items()}, rows, [
        whole(n) for n in re.findall(rf"<td>{NUMBER}</td>", thresholds)
    ]  # fmt: skip


async def of_paper(http: httpx.AsyncClient) -> tuple[dict[str, int], list[list[int]], list[int]]:
    document = pypdfium2.PdfDocument((await http.get(f"/kpi/{YEAR}/council.pdf")).content)
    words = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    totals = {name: whole(re.search(rf"{label}\s*{NUMBER}", words)[1]) for name, label in LABELS.items()}  # type: ignore[index]
    table = words.partition("国・地域別の実人数")[2].partition("数え方")[0]
    rows = [[whole(n) for n in row] for row in re.findall(rf" {NUMBER} {NUMBER} {NUMBER} {NUMBER}\s", table)]
    return totals, rows, [whole(n) for n in re.findall(rf"分以上(?:（採用）)?\s*{NUMBER} ?人", words)]


async def same_everywhere(http: httpx.AsyncClient) -> dict[str, int]:
    """Hold the four against each other; return the totals."""
    lines, page, paper = await of_csv(http), await of_page(http), await of_paper(http)
    named = {line: n for line, n in lines.items() if line[0] in TOTALS or line[0].startswith(("sens", "country"))}
    assert named == await of_json(http)
    assert page == paper
    totals = {name: lines[name, ""] for name in TOTALS}
    places = [of for line, of in lines if line == "country_people"]
    assert page == (
        totals,
        [[lines[f"country_{name}", place] for name in COLUMNS] for place in places],
        [lines["sensitivity", minutes] for minutes in ("0", "1", "10", "30")],
    )
    assert len(places) == 5
    return totals


async def test_page_csv_json_and_paper_show_the_same_numbers(counted):
    totals = await same_everywhere(counted)
    assert (totals["people"], len(set(totals.values()))) == (1111, 9)


async def test_page_csv_json_and_paper_of_a_frozen_year_show_the_same_numbers(frozen):
    assert (await same_everywhere(frozen))["people"] == 1111


async def test_api_says_the_same_as_the_page(counted):
    found = (await counted.get("/api/v1/kpi/overseas-participants")).json()
    totals, rows, thresholds = await of_page(counted)
    assert {name: found[name] for name in TOTALS} == totals
    assert [[row[name] for name in COLUMNS] for row in found["by_country"]] == rows
    assert [found["sensitivity"][m] for m in ("0", "1", "10", "30")] == thresholds


async def test_small_countries_are_named_nowhere(counted):
    for path in (f"/kpi/{YEAR}?lang=en", CSV, JSON):
        text = await text_of(counted, path)
        assert not re.search(r"Thailand|Vietnam|Malaysia|Italy|\bTH\b|\bVN\b|\bMY\b|\bIT\b", text)
        assert re.search(r"Singapore|\bSG\b", text)


async def test_frozen_year_stands_with_the_restated_value_beside_it(frozen):
    lines = await of_csv(frozen)
    assert (lines["people", ""], lines["restated_people", ""]) == (1111, 1106)
    html = await text_of(frozen, f"/kpi/{YEAR}?lang=en")
    assert "restated value of 1,106" in html
    assert (
        "Final: frozen on Saturday, 21 November 2026" in html or "Final: frozen on Saturday, November 21, 2026" in html
    )
    assert sum(n for (line, _), n in lines.items() if line == "country_people") == 1111


async def test_the_table_of_a_frozen_year_is_its_last(frozen):
    assert not await release(fiscal_year=YEAR, now=NOW + dt.timedelta(days=3))
    answer = (await frozen.get("/api/v1/kpi/overseas-participants")).json()
    assert answer["frozen"]["by_country"] == answer["by_country"] != []
    assert answer["people"] == 1106


async def test_frozen_figure_shows_no_small_country_before_its_table_is_released(http):
    await write(people())
    await freeze.freeze(fiscal_year=YEAR, operator="officer", reason="early", now=NOW)
    answer = (await http.get("/api/v1/kpi/overseas-participants")).json()
    assert [(row["country"], row["people"]) for row in answer["by_country"]] == [(None, answer["people"])]
    assert (answer["frozen"]["by_country"], answer["frozen"]["people"]) == ([], 1111)


async def test_json_is_as_its_schema_says(counted):
    schema, data = (await counted.get(JSON_SCHEMA)).json(), (await counted.get(JSON)).json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert data["$schema"] == schema["$id"] == f"http://test{JSON_SCHEMA}"
    assert faults(data, schema) == []
    spoilt = {**data, "years": [{**data["years"][0], "people": "many"}], "more": 1}
    assert faults(spoilt, schema) == ["$.years[0].people: not integer", "$: has more"]
    assert data["licence"] == {"name": "CC BY 4.0", "url": LICENCE}
    assert [year["fiscal_year"] for year in data["years"]] == [YEAR]


async def test_csv_is_as_its_metadata_say(counted):
    metadata = (await counted.get(CSV_SCHEMA)).json()
    answer = await counted.get(CSV)
    names = [column["name"] for column in metadata["tableSchema"]["columns"]]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert list(rows[0]) == names == ["fiscal_year", "rule", "state", "line", "of", "number"]
    keys = [tuple(row[name] for name in metadata["tableSchema"]["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert (metadata["url"], metadata["dc:license"]["@id"]) == (f"http://test{CSV}", LICENCE)
    assert answer.text.count("\r\n") == answer.text.count("\n") == len(rows) + 1


@pytest.mark.parametrize("path", [CSV, JSON, CSV_SCHEMA, JSON_SCHEMA, f"/kpi/{YEAR}/council.pdf"])
async def test_open_data_names_its_licence_and_is_asked_for_again(counted, path):
    first = await counted.get(path)
    assert f'<{LICENCE}>; rel="license"' in first.headers["link"]
    again = await counted.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert path.endswith(".pdf") or first.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_page_in_every_language(counted, language):
    html = await text_of(counted, f"/kpi?lang={language}")
    assert f'<html lang="{language}"' in html
    assert (html.count("<h1"), "%%" in html) == (1, False)
    assert "1,111" in html or "1.111" in html


async def test_page_of_a_year_keeps_its_address(counted):
    assert f'rel="canonical" href="http://test/kpi/{YEAR}' in await text_of(counted, "/kpi")
    assert "not counted by this system" in await text_of(counted, "/kpi/2024?lang=en")


@pytest.mark.parametrize("path", ["/kpi/2022", "/kpi/2027", "/kpi/2027/council.pdf"])
async def test_years_before_the_plan_and_to_come_are_not_found(http, path):
    assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/kpi/1999", "/kpi/20260", "/kpi/next"])
async def test_what_is_no_year(http, path):
    assert (await http.get(path)).status_code in {404, 422}


async def test_empty_year(http):
    html = await text_of(http, "/kpi?lang=en")
    assert "Nobody has been counted" in html
    data = (await http.get(JSON)).json()["years"]
    assert [(year["fiscal_year"], year["people"], year["by_country"]) for year in data] == [(YEAR, 0, [])]
    assert (await http.get(f"/kpi/{YEAR}/council.pdf")).content.startswith(b"%PDF")


async def test_paper_is_in_japanese_whoever_asks(counted):
    german = await counted.get(f"/kpi/{YEAR}/council.pdf?lang=de")
    japanese = await counted.get(f"/kpi/{YEAR}/council.pdf?lang=ja")
    assert german.content == japanese.content
    assert german.headers["content-language"] == "ja"
