"""Files of an entry: what their content says, sealed, handed out and never shown."""

import httpx
import pytest

from app.awards.entering import files
from app.core.signing import derived, unseal
from tests.awards import planting
from tests.awards.blinding_files import encrypted, everything, pdf, plain_png
from tests.awards.entering.entrants import HTML, entered, entry_of, hand_in, planted, write
from tests.clock import NOW
from tests.doors import value

PDF, PNG = pdf(), plain_png()


async def send(http: httpx.AsyncClient, lead: str, data: bytes, name: str, kind: str) -> httpx.Response:
    return await http.post(f"{lead}/files", files={"file": (name, data, kind)}, headers=HTML)


async def test_a_file_is_handed_out_and_never_shown(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    assert (await send(http, lead, PDF, "計画 2026.pdf", "application/pdf")).status_code == 303
    file = await value("SELECT id FROM entry_file")
    answer = await http.get(f"{lead}/files/{file}")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%A8%88")
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_file_is_sealed(http: httpx.AsyncClient) -> None:
    await planted()
    await send(http, await entered(http), PDF, "secret-plan.pdf", "application/pdf")
    row = await value("SELECT name || sealed FROM entry_file")
    assert isinstance(row, bytes)
    assert b"secret-plan" not in row
    assert b"%PDF" not in row


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", "application/pdf", "This file is empty."),
        (b"<svg onload=alert(1)>", "image/svg+xml", "Please choose a PDF, JPEG or PNG file."),
        (b"<html>", "application/pdf", "Please choose a PDF, JPEG or PNG file."),
        (PDF, "image/png", "Please choose a PDF, JPEG or PNG file."),
        (PDF + b"x" * files.LARGEST, "application/pdf", "larger than 8 MB"),
        (b"%PDF-1.7 x", "application/pdf", "damaged or protected"),
        (encrypted(), "application/pdf", "damaged or protected"),
    ],
)
async def test_other_files_are_refused(http: httpx.AsyncClient, data: bytes, kind: str, words: str) -> None:
    await planted()
    answer = await send(http, await entered(http), data, "x.pdf", kind)
    assert answer.status_code == 422
    assert words in answer.text
    assert await value("SELECT count(*) FROM entry_file") == 0


async def test_an_entry_has_no_more_files_than_fit_and_the_same_is_kept_once(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    for n in [*range(files.MOST), 0]:
        assert (await send(http, lead, pdf(text=f"Page {n}"), f"{n}.pdf", "application/pdf")).status_code == 303
    assert (await send(http, lead, PNG, "more.png", "image/png")).status_code == 422
    assert await value("SELECT count(*) FROM entry_file") == files.MOST


async def test_a_file_that_a_version_names_stays_with_it(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await write(http, lead)
    await send(http, lead, PDF, "a.pdf", "application/pdf")
    await hand_in(http, lead)
    file = str(await value("SELECT id FROM entry_file"))
    assert (await http.post(f"{lead}/files", data={"remove": file}, headers=HTML)).status_code == 303
    assert await files.bodies(entry_of(lead)) == []
    assert (await http.get(f"{lead}/files/{file}")).content == PDF
    assert file in str(await value("SELECT body FROM entry_version"))


async def test_the_copy_for_blind_rounds_is_there_at_once(http: httpx.AsyncClient) -> None:
    await planted()
    await send(http, await entered(http), PDF, "a.pdf", "application/pdf")
    shared = await value("SELECT shared FROM entry_file")
    assert isinstance(shared, bytes)
    copy = unseal(derived(files.PURPOSE), shared)
    assert copy.startswith(b"%PDF-")
    assert everything(copy) != everything(PDF)


async def test_nobody_gets_or_removes_a_file_of_another_entry(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await send(http, lead, PDF, "a.pdf", "application/pdf")
    other = await entered(http, email="other@example.org", name="Other")
    file = str(await value("SELECT id FROM entry_file"))
    assert (await http.get(f"{other}/files/{file}")).status_code == 404
    assert (await http.post(f"{other}/files", data={"remove": file}, headers=HTML)).status_code == 404
    assert (await http.post(f"{other}/files", data={"remove": "x"}, headers=HTML)).status_code == 404
    assert len(await files.bodies(entry_of(lead))) == 1


async def test_the_moment_of_a_file_is_the_clocks(http: httpx.AsyncClient) -> None:
    await planted()
    await send(http, await entered(http), PNG, "a.png", "image/png")
    assert await value("SELECT created_at FROM entry_file") == NOW


async def test_file_that_names_its_senders_to_a_blind_round_is_kept_with_a_warning(http: httpx.AsyncClient) -> None:
    _award, category = await planted()
    lead = await entered(http)
    telling = pdf(text="Made by Minato Heat K.K.")
    assert (await send(http, lead, telling, "a.pdf", "application/pdf")).status_code == 303, "nothing is blind yet"
    await planting.round_(category, blind=True)
    assert (await send(http, lead, PDF, "b.pdf", "application/pdf")).status_code == 303, "no name stands on the page"
    warned = await send(http, lead, telling, "a.pdf", "application/pdf")
    assert warned.status_code == 200
    assert "it names who sent it" in warned.text
    assert "Page 1: Minato Heat" in warned.text
    assert await value("SELECT count(*) FROM entry_file WHERE removed_at IS NULL") == 2
