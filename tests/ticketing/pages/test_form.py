"""The registration form with questions, files, prices and errors, as a browser without JavaScript uses it."""

import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.core.db import fetch
from app.core.i18n import use_language
from app.ticketing import queries
from app.ticketing.registering import answers as given
from app.ticketing.registering import offers, uploads
from tests.ticketing.asking import ASKED, answers, ask, ask_everything, cell
from tests.ticketing.pages.test_pages import HTML, PAGE, fields, followed, people_in, send

PDF = b"%PDF-1.7 and what follows"
SAME = {**HTML, "sec-fetch-site": "same-origin"}


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()
    use_language("en")


def student(**changes: Any) -> dict[str, Any]:
    """Return a filled-in form for one student, with the answers that are needed."""
    return fields(**{"party.0.ticket_type": ASKED, **answers(), **changes})


def named(page: str) -> list[tuple[str, str]]:
    """Return what the summary of errors names: field and sentence."""
    found = re.findall(r'<li><a href="#([^"]+)">(?:[^<]*?: )?([^<]+)</a>', page)
    return [(field, html.unescape(words)) for field, words in found]


async def answered() -> dict[str, Any]:
    """Return the answers of the only ticket, by the slugs of their questions."""
    ticket = await cell("SELECT id FROM ticket")
    slugs = {row["id"]: row["slug"] for row in await fetch("SELECT id, slug FROM question")}
    return {slugs[question]: said for question, said in (await given.of([ticket]))[ticket].items()}


async def test_errors_are_named_in_the_order_of_the_page(http: httpx.AsyncClient) -> None:
    await ask_everything()
    wrong = {"email": "", "party.0.residence": "", "party.0.answers.motto": "", "party.1.ticket_type": ASKED}
    page = (await send(http, {**student(), **wrong, "consents": ""})).text
    fields_named = [field for field, _words in named(page)]
    people = [field[: len("party-0")] for field in fields_named[1:-1]]
    assert (fields_named[0], fields_named[-1]) == ("email", "consents")
    assert people == sorted(people)
    assert set(people) == {"party-0", "party-1"}


async def test_form_that_is_gone_leads_on(http: httpx.AsyncClient) -> None:
    page = await http.get(f"{PAGE}/no-such-form", headers=HTML)
    assert page.status_code == 404
    assert "This form was sent already, or it is not kept any more." in page.text
    assert 'href="/my"' in page.text
    assert f'href="{PAGE}"' in page.text


async def test_every_kind_of_question_is_asked_and_kept(http: httpx.AsyncClient) -> None:
    await ask_everything()
    page = (await http.get(PAGE, params={"type": ASKED}, headers=HTML)).text
    for kind in ('textarea" id="party-0-answers-story"', 'type="date"', 'type="file"', 'name="party.0.answers.topics"'):
        assert kind in page
    assert "Only if you answered “Diet” with: Vegan" in page

    sent = await send(
        http,
        student(**answers(diet="vegan", why="Because", topics=["art", "sea"], arrival="2026-11-20", origin="TH",
                          first="no", story="One\nTwo")),
    )  # fmt: skip

    assert sent.status_code == 303, named(sent.text)
    assert await answered() == {
        "motto": "Hello", "diet": "vegan", "why": "Because", "topics": ["art", "sea"], "arrival": "2026-11-20",
        "origin": "TH", "first": "no", "story": "One\nTwo",
    }  # fmt: skip


async def test_what_is_asked_only_after_another_answer_is_ignored_else(http: httpx.AsyncClient) -> None:
    await ask_everything()

    missing = await send(http, student(**answers(diet="vegan")))
    assert named(missing.text) == [("party-0-answers-why", "This is needed.")]
    assert (await send(http, student(**answers(diet="halal", why="An answer from before")))).status_code == 303
    assert "why" not in await answered()


async def test_answers_to_the_questions_of_another_ticket_are_ignored(http: httpx.AsyncClient) -> None:
    await ask_everything()
    sent = await send(http, {**student(), "party.0.ticket_type": "citywide-pass"})
    assert sent.status_code == 303
    assert await cell("SELECT count(*) FROM answer") == 0


