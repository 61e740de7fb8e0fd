"""The secretary's list: found by words and filters, counted, taken along harmlessly, written down."""

import csv
import io

import httpx
from openpyxl import load_workbook

from app.awards.schemas import MemberBody
from tests.awards import planting
from tests.doors import value

HTML = {"accept": "text/html"}
LIST = "/awards/green-2026/entries"


async def planted(http: httpx.AsyncClient) -> None:
    """Plant an award with entries of every kind, and sign its secretary in."""
    award = await planting.award()
    pairs, students = await planting.category(award), await planting.category(award, "students", position=2)
    await planting.entry(pairs, planting.body("River heat"))
    await planting.entry(
        pairs, planting.body("Green steel", members=(MemberBody("=CMD()", "company", "JP", lead=True),))
    )
    await planting.entry(pairs, planting.body("海の電池", language="ja"), state="withdrawn")
    await planting.entry(students, planting.body("Seaweed"), state="draft")
    other = await planting.award("other-2026")
    await planting.entry(await planting.category(other), planting.body("Elsewhere"))
    http.headers["authorization"] = f"Bearer {await planting.secretary(award)}"


async def titles(http: httpx.AsyncClient, query: str = "") -> list[str]:
    """Return the titles that the API lists."""
    answer = await http.get(f"/api/v1{LIST}{query}")
    assert answer.status_code == 200, answer.text
    return [next(iter(entry["title"].values()), "") for entry in answer.json()]


async def test_entries_are_found_by_words_and_filters(http: httpx.AsyncClient) -> None:
    await planted(http)
    assert await titles(http) == ["River heat", "Green steel", "海の電池", ""]
    assert await titles(http, "?q=RIVER") == ["River heat"]
    assert await titles(http, "?q=fjordvarme river") == ["River heat"]
    assert await titles(http, "?q=ｐ1.e2") == ["Green steel"]
    assert await titles(http, "?category=students") == [""]
    assert await titles(http, "?state=withdrawn") == ["海の電池"]
    assert await titles(http, "?language=ja") == ["海の電池"]
    assert (await http.get(f"/api/v1{LIST}?state=x")).status_code == 422


async def test_the_page_counts_and_shows(http: httpx.AsyncClient) -> None:
    await planted(http)
    shown = (await http.get(LIST, headers=HTML)).text
    for words in ("Handed in 2", "Withdrawn 1", "Draft 1", "River heat", "Fjordvarme ApS"):
        assert words in shown
    assert "Elsewhere" not in shown
    assert "River heat" not in (await http.get(f"{LIST}?words=steel", headers=HTML)).text
    assert "No entry fits" in (await http.get(f"{LIST}?words=nothing", headers=HTML)).text


