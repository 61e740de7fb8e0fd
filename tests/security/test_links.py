"""Links to tickets, registrations, forms, files and receipts: each opens its own, and nothing of the neighbour's."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.signing import capability
from app.people.limited import UPLOADS
from app.ticketing.pages import form_keeping
from app.ticketing.pages.form_files import LARGEST_FORM
from app.ticketing.registering import uploads
from app.ticketing.registering.drafts import draft_token
from app.ticketing.registering.holds import hold_token
from app.ticketing.registering.voucher_tries import MOST
from app.ticketing.setting_up.vouchers import code_key
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.asking import ask
from tests.ticketing.life.doing import EARLY
from tests.ticketing.settings import question, voucher
from tests.ticketing.wishes import member, register, wish

HTML = {"accept": "text/html"}
PDF = b"%PDF-1.7 x"
FORM = "/yokohama-2026/register"
SENT = {
    "action": "send", "email": "a@example.org", "consents": "terms-2026", "party.0.name": "A",
    "party.0.residence": "JP", "party.0.ticket_type": "citywide-pass",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_time(clock: Clock) -> None:
    """Stand where holders may still change everything."""
    clock.moment = EARLY


class Party:
    """A registration of two, with the tokens of its links."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.manage = str(body["manage_url"]).rpartition("/")[2]
        self.tickets = [str(one["id"]) for one in body["tickets"]]
        self.links = [str(one["page_url"]).rpartition("/")[2] for one in body["tickets"]]


async def party(http: httpx.AsyncClient, email: str) -> Party:
    people = [member(name=f"{email} {n}", email=f"{n}.{email}" if n else "") for n in range(2)]
    answer = await register(http, wish(*people, email=email))
    assert answer.status_code == 201, answer.text
    return Party(answer.json())


async def standing() -> list[tuple[Any, ...]]:
    """Return how all tickets stand, to see that nothing has moved."""
    rows = await fetch("SELECT id, state, person, generation, serial FROM ticket ORDER BY id")
    return [tuple(row) for row in rows]


LEADERS = (
    "/registrations/{}",
    "/registrations/{}/cancel",
    "/registrations/{}/decline",
    "/registrations/{}/tickets.pdf",
    "/registrations/{}/other-address",
    "/api/v1/registrations/{}",
)
"""What the link of a registration opens, and that of a companion's ticket does not."""


@pytest.mark.parametrize("path", LEADERS)
async def test_companions_link_does_nothing_of_the_leaders(http: httpx.AsyncClient, path: str) -> None:
    made = await party(http, "a@example.org")
    before, wanted = await standing(), {"tickets": [{"id": made.tickets[1], "cancel": True}]}
    assert (await http.get(path.format(made.manage), headers=HTML)).status_code in {200, 303}
    for token in made.links:
        assert (await http.get(path.format(token), headers=HTML)).status_code == 404
        assert (await http.post(path.format(token), data={"tickets": made.tickets})).status_code in {404, 405}
        for method in ("PATCH", "DELETE"):
            assert (await http.request(method, path.format(token), json=wanted)).status_code in {404, 405}
    assert await standing() == before


async def test_link_of_one_ticket_passes_nothing_on(http: httpx.AsyncClient) -> None:
    made = await party(http, "a@example.org")
    for token in made.links:
        assert (await http.get(f"/tickets/{token}/pass-on")).status_code == 404
        assert (await http.post(f"/tickets/{token}/pass-on", data=SENT)).status_code == 404


DEEDS = ("change", "new-code", "send", "pass-on")


@pytest.mark.parametrize("deed", DEEDS)
async def test_ticket_of_another_party_is_not_in_this_one(http: httpx.AsyncClient, deed: str) -> None:
    mine, hers = await party(http, "a@example.org"), await party(http, "b@example.org")
    before = await standing()
    path = f"/registrations/{mine.manage}/tickets/{{}}/{deed}"
    form = {"party.0.name": "Thief", "party.0.residence": "JP"}
    assert (await http.get(path.format(mine.tickets[1]))).status_code == 200
    for ticket in (*hers.tickets, str(uuid4())):
        assert (await http.get(path.format(ticket))).status_code == 404
        assert (await http.post(path.format(ticket), data=form)).status_code == 404
    assert await standing() == before


