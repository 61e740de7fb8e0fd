"""What a holder takes along, through the pages: states on paper, a party in one document, wallets."""

import io
import zipfile

import httpx
import pytest

from app.core.db import fetch
from app.ticketing.documents import papers
from app.ticketing.registering import offers
from tests.ticketing.documents.test_pdf import squeezed, symbols, texts
from tests.ticketing.wallet.conftest import configured, made  # noqa: F401  # fixtures
from tests.ticketing.wallet.keys import Keys
from tests.ticketing.wallet.views import view
from tests.ticketing.wishes import member, register, wish


@pytest.fixture(autouse=True)
def _fresh_offers() -> None:
    offers.forget()


async def party(http: httpx.AsyncClient, *names: str) -> dict[str, object]:
    answer = await register(http, wish(*(member(name=name) for name in names)))
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def link(registered: dict[str, object]) -> str:
    return str(registered["manage_url"]).removeprefix("http://test")


def page(registered: dict[str, object], place: int = 0) -> str:
    tickets = registered["tickets"]
    assert isinstance(tickets, list)
    return str(tickets[place]["page_url"]).removeprefix("http://test")


async def put(state: str, name_place: int) -> None:
    await fetch("UPDATE ticket SET state = $1 WHERE position = $2", state, name_place)


async def test_party_is_one_document_with_a_page_for_each(http: httpx.AsyncClient) -> None:
    registered = await party(http, "李娜", "김민수", "ณัฐวุฒิ")
    answer = await http.get(f"{link(registered)}/tickets.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-cache"
    pages = texts(answer.content)
    assert [name in words for name, words in zip(("李娜", "김민수", "ณัฐวุฒิ"), pages, strict=True)] == [True] * 3
    assert [f"{n}/3" in words for n, words in enumerate(pages, start=1)] == [True] * 3
    assert [found.text for found in symbols(answer.content)] == [t["code"] for t in registered["tickets"]]  # type: ignore[attr-defined]


async def test_canceled_ones_are_left_out_of_a_party_unless_all_are(http: httpx.AsyncClient) -> None:
    registered = await party(http, "Ann", "Bob")
    await put("canceled", 1)
    some = await http.get(f"{link(registered)}/tickets.pdf")
    await put("canceled", 2)
    none = await http.get(f"{link(registered)}/tickets.pdf")
    assert ["Bob" in words for words in texts(some.content)] == [True]
    assert len(texts(none.content)) == 2
    assert symbols(none.content) == []


@pytest.mark.parametrize(
    ("state", "words", "codes"),
    [
        ("valid", "", 1),
        ("unpaid", "Not paid yet", 1),
        ("blocked", "Blocked", 1),
        ("canceled", "Ticket canceled", 0),
        ("waiting", "On the waiting list", 0),
        ("offered", "Place offered", 0),
        ("unapproved", "Not approved yet", 0),
    ],
)
async def test_paper_says_the_state_and_draws_a_code_only_in_states_that_have_one(
    http: httpx.AsyncClient, state: str, words: str, codes: int
) -> None:
    registered = await party(http, "Ann")
    await put(state, 1)
    answer = await http.get(f"{page(registered)}/ticket.pdf?lang=en")
    assert answer.status_code == 200
    assert squeezed(words) in texts(answer.content)[0]
    assert len(symbols(answer.content)) == codes


async def test_price_and_child_stand_on_the_paper(http: httpx.AsyncClient) -> None:
    registered = await party(http, "Ann")
    await fetch("UPDATE ticket SET price = 3300, tax = 300")
    printed = texts((await http.get(f"{page(registered)}/ticket.pdf?lang=en")).content)[0]
    assert squeezed("¥3,300, including ¥300 tax") in printed


def test_a_childs_ticket_says_so() -> None:
    assert papers.facts(view(child=True, price=1000)) == ["Child", "¥1,000"]
    assert papers.facts(view()) == []


async def test_wrong_links_find_nothing(http: httpx.AsyncClient) -> None:
    registered = await party(http, "Ann")
    token = link(registered).rpartition("/")[2]
    for path in ("/registrations/x/tickets.pdf", f"/tickets/{token}/ticket.pkpass", f"/tickets/{token}/google-wallet"):
        assert (await http.get(path)).status_code == 404


async def test_without_keys_there_is_no_wallet_and_no_button(http: httpx.AsyncClient) -> None:
    registered = await party(http, "Ann")
    for name in ("ticket.pkpass", "google-wallet"):
        assert (await http.get(f"{page(registered)}/{name}")).status_code == 404
    assert "Wallet" not in (await http.get(f"{page(registered)}?lang=en")).text


async def test_wallets_are_on_the_page_and_lead_somewhere(http: httpx.AsyncClient, configured: Keys) -> None:  # noqa: F811
    registered = await party(http, "Ann")
    shown = (await http.get(f"{page(registered)}?lang=en")).text
    assert "Add to Apple Wallet" in shown
    assert "Add to Google Wallet" in shown
    apple = await http.get(f"{page(registered)}/ticket.pkpass")
    assert apple.headers["content-type"] == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(apple.content)) as archive:
        assert "signature" in archive.namelist()
    google = await http.get(f"{page(registered)}/google-wallet")
    assert google.status_code == 303
    assert google.headers["location"].startswith("https://pay.google.com/gp/v/save/ey")


async def test_canceled_ticket_is_fetched_as_a_void_pass_and_goes_into_no_other(
    http: httpx.AsyncClient,
    configured: Keys,  # noqa: F811
) -> None:
    registered = await party(http, "Ann")
    await put("canceled", 1)
    apple = await http.get(f"{page(registered)}/ticket.pkpass")
    with zipfile.ZipFile(io.BytesIO(apple.content)) as archive:
        assert b'"voided":true' in archive.read("pass.json")
    assert (await http.get(f"{page(registered)}/google-wallet")).status_code == 404
    await put("waiting", 1)
    assert (await http.get(f"{page(registered)}/ticket.pkpass")).status_code == 404
