"""Writing together: nobody saves over what he has not seen, and two languages do not disturb each other."""

import httpx
import msgspec
import pytest

from app.awards.entering import entries
from app.awards.entering.drafts import LONGEST
from app.awards.schemas import EntryForm
from tests.awards import planting
from tests.awards.entering.entrants import HTML, TEXTS, entered, entry_of, hidden, pair, planted, write
from tests.clock import Clock
from tests.doors import value


async def said(address: str, field: str = "title", language: str = "en") -> str:
    form = (await entries.any_entry(entry_of(address))).form
    return form.texts[field][language].text


async def test_texts_are_kept_by_language_with_how_they_were_made(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await write(http, lead)
    await write(http, lead, language="ja", title="町を暖める川", how_title="machine", how_summary="translated")
    form = (await entries.any_entry(entry_of(lead))).form
    assert {tag: one.provenance for tag, one in form.texts["title"].items()} == {"en": "written", "ja": "machine"}
    assert form.texts["summary"]["ja"].provenance == "translated"
    shown = (await http.get(f"{lead}/texts/ja", headers=HTML)).text
    assert "町を暖める川" in shown
    assert "A river that heats the town" in shown


async def test_whoever_saves_over_a_newer_one_sees_both(http: httpx.AsyncClient) -> None:
    await planted()
    lead, partner = await pair(http)
    mine = hidden((await http.get(f"{lead}/texts/en", headers=HTML)).text)
    theirs = hidden((await http.get(f"{partner}/texts/en", headers=HTML)).text)
    await http.post(f"{lead}/texts/en", data={**mine, **TEXTS, "title": "First"}, headers=HTML)
    refused = await http.post(f"{partner}/texts/en", data={**theirs, **TEXTS, "title": "Second"}, headers=HTML)
    assert refused.status_code == 409
    assert "First" in refused.text
    assert 'value="Second"' in refused.text
    assert await said(lead) == "First"
    again = await http.post(
        f"{partner}/texts/en", data={**hidden(refused.text), **TEXTS, "title": "Second"}, headers=HTML
    )
    assert again.status_code == 303
    assert await said(lead) == "Second"


async def test_two_languages_are_written_at_once(http: httpx.AsyncClient) -> None:
    await planted()
    lead, partner = await pair(http)
    mine = hidden((await http.get(f"{lead}/texts/en", headers=HTML)).text)
    theirs = hidden((await http.get(f"{partner}/texts/ja", headers=HTML)).text)
    saved = [
        await http.post(f"{lead}/texts/en", data={**mine, **TEXTS, "title": "River"}, headers=HTML),
        await http.post(f"{partner}/texts/ja", data={**theirs, **TEXTS, "title": "川"}, headers=HTML),
    ]
    assert [one.status_code for one in saved] == [303, 303]
    assert (await said(lead), await said(lead, language="ja")) == ("River", "川")


async def test_a_script_saves_quietly_and_its_own_saving_is_no_conflict(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    page = hidden((await http.get(f"{lead}/texts/en", headers=HTML)).text)
    for title in ("R", "Ri", "Riv"):
        quiet = await http.post(f"{lead}/texts/en", data={**page, "title": title, "action": "follow"}, headers=HTML)
        assert (quiet.status_code, quiet.content) == (204, b"")
    assert (await http.post(f"{lead}/texts/en", data={**page, "title": "River"}, headers=HTML)).status_code == 303
    assert await said(lead) == "River"


async def test_a_script_does_not_save_over_a_newer_one(http: httpx.AsyncClient) -> None:
    await planted()
    lead, partner = await pair(http)
    page = hidden((await http.get(f"{lead}/texts/en", headers=HTML)).text)
    await write(http, partner, title="Newer")
    late = {**page, **TEXTS, "title": "Older", "action": "follow"}
    assert (await http.post(f"{lead}/texts/en", data=late, headers=HTML)).status_code == 409
    assert await said(lead) == "Newer"


async def test_what_changes_nothing_is_no_save(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await write(http, lead)
    before = await value("SELECT draft_revision FROM award_entry")
    await write(http, lead)
    assert await value("SELECT draft_revision FROM award_entry") == before


async def test_nothing_is_written_once_it_is_over(http: httpx.AsyncClient, clock: Clock) -> None:
    await planted()
    lead = await entered(http)
    page = hidden((await http.get(f"{lead}/texts/en", headers=HTML)).text)
    clock.forward(days=1)
    assert (await http.post(f"{lead}/texts/en", data={**page, **TEXTS}, headers=HTML)).status_code == 409
    assert (await http.post(f"{lead}/details", data=page, headers=HTML)).status_code == 409
    assert (await http.post(f"{lead}/files", headers=HTML)).status_code == 409
    assert (await http.get(lead, headers=HTML)).status_code == 200


@pytest.mark.parametrize(
    ("field", "words"),
    [("title", "x" * (LONGEST["title"] + 1)), ("solution", "x" * 6001), ("summary", "a\u202eb"), ("results", "a\x00b")],
)
async def test_texts_that_are_too_long_or_hide_something_are_refused(
    http: httpx.AsyncClient, field: str, words: str
) -> None:
    await planted()
    lead = await entered(http)
    assert (await write(http, lead, **{field: words})).status_code == 422
    assert await value("SELECT draft_revision FROM award_entry") == 0


async def test_topics_and_links_are_checked(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    page = hidden((await http.get(f"{lead}/details", headers=HTML)).text)
    good = {**page, "topics": ["water", "energy"], "links": "https://example.org/a\nhttps://example.org/b"}
    assert (await http.post(f"{lead}/details", data=good, headers=HTML)).status_code == 303
    form = (await entries.any_entry(entry_of(lead))).form
    assert (form.topics, form.links) == (("water", "energy"), ("https://example.org/a", "https://example.org/b"))
    bad: list[dict[str, str | list[str]]] = [
        {"topics": "magic"},
        {"links": "javascript:alert(1)"},
        {"links": "http://example.org"},
        {"topics": ["water", "energy", "food", "nature", "data"]},
    ]
    for wrong in bad:
        page = hidden((await http.get(f"{lead}/details", headers=HTML)).text)
        answer = await http.post(f"{lead}/details", data={**page, **wrong}, headers=HTML)
        assert answer.status_code == 422, wrong


async def test_evidence_is_kept_as_it_was_typed(http: httpx.AsyncClient) -> None:
    await planted(evidence=True)
    lead = await entered(http)
    page = hidden((await http.get(f"{lead}/evidence", headers=HTML)).text)
    typed = {"evidence.functional_unit": "heat of a flat", "evidence.years": "zehn"}
    assert (await http.post(f"{lead}/evidence", data={**page, **typed}, headers=HTML)).status_code == 303
    form = (await entries.any_entry(entry_of(lead))).form
    assert (form.evidence["functional_unit"], form.evidence["years"]) == ("heat of a flat", "zehn")
    shown = (await http.get(f"{lead}/evidence", headers=HTML)).text
    assert 'value="zehn"' in shown
    assert "A number is needed here." in shown


async def test_the_draft_holds_no_person(http: httpx.AsyncClient) -> None:
    await planted()
    lead, _partner = await pair(http)
    await http.post(f"{lead}/hand-in", headers=HTML)
    held = str(await value("SELECT string_agg(draft, '') FROM award_entry"))
    held += str(await value("SELECT string_agg(body, '') FROM entry_version"))
    assert "Fjordvarme" in held
    assert not [word for word in ("Freja", "Aoi", "@", "minato.example") if word in held]


async def test_every_page_of_an_entry_is_nobody_elses(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    token = lead.split("/")[2]
    other = await entered(http, email="other@example.org", name="Other")
    mixed = entries.token(entry_of(lead), entries.opened(other.split("/")[2])[1])
    for page in ("", "/read", "/texts/en", "/details", "/evidence", "/files", "/members"):
        assert (await http.get(lead + page, headers=HTML)).status_code == 200, page
        for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", mixed):
            assert (await http.get(f"/entries/{forged}{page}", headers=HTML)).status_code == 404, page


async def test_names_that_judges_will_not_see_are_pointed_out(http: httpx.AsyncClient) -> None:
    _award, category = await planted()
    lead = await entered(http)
    await write(http, lead, summary="Minato Heat sells heat from the river.")
    assert "Judges do not see these words" not in (await http.get(f"{lead}/read", headers=HTML)).text
    await planting.round_(category, blind=True)
    shown = (await http.get(f"{lead}/read", headers=HTML)).text
    assert "Judges do not see these words" in shown
    assert "Summary (en): Minato Heat" in shown


def test_what_a_draft_was_before_it_was_written_in_is_empty() -> None:
    assert msgspec.json.decode("{}", type=EntryForm) == EntryForm()