async def test_form_that_cancels_takes_tickets_of_its_own_party_alone(http: httpx.AsyncClient) -> None:
    mine, hers = await party(http, "a@example.org"), await party(http, "b@example.org")
    before = await standing()
    path = f"/registrations/{mine.manage}/cancel"
    assert (await http.post(path, data={"tickets": hers.tickets})).status_code == 422
    assert await standing() == before
    assert (await http.post(path, data={"tickets": [hers.tickets[0], mine.tickets[0]]})).status_code == 303
    canceled = await fetch("SELECT id FROM ticket WHERE state = 'canceled'")
    assert [str(row["id"]) for row in canceled] == [mine.tickets[0]]


WISHES: list[dict[str, Any]] = [
    {"change": {"name": "Thief"}},
    {"transfer": {"name": "Thief", "residence": "JP"}},
    {"cancel": True},
    {"reissue": True},
]


@pytest.mark.parametrize("wanted", WISHES, ids=lambda one: next(iter(one)))
async def test_several_changes_with_one_of_a_stranger_are_none(http: httpx.AsyncClient, wanted: dict[str, Any]) -> None:
    mine, hers = await party(http, "a@example.org"), await party(http, "b@example.org")
    before = await standing()
    tickets = [{"id": one, **wanted} for one in (mine.tickets[0], hers.tickets[0])]
    for asked in (tickets, tickets[::-1], tickets[1:]):
        answer = await http.patch(f"/api/v1/registrations/{mine.manage}", json={"tickets": asked})
        assert answer.status_code == 404
        assert await standing() == before
    answer = await http.patch(f"/api/v1/registrations/{mine.manage}", json={"tickets": tickets[:1]})
    assert answer.status_code == 200, answer.text


# Capabilities of one kind are none of another

KINDS = ("registration", "ticket", "hold", "draft", "upload", "receipt")


async def test_token_of_one_kind_opens_no_door_of_another(http: httpx.AsyncClient) -> None:
    made = await party(http, "a@example.org")
    rows = [await value("SELECT id FROM registration"), *map(UUID, made.tickets)]
    doors = {
        "registration": "/registrations/{}",
        "ticket": "/tickets/{}",
        "draft": f"{FORM}/{{}}",
        "receipt": "/receipts/{}",
    }
    for kind in KINDS:
        for row in rows:
            token = capability(kind, row)  # type: ignore[arg-type]
            opened = {name for name, path in doors.items() if (await http.get(path.format(token))).status_code == 200}
            known = {"registration": rows[:1], "ticket": rows[1:]}
            assert opened == ({kind} if row in known.get(kind, ()) else set()), (kind, opened)


async def test_signature_cut_or_changed_opens_nothing(http: httpx.AsyncClient) -> None:
    made = await party(http, "a@example.org")
    for path, token in (("/registrations/{}", made.manage), ("/tickets/{}", made.links[0])):
        other = "A" if token[-5] != "A" else "B"
        for wrong in (token[:-1], token[:-5] + other + token[-4:], token.swapcase(), token + "A", token[::-1]):
            assert (await http.get(path.format(wrong))).status_code == 404


# Holds, drafts and files


async def _stock() -> int:
    return int(str(await value("SELECT sum(taken) FROM quota")))


async def test_hold_of_somebody_is_released_by_its_token_alone(http: httpx.AsyncClient) -> None:
    held = await http.post("/api/v1/conventions/yokohama-2026/holds", json={"wanted": {"citywide-pass": 3}})
    stock, hold = await _stock(), await value("SELECT id FROM hold")
    for wrong in (str(hold), capability("draft", hold), capability("upload", hold), held.json()["hold"][:-1]):  # type: ignore[arg-type]
        assert (await http.delete(f"/api/v1/holds/{wrong}")).status_code == 404
        refused = await register(http, wish(hold=wrong, email=f"{uuid4().hex}@example.org"))
        assert refused.status_code in {201, 422}
    assert await value("SELECT count(*) FROM hold WHERE id = $1", hold) == 1
    assert await _stock() >= stock
    assert (await http.delete(f"/api/v1/holds/{held.json()['hold']}")).status_code < 300
    assert await value("SELECT count(*) FROM hold") == 0