LONG = "x" * 201
FORMAT = "This is not in the form we understand, or holds invisible characters."
NEEDED = "This is needed."
ADDRESS = "No mail can be sent to this address. Please check how it is written."
CHOICE = "Please choose one of the values offered."
WRONG = [
    ("email", "", NEEDED),
    ("email", "nonsense", ADDRESS),
    ("email", "a@b.invalid-\u202e", ADDRESS),
    ("party.0.name", "", NEEDED),
    ("party.0.name", LONG, "This is too long."),
    ("party.0.name", "\u200b", FORMAT),
    ("party.0.reading", LONG, "This is too long."),
    ("party.0.residence", "", NEEDED),
    ("party.0.residence", "XX", CHOICE),
    ("party.0.organisation", LONG, "This is too long."),
    ("party.0.ticket_type", "no-such-type", "There is no such ticket type."),
    ("party.0.email", "nonsense", ADDRESS),
    ("party.0.child", "true", "A child comes with an adult: please add one to the party."),
    ("party.0.needs", "wings", CHOICE),
    ("party.0.needs_note", LONG, "This is too long."),
    ("party.0.languages", LONG, "This is too long."),
    (
        "party.0.voucher",
        "no-such-code",
        "This voucher code is not good for this ticket. Please check how it is written.",
    ),
    ("party.0.answers.motto", "", NEEDED),
    ("party.0.answers.motto", LONG, "This is too long."),
    ("party.0.answers.story", "x" * 4001, "This is too long."),
    ("party.0.answers.diet", "", NEEDED),
    ("party.0.answers.diet", "stones", CHOICE),
    ("party.0.answers.topics", "stars", CHOICE),
    ("party.0.answers.arrival", "tomorrow", "A date is needed here, such as 2026-11-21."),
    ("party.0.answers.origin", "XX", CHOICE),
    ("party.0.answers.first", "perhaps", "Please answer yes or no."),
    ("party.0.answers.poster", "no-token", "This file did not arrive. Please choose it again."),
    ("consents", "", "Please agree to the terms (terms-2026)."),
    ("consents", "news-2026", "Please agree to the terms (terms-2026)."),
]


@pytest.mark.parametrize(("field", "typed", "words"), WRONG)
async def test_wrong_field_is_named_and_the_rest_is_still_there(
    http: httpx.AsyncClient, field: str, typed: str, words: str
) -> None:
    await ask_everything()
    form = student(**{"party.0.organisation": "Harbour Office", "party.0.answers.story": "A long story"})

    answer = await send(http, {**form, field: typed})

    assert answer.status_code == 422
    assert named(answer.text) == [(field.replace(".", "-"), words)]
    assert f'id="{field.replace(".", "-")}' in answer.text
    for other in {"email", "party.0.name", "party.0.organisation", "party.0.answers.motto"} - {field}:
        if field != "party.0.ticket_type" or "answers" not in other:
            assert f'name="{other}"' in answer.text
            assert f'value="{html.escape(form[other])}"' in answer.text
    assert (">A long story</textarea>" in answer.text) is (
        field not in {"party.0.answers.story", "party.0.ticket_type"}
    )
    assert await cell("SELECT count(*) FROM form_draft") == 1


async def test_errors_are_said_in_the_readers_language_and_again_after_a_switch(http: httpx.AsyncClient) -> None:
    await ask_everything()
    wrong = await send(http, student(**{"party.0.name": "", "party.0.organisation": "港の事務所"}))
    link = re.search(r'href="(/yokohama-2026/register/[^"?]+)[?]lang=ja"', wrong.text)
    assert link is not None

    japanese = await http.get(link[1], params={"lang": "ja"}, headers=HTML)

    assert 'value="港の事務所"' in japanese.text
    assert 'href="#party-0-name"' in japanese.text
    assert "This is needed." not in japanese.text
    assert "質問 motto" in japanese.text
    assert f'action="{link[1]}"' in wrong.text


async def test_file_is_kept_while_something_else_is_wrong(http: httpx.AsyncClient) -> None:
    questions = await ask_everything()
    files = {"party.0.answers.poster": ('C:\\fakes\\plan "1".pdf', PDF, "application/pdf")}

    wrong = await http.post(PAGE, data=student(email=""), files=files, headers=SAME)
    assert named(wrong.text) == [("email", NEEDED)]
    assert "plan 1.pdf" in wrong.text
    token = re.search(r'name="party.0.answers.poster" value="([^"]+)"', wrong.text)
    assert token is not None
    [row] = await fetch("SELECT question, ticket, media_type, size, sealed FROM upload")
    assert (row["question"], row["ticket"], row["size"]) == (questions["poster"], None, len(PDF))
    assert PDF not in row["sealed"]

    address = re.search(r'action="(/yokohama-2026/register/[^"]+)"', wrong.text)
    assert address is not None
    sent = await http.post(address[1], data=student(**answers(poster=token[1])), headers=SAME)

    assert sent.status_code == 303, named(sent.text)
    assert await cell("SELECT ticket FROM upload") == await cell("SELECT id FROM ticket")
    file = await uploads.file(await cell("SELECT id FROM upload"))
    assert file == uploads.File("plan 1.pdf", "application/pdf", PDF)