async def test_lists_are_harmless_in_spreadsheets(http: httpx.AsyncClient) -> None:
    await planted(http)
    taken = await http.post(f"{LIST}/export", data={"as": "csv", "category": "pairs"})
    rows = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert [row["Title"] for row in rows] == ["River heat", "Green steel", "海の電池"]
    assert rows[1]["Members"].startswith("'=CMD()")
    assert rows[0]["Contact"] == f"Person 1 of entry 1 <p1.e1.{await _part()}@example.org>"
    book = load_workbook(io.BytesIO((await http.post(f"{LIST}/export", data={"as": "xlsx"})).content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert len(list(book.worksheets[0].rows)) == 5


_PAIRS = """
SELECT g.id FROM award_category g JOIN award a ON a.id = g.award WHERE a.slug = 'green-2026' AND g.slug = 'pairs'
"""


async def _part() -> str:
    return str(await value(_PAIRS))[:8]


async def test_who_read_and_took_names_is_written_down(http: httpx.AsyncClient) -> None:
    await planted(http)
    await http.get(LIST, headers=HTML)
    await http.post(f"{LIST}/export", data={"as": "csv"})
    entry = await value("SELECT id FROM award_entry WHERE number = 1 ORDER BY created_at LIMIT 1")
    assert (await http.get(f"{LIST}/{entry}", headers=HTML)).status_code in {200, 404}
    acts = await value("SELECT array_agg(DISTINCT action ORDER BY action) FROM audit_entry WHERE action LIKE 'entr%'")
    assert {"entries.export", "entries.read"} <= set(acts)  # type: ignore[call-overload]


async def test_the_api_goes_on_where_it_stopped(http: httpx.AsyncClient) -> None:
    await planted(http)
    first = await http.get(f"/api/v1{LIST}?limit=3")
    assert len(first.json()) == 3
    link = first.headers["link"].removeprefix("<").partition(">")[0]
    rest = await http.get(link)
    assert [entry["category"] for entry in rest.json()] == ["students"]
    assert "link" not in rest.headers
    assert (await http.get(f"/api/v1{LIST}?cursor=nothing")).status_code == 422


async def test_the_api_names_no_person(http: httpx.AsyncClient) -> None:
    await planted(http)
    answer = (await http.get(f"/api/v1{LIST}")).text
    assert "Person 1" not in answer
    assert "@" not in answer
    assert '"organisation":"Fjordvarme ApS"' in answer


async def test_one_entry_is_shown_whole(http: httpx.AsyncClient) -> None:
    await planted(http)
    entry = await value(
        "SELECT e.id FROM award_entry e JOIN entry_version v ON v.entry = e.id WHERE v.body LIKE '%River heat%'"
    )
    shown = (await http.get(f"{LIST}/{entry}?version=1", headers=HTML)).text
    for words in ("River heat: solution", "Person 2 of entry 1", "Signed off", "Version 1"):
        assert words in shown


BROUGHT = {
    "category": "pairs",
    "members": [
        {"organisation": "Lead Ltd", "kind": "startup", "country": "GB", "name": "Ada", "email": "ada@example.org"},
        {"organisation": "City", "kind": "city", "country": "JP", "name": "Ken", "email": "ken@example.org",
         "language": "ja"},
    ],
    "texts": {"title": {"en": {"text": "Brought"}, "ja": {"text": "持参", "provenance": "machine"}}},
    "topics": ["water"], "links": ["https://example.org/film"],
}  # fmt: skip


async def test_a_program_brings_an_entry_once_for_each_key(http: httpx.AsyncClient) -> None:
    await planted(http)
    key = {"idempotency-key": "entry-1"}
    answers = [await http.post(f"/api/v1{LIST}", json=BROUGHT, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    made = answers[0].json()
    assert (made["number"], made["state"], made["title"]) == (4, "draft", {"en": "Brought", "ja": "持参"})
    assert [member["signed"] for member in made["members"]] == [False, False]
    assert await value("SELECT count(*) FROM entry_member WHERE entry = $1", made["id"]) == 2
    assert await value("SELECT count(*) FROM job WHERE name LIKE 'awards.send_entry%'") == 2
    other = await http.post(f"/api/v1{LIST}", json=BROUGHT | {"topics": []}, headers=key)
    assert other.status_code == 422
    assert (await http.post(f"/api/v1{LIST}", json=BROUGHT)).status_code == 400


async def test_a_program_learns_all_that_is_wrong(http: httpx.AsyncClient) -> None:
    await planted(http)
    changes: tuple[dict[str, object], ...] = (
        {"texts": {"motto": {"en": {"text": "x"}}}},
        {"texts": {"title": {"th": {"text": "x"}}}},
        {"topics": ["magic"]},
        {"links": ["http://example.org"]},
        {"members": []},
        {"category": "x"},
    )
    for change in changes:
        answer = await http.post(f"/api/v1{LIST}", json=BROUGHT | change, headers={"idempotency-key": str(change)})
        assert answer.status_code == 422, change
    assert await value("SELECT count(*) FROM award_entry") == 5


async def test_programs_of_others_bring_nothing(http: httpx.AsyncClient) -> None:
    await planted(http)
    http.headers["authorization"] = f"Bearer {await planting.secretary(await planting.award('third-2026'))}"
    assert (await http.get(f"/api/v1{LIST}")).status_code == 404
    answer = await http.post(f"/api/v1{LIST}", json=BROUGHT, headers={"idempotency-key": "k"})
    assert answer.status_code == 404