async def test_form_of_somebody_is_read_and_written_by_its_link_alone(http: httpx.AsyncClient) -> None:
    typed = {**SENT, "party.0.name": "Secret Name", "action": "save"}
    kept = await http.post(FORM, data=typed)
    assert kept.status_code == 303
    draft = await value("SELECT id FROM form_draft")
    http.cookies.clear()
    for wrong in (str(draft), capability("hold", draft), draft_token(uuid4()), hold_token(draft)):  # type: ignore[arg-type]
        shown = await http.get(f"{FORM}/{wrong}", headers=HTML)
        assert (shown.status_code, "Secret Name" in shown.text) == (404, False)
    http.cookies.set("machi_draft", str(draft))
    assert "Secret Name" not in (await http.get(FORM, headers=HTML)).text
    shown = await http.get(kept.headers["location"], headers=HTML)
    assert "Secret Name" in shown.text
    assert "no-store" in shown.headers["cache-control"]


async def test_forms_address_of_another_convention_shows_nothing(http: httpx.AsyncClient) -> None:
    kept = await http.post(FORM, data={**SENT, "action": "save"})
    other = kept.headers["location"].replace("yokohama-2026", "yokohama-2027").partition("?")[0]
    assert (await http.get(other)).status_code == 404


async def sent_file(http: httpx.AsyncClient, slug: str, data: bytes = PDF) -> str:
    answer = await http.post(
        f"/api/v1/conventions/yokohama-2026/uploads/{slug}", content=data, headers={"content-type": "application/pdf"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload"])


async def test_file_belongs_to_the_first_ticket_that_names_it(http: httpx.AsyncClient) -> None:
    await ask("poster", "file", required=True)
    await ask("paper", "file")
    token = await sent_file(http, "poster")
    first = await register(http, wish(member(ticket_type="student-pass", answers={"poster": token})))
    assert first.status_code == 201
    owner = await fetch_one("SELECT ticket, sealed FROM upload")
    thieves = (
        {"poster": token},
        {"poster": await sent_file(http, "poster"), "paper": token},
        {"poster": await sent_file(http, "paper")},
    )
    for n, answers in enumerate(thieves):
        body = wish(member(ticket_type="student-pass", answers=answers), email=f"thief{n}@example.org")
        assert (await register(http, body)).status_code in {409, 422}, n
    assert await fetch_one("SELECT ticket, sealed FROM upload WHERE ticket IS NOT NULL") == owner


async def test_file_of_another_ticket_does_not_come_by_changing_ones_own(http: httpx.AsyncClient) -> None:
    await ask("poster", "file")
    token = await sent_file(http, "poster")
    hers = await register(http, wish(member(ticket_type="student-pass", answers={"poster": token})))
    mine = (await register(http, wish(member(ticket_type="student-pass"), email="b@example.org"))).json()
    change = {"id": mine["tickets"][0]["id"], "change": {"answers": {"poster": token}}}
    manage = str(mine["manage_url"]).rpartition("/")[2]
    answer = await http.patch(f"/api/v1/registrations/{manage}", json={"tickets": [change]})
    assert answer.status_code in {409, 422}
    assert await value("SELECT ticket FROM upload") == UUID(hers.json()["tickets"][0]["id"])


# Vouchers


async def test_vouchers_are_not_found_by_trying_in_either_door(http: httpx.AsyncClient) -> None:
    await voucher("GOOD1-CODE2")
    for n in range(MOST):
        body = wish(member(voucher=f"WRONG-{n:05}"), email=f"v{n}@example.org")
        if n % 2:
            refused = await register(http, body)
        else:
            form = {**SENT, "email": f"v{n}@example.org", "party.0.voucher": f"WRONG-{n:05}"}
            refused = await http.post(FORM, data=form)
        assert refused.status_code == 422, n
    good = wish(member(voucher="GOOD1-CODE2"), email="good@example.org")
    assert (await register(http, good)).status_code == 429, "also for the right one, or the answer would tell"
    shown = await http.post(FORM, data={**SENT, "party.0.voucher": "GOOD1-CODE2"})
    assert shown.status_code == 429
    chosen = {"action": "choose", "count.citywide-pass": "1", "voucher": "GOOD1-CODE2"}
    assert (await http.post(FORM, data=chosen)).status_code == 429
    assert await value("SELECT used FROM voucher WHERE code_key = $1", code_key("GOOD1-CODE2")) == 0
    assert (await register(http, wish(email="none@example.org"))).status_code == 201, "who types no code is not held up"


# What is kept of strangers has a size


async def test_days_measure_of_files_ends(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await question("poster", "file")
    (_short, long) = UPLOADS
    for _n in range(long.most):
        await long.take("127.0.0.1", EARLY)
    answer = await http.post(
        "/api/v1/conventions/yokohama-2026/uploads/poster", content=PDF, headers={"content-type": "application/pdf"}
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (429, str(24 * 3600))
    form = await http.post(
        FORM, data={**SENT, "party.0.ticket_type": "citywide-pass"}, files={"party.0.answers.poster": ("p.pdf", PDF)}
    )
    assert form.status_code == 429
    assert await value("SELECT count(*) FROM upload") == 0


@pytest.mark.parametrize("action", ["save", "send", "show", "add"])
async def test_more_than_anybody_types_is_not_kept(http: httpx.AsyncClient, action: str) -> None:
    novel = {**SENT, "action": action, "email": "x", "party.0.name": "a" * form_keeping.LARGEST}
    assert (await http.post(FORM, data=novel)).status_code == 413
    assert await value("SELECT count(*) FROM form_draft") == 0
    small = {**novel, "party.0.name": "a" * 5_000}
    assert (await http.post(FORM, data=small)).status_code in {303, 422}
    assert await value("SELECT count(*) FROM form_draft") == 1


@pytest.mark.parametrize(
    ("path", "kind", "most"),
    [
        (FORM, "multipart/form-data; boundary=x", LARGEST_FORM),
        (FORM, "application/x-www-form-urlencoded", LARGEST_FORM),
        ("/api/v1/conventions/yokohama-2026/uploads/poster", "application/pdf", uploads.LARGEST + 1),
    ],
)
async def test_body_of_files_is_refused_before_it_is_held(
    http: httpx.AsyncClient, path: str, kind: str, most: int
) -> None:
    await question("poster", "file")
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n'
        for _n in range(2 * most // 65_536):
            taken += 65_536
            yield b"a" * 65_536

    assert (await http.post(path, content=endless(), headers={"content-type": kind})).status_code == 413
    assert taken <= most + 2 * 65_536, "the rest was not even read"
    announced = {"content-type": kind, "content-length": str(most + 1)}
    taken = 0
    assert (await http.post(path, content=endless(), headers=announced)).status_code == 413
    assert taken <= 65_536, "who announces too much is not listened to"
    assert await value("SELECT count(*) FROM upload") == 0


async def test_polyglot_is_what_it_begins_with_and_nothing_else(http: httpx.AsyncClient) -> None:
    """A page with scripts that begins like a picture is a picture; one that begins like a page is refused."""
    slug = "poster"
    await question(slug, "file")
    script = b"<html><script>alert(1)</script>"
    for start in uploads.KINDS:
        token = await sent_file_as(http, slug, start + script, "application/octet-stream")
        kind = await value("SELECT media_type FROM upload WHERE id = $1", uploads.uploads_of([token])[0])
        assert kind == uploads.KINDS[start]
    for wrong in (script, b"\n%PDF-1.7" + script, b"GIF89a" + script, b"PK\x03\x04", b"<svg xmlns='x'/>"):
        answer = await http.post(
            f"/api/v1/conventions/yokohama-2026/uploads/{slug}", content=wrong, headers={"content-type": "text/html"}
        )
        assert answer.status_code == 422


async def sent_file_as(http: httpx.AsyncClient, slug: str, data: bytes, kind: str) -> str:
    answer = await http.post(
        f"/api/v1/conventions/yokohama-2026/uploads/{slug}", content=data, headers={"content-type": kind}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload"])