async def test_file_is_taken_out_of_the_form_again(http: httpx.AsyncClient) -> None:
    await ask_everything()
    files = {"party.0.answers.poster": ("plan.pdf", PDF, "application/pdf")}
    held = await followed(http, await http.post(PAGE, data=student(action="save"), files=files, headers=SAME))
    assert "plan.pdf" in held.text
    token = re.search(r'name="party.0.answers.poster" value="([^"]+)"', held.text)
    assert token is not None

    form = student(action="drop.0.poster", **answers(poster=token[1]))
    gone = await followed(http, await http.post(PAGE, data=form, headers=SAME))

    assert "plan.pdf" not in gone.text
    assert 'value="Hello"' in gone.text


@pytest.mark.parametrize(
    ("name", "data", "kind", "words"),
    [
        ("plan.pdf", b"MZ\x90\x00", "application/pdf", "Please choose a PDF, JPEG or PNG file."),
        ("page.html", b"<script>alert(1)</script>", "text/html", "Please choose a PDF, JPEG or PNG file."),
        ("plan.png", PDF, "image/png", "Please choose a PDF, JPEG or PNG file."),
        ("plan.pdf", b"", "application/pdf", "This file is empty."),
        ("plan.pdf", PDF + b"x" * uploads.LARGEST, "application/pdf", "This file is larger than 5 MB."),
    ],
)
async def test_wrong_file_is_named_and_nobody_is_registered(
    http: httpx.AsyncClient, name: str, data: bytes, kind: str, words: str
) -> None:
    await ask_everything()
    files = {"party.0.answers.poster": (name, data, kind)}

    answer = await http.post(PAGE, data=student(), files=files, headers=SAME)

    assert named(answer.text) == [("party-0-answers-poster", words)]
    assert 'value="Hello"' in answer.text
    assert await cell("SELECT count(*) FROM ticket") + await cell("SELECT count(*) FROM upload") == 0


async def test_form_with_a_file_sent_twice_registers_once(http: httpx.AsyncClient) -> None:
    await ask_everything()
    form = student()

    sent = [
        await http.post(
            PAGE, data=form, files={"party.0.answers.poster": ("plan.pdf", PDF, "application/pdf")}, headers=SAME
        )
        for _click in range(2)
    ]

    assert [one.status_code for one in sent] == [303, 303]
    assert sent[0].headers["location"] == sent[1].headers["location"]
    assert await cell("SELECT count(*) FROM ticket") == await cell("SELECT count(*) FROM upload") == 1


async def test_largest_party_with_files_is_read(http: httpx.AsyncClient) -> None:
    await ask_everything()
    party = {f"party.{n}.{field}": "" for n in range(40) for field in "abcdefghijklmnopqrstuvwxyzabcdefghijkl"}
    party |= {f"party.{n}.ticket_type": ASKED for n in range(40)}
    files = {"party.39.answers.poster": ("plan.pdf", PDF, "application/pdf")}

    answer = await http.post(PAGE, data={**student(), **party}, files=files, headers=SAME)

    assert answer.status_code == 422
    assert people_in(answer.text) == 40
    assert "plan.pdf" in answer.text


async def test_file_of_another_registration_is_refused(http: httpx.AsyncClient) -> None:
    question = await ask("poster", "file")
    token = await uploads.store(question=question, name="a.pdf", data=PDF, now=await cell("SELECT now()"))
    first = fields(**{"party.0.ticket_type": ASKED, "party.0.answers.poster": token})
    assert (await send(http, first)).status_code == 303

    second = await send(http, {**first, "key": "another", "party.0.name": "林"})

    assert second.status_code == 409
    assert "A file is not there any more." in second.text
    assert await cell("SELECT count(*) FROM ticket") == 1


async def test_details_of_each_person_are_kept_with_the_ticket(http: httpx.AsyncClient) -> None:
    form: dict[str, Any] = fields() | {
        "party.0.needs": ["wheelchair", "captions"], "party.0.needs_note": "A ramp", "party.0.languages": "ja",
        "party.1.email": "own@example.org", "party.1.name": "小林", "party.1.residence": "JP",
        "party.1.ticket_type": "citywide-pass", "party.1.child": "true",
    }  # fmt: skip
    assert (await send(http, form)).status_code == 303

    first, second = await queries.tickets(await cell("SELECT id FROM registration"))
    assert (first.needs, first.needs_note, first.languages) == (("wheelchair", "captions"), "A ramp", ("ja",))
    assert (first.email, second.email, second.child) == ("li.na@example.org", "own@example.org", True)


