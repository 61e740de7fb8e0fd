"""What is read after the release: results in six languages, certificates that anybody can check, the bundle beside."""

import hashlib
import io
import json
import re

import httpx
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from app.awards.reach import any_round
from app.awards.releasing import recompute, release
from app.core.i18n import LANGUAGES
from app.core.signing import capability
from tests.awards import planting
from tests.awards.releasing.finished import HTML, LATER, api, decided, released, runner

RESULTS = "/yokohama-2026/awards/green-2026/results"


async def certificate(http: httpx.AsyncClient) -> str:
    """Release a result and return the address of the first certificate."""
    planted = await decided([1, 2], entries_count=2, best=1)
    await released(planted, {planted.entries[0].id: {"en": "Bold & warm.", "ja": "大胆で温かい。"}})
    found = (await http.get(api(planted, "results"))).json()
    return f"/award-certificates/{found['winners'][0]['certificate']}"


async def test_results_page_in_six_languages(http: httpx.AsyncClient) -> None:
    await certificate(http)
    for tag in LANGUAGES:
        shown = await http.get(RESULTS, params={"lang": tag}, headers=HTML)
        assert shown.status_code == 200
        assert f'<html lang="{tag}"' in shown.text
        words = "大胆で温かい。" if tag == "ja" else "Bold &amp; warm."
        assert words in shown.text
        assert "Minato Heat K.K." in shown.text
        assert "Entry 2" not in shown.text
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', shown.text)[0])
    assert [item["item"]["name"] for item in data["itemListElement"]] == ["Entry 1"]


async def test_everything_needed_to_check_it_stands_beside(http: httpx.AsyncClient) -> None:
    planted = await decided()
    await released(planted)
    shown = (await http.get(RESULTS, headers=HTML)).text
    links = re.findall(rf'href="({re.escape(api(planted, ""))}[^"]+)"', shown)
    assert [link.rpartition("/")[2] for link in links] == ["bundle", "recompute.py", "bundle.sha256"]
    bundle, script, digest = [await http.get(link) for link in links]
    assert hashlib.sha256(bundle.content).hexdigest() in shown
    assert digest.text.split()[0] == hashlib.sha256(bundle.content).hexdigest()
    assert digest.text.split()[1] in bundle.headers["content-disposition"]
    assert recompute.check(bundle.content, digest.text.split()[0]).agrees
    compile(script.content, "recompute.py", "exec")
    assert bundle.headers["access-control-allow-origin"] == "*"


async def test_certificate_is_checked_by_the_code_on_its_paper(http: httpx.AsyncClient) -> None:
    address = await certificate(http)
    paper = await http.get(f"{address}/certificate.pdf", params={"lang": "en"})
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    page = pypdfium2.PdfDocument(io.BytesIO(paper.content))[0]
    words = page.get_textpage().get_text_bounded()
    for piece in ("Award certificate", "Award green-2026", "Place 1", "Entry 1", "Minato Heat K.K.", "Bold & warm."):
        assert piece in words
    picture: Image.Image = page.render(scale=3).to_pil()
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"http://test{address}"
    shown = await http.get(code.text.removeprefix("http://test"), headers=HTML)
    assert shown.status_code == 200
    for piece in ("This certificate is genuine", "Place 1", "Entry 1", "Fjordvarme ApS"):
        assert piece in shown.text


@pytest.mark.parametrize("tag", ["ja", "th"])
async def test_certificate_in_other_scripts(http: httpx.AsyncClient, tag: str) -> None:
    address = await certificate(http)
    paper = await http.get(f"{address}/certificate.pdf", params={"lang": tag})
    words = pypdfium2.PdfDocument(io.BytesIO(paper.content))[0].get_textpage().get_text_bounded()
    assert ("大胆で温かい。" in words) is (tag == "ja")
    assert "Minato Heat K.K." in words


async def test_code_of_our_own_making_only(http: httpx.AsyncClient) -> None:
    planted = await decided([1, 2], entries_count=2, best=1)
    made = await released(planted)
    lost = capability("award-certificate", made, planted.entries[1].id)
    other = capability("certificate", made, planted.entries[0].id)
    good = capability("award-certificate", made, planted.entries[0].id)
    for code in (lost, other, good[:-1], good + "A", "x", "%20"):
        for path in (f"/award-certificates/{code}", f"/award-certificates/{code}/certificate.pdf"):
            assert (await http.get(path, headers=HTML)).status_code == 404
    assert (await http.get(f"/award-certificates/{good}", headers=HTML)).status_code == 200


async def test_certificate_leads_nowhere_before_the_release(http: httpx.AsyncClient) -> None:
    planted = await decided()
    found, one = await any_round(planted.round), await runner(planted.award)
    made = await release.propose(found=found, principal=one, now=LATER)
    code = capability("award-certificate", made, planted.entries[0].id)
    assert (await http.get(f"/award-certificates/{code}", headers=HTML)).status_code == 404
    await release.approve(found=found, release=made, principal=await runner(planted.award), now=LATER)
    assert (await http.get(f"/award-certificates/{code}", headers=HTML)).status_code == 200


async def test_results_stand_at_their_own_convention_only(http: httpx.AsyncClient) -> None:
    await released(await decided())
    assert (await http.get(RESULTS.replace("yokohama-2026", "yokohama-2025"), headers=HTML)).status_code == 404
    other = await planting.award("other-2026")
    assert other
    assert (await http.get(RESULTS.replace("green-2026", "other-2026"), headers=HTML)).status_code == 404