async def test_large_party_is_folded_and_anybody_can_be_removed(http: httpx.AsyncClient) -> None:
    names = "\n".join(f"Guest {n}" for n in range(2, 41))
    full = await followed(http, await send(http, fields(action="names", names=names)))
    assert full.text.count("<summary>Person") == 40
    assert 'value="Guest 40"' in full.text
    assert "Add a person" not in full.text

    over = await send(http, fields(action="names", names=f"{names}\nGuest 41\nGuest 42"))
    assert named(over.text) == [("names", "There is no room for these names.")]
    assert ">Guest 41\nGuest 42</textarea>" in over.text
    assert 'value="Guest 40"' in over.text

    pending = await send(http, fields(names="Guest 2"))
    assert named(pending.text) == [("names", "Please add these people first, or empty this field.")]
    assert ">Guest 2</textarea>" in pending.text

    party = {f"party.{n}.name": f"Guest {n}" for n in range(5)} | {f"party.{n}.ticket_type": ASKED for n in range(5)}
    left = await followed(http, await send(http, {**fields(action="remove.2"), **party}))
    assert re.findall(r'name="party.\d+.name"[^>]* value="Guest (\d)"', left.text) == ["0", "1", "3", "4"]


async def test_five_people_are_added_and_get_what_they_share(http: httpx.AsyncClient) -> None:
    form = fields(**{"party.0.organisation": "Port", "party.1.name": "A", "party.1.organisation": "Own",
                     "party.1.ticket_type": ASKED, "party.2.name": "B", "party.2.ticket_type": ASKED})  # fmt: skip
    copied = await followed(http, await send(http, {**form, "action": "copy"}))
    assert re.findall(r'name="party.\d.organisation"[^>]* value="([^"]*)"', copied.text) == ["Port", "Own", "Port"]
    assert copied.text.count('<option value="SG" selected>') == 3
    more = await send(http, {**form, "action": "add.5"})
    assert more.headers["location"].endswith("#party-3-name")
    assert people_in((await followed(http, more)).text) == 8


async def priced(slug: str = ASKED, price: int = 1500) -> None:
    """Let a ticket type cost something that is paid to the city, by bank or in cash."""
    await fetch("UPDATE ticket_type SET price = $2, tax_percent = 10 WHERE slug = $1", slug, price)
    for provider in ("bank_transfer", "cash"):
        await fetch(
            "INSERT INTO payment_method (id, convention, organiser, provider, instructions, days, enabled, revision)"
            " SELECT gen_random_uuid(), id, NULL, $1, '{}', 10, true, 0 FROM convention WHERE slug = 'yokohama-2026'"
            " ON CONFLICT DO NOTHING",
            provider,
        )
    offers.forget()


async def test_price_is_said_with_its_tax_and_a_way_to_pay_is_asked_for(http: httpx.AsyncClient) -> None:
    await priced()
    form = fields(**{"party.0.ticket_type": ASKED, "party.1.name": "林", "party.1.residence": "JP",
                     "party.1.ticket_type": ASKED})  # fmt: skip

    wrong = await send(http, {**form, "party.1.name": ""})
    assert named(wrong.text) == [("party-1-name", NEEDED), ("payment", "Please choose how to pay.")]

    asked = await send(http, form)

    assert named(asked.text) == [("payment", "Please choose how to pay.")]
    assert "¥3,000 incl. tax" in asked.text
    assert "Student Pass (¥1,500 incl. tax)" in asked.text
    assert (await send(http, {**form, "payment": "cash"})).status_code == 303
    assert await cell("SELECT sum(price) FROM ticket") == 3000


@pytest.mark.parametrize(
    ("chosen", "costs"), [("", False), ("citywide-pass", False), (ASKED, True)], ids=["nothing", "free", "priced"]
)
async def test_payment_is_spoken_of_only_where_something_costs(
    http: httpx.AsyncClient, chosen: str, *, costs: bool
) -> None:
    await priced()
    shown = await send(http, fields(**{"party.0.ticket_type": chosen, "party.0.name": ""}))
    assert ("¥1,500 incl. tax</b>" in shown.text, 'name="payment"' in shown.text) == (costs, costs)


async def test_full_form_offers_the_waiting_list_and_joins_it(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'citywide'")
    two = {"party.1.name": "林", "party.1.residence": "JP", "party.1.ticket_type": "citywide-pass"}
    form = fields(**two)

    full = await send(http, form)

    assert full.status_code == 409
    assert "Join the waiting list" in full.text
    assert 'name="action" value="wait"' in full.text
    await fetch("UPDATE quota SET capacity = 3, taken = 2 WHERE slug = 'citywide'")
    address = re.search(r'action="(/yokohama-2026/register/[^"]+)"', full.text)
    assert address is not None
    joined = await http.post(address[1], data={**form, "action": "wait"}, headers=SAME)
    assert joined.status_code == 303, named(joined.text)
    assert await cell("SELECT status FROM registration") == "waiting"
    assert await cell("SELECT taken FROM quota WHERE slug = 'citywide'") == 2


async def test_page_of_a_whole_party_stays_small(http: httpx.AsyncClient) -> None:
    page = (await http.get(PAGE, params={"party": "40"}, headers=HTML)).content
    assert len(page) < 1_500_000
