"""What programs may do with a registration whose link they hold."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.i18n import LANGUAGES, use_language
from app.core.signing import capability
from app.ticketing.life import history
from app.ticketing.life.block import block
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.schemas import RegistrationOut
from app.ticketing.states import ACTIONS
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.life.doing import (
    EARLY,
    STAFF,
    capacity,
    details,
    notes,
    people,
    register,
    states,
    status,
    taken,
    ticket,
    token,
    waiting,
)
from tests.ticketing.stock import sound
from tests.ticketing.wishes import member

NEW = {"name": "김민수", "residence": "KR"}


@pytest.fixture
async def api(http: httpx.AsyncClient, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A client at a time when holders may still change everything."""
    clock.moment = EARLY
    yield http
    use_language("en")


def url(found: RegistrationOut, below: str = "") -> str:
    return f"/api/v1/registrations/{token(found)}{below}"


async def patch(
    http: httpx.AsyncClient, found: RegistrationOut, *tickets: Any, key: str | None = None
) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await http.patch(url(found), json={"tickets": list(tickets)}, headers=headers)


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(e["field"], e["code"]) for e in answer.json()["errors"]]


async def test_show(api: httpx.AsyncClient) -> None:
    found = await register()
    shown = (await api.get(url(found))).json()
    assert (shown["status"], shown["expires_at"]) == ("confirmed", None)
    [line] = shown["history"]
    assert (line["action"], line["words"], line["ticket"]) == ("issued", "Issued", str(found.tickets[0].id))


async def test_everything_at_once(api: httpx.AsyncClient) -> None:
    found = await register(*people(4))
    one, two, three, four = (str(t.id) for t in found.tickets)
    answer = await patch(
        api,
        found,
        {"id": one, "change": {"reading": "One"}},
        {"id": two, "transfer": NEW},
        {"id": three, "cancel": True},
        {"id": four, "reissue": True},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert [t["state"] for t in body["tickets"]] == ["valid", "valid", "canceled", "valid"]
    assert [t["name"] for t in body["tickets"]][1] == "김민수"
    assert [line["action"] for line in body["history"]].count("issued") == 4
    assert {line["action"] for line in body["history"]} == {"issued", "changed", "transferred", "canceled", "reissued"}
    assert await taken("citywide") == 3
    await sound()


async def test_all_or_nothing_and_every_wrong_field(api: httpx.AsyncClient) -> None:
    found = await register(*people(4))
    one, two, three, four = (str(t.id) for t in found.tickets)
    answer = await patch(
        api,
        found,
        {"id": one, "change": {"reading": "One"}},
        {"id": two, "change": {"sessions": [str(uuid4())], "email": f"x@{'a' * 64}.example"}},
        {"id": three, "transfer": {**NEW, "answers": {"no-such": "x"}}},
        {"id": four},
        {"id": four, "cancel": True, "reissue": True},
    )
    assert sorted(wrong(answer)) == [
        ("tickets[1].change.email", "format"),
        ("tickets[1].change.sessions[0]", "choice"),
        ("tickets[2].transfer.answers.no-such", "unknown"),
        ("tickets[3]", "choice"),
        ("tickets[4]", "choice"),
        ("tickets[4].id", "twice"),
    ]
    assert (await details(found.tickets[0].id)).reading != "One"
    assert await states(found.id) == ["valid"] * 4
    assert (await ticket(found.tickets[0].id))["revision"] == 0


async def test_what_is_malformed_is_named(api: httpx.AsyncClient) -> None:
    found = await register()
    one = str(found.tickets[0].id)
    answer = await patch(
        api,
        found,
        {"id": "x", "cancel": True},
        {"id": one, "change": {"name": "", "residence": "XX", "nationality": "JP"}},
        {"id": one, "transfer": {"name": "x"}},
    )
    assert sorted(wrong(answer)) == [
        ("tickets[0].id", "format"),
        ("tickets[1].change.name", "required"),
        ("tickets[1].change.nationality", "unknown"),
        ("tickets[1].change.residence", "choice"),
        ("tickets[2].transfer.residence", "required"),
    ]
    assert wrong(await patch(api, found)) == [("tickets", "required")]


async def test_a_ticket_of_another_party_is_not_found(api: httpx.AsyncClient) -> None:
    mine, theirs = await register(*people(1)), await register(*people(1, 5))
    for what in ({"change": {"name": "x"}}, {"transfer": NEW}, {"cancel": True}, {"reissue": True}):
        answer = await patch(api, mine, {"id": str(theirs.tickets[0].id), **what})
        assert answer.status_code == 404
    assert (await ticket(theirs.tickets[0].id))["revision"] == 0


@pytest.mark.parametrize(
    ("method", "below"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/offer"), ("DELETE", "/offer")]
)
async def test_a_link_is_needed(api: httpx.AsyncClient, method: str, below: str) -> None:
    found = await register()
    body = {"tickets": [{"id": str(found.tickets[0].id), "cancel": True}]} if method == "PATCH" else None
    for link in ("x", capability("ticket", found.id), capability("registration", uuid4())):
        answer = await api.request(method, f"/api/v1/registrations/{link}{below}", json=body)
        assert answer.status_code == 404, link
    assert await states(found.id) == ["valid"]


async def test_a_key_makes_it_once(api: httpx.AsyncClient) -> None:
    found = await register()
    one = {"id": str(found.tickets[0].id), "reissue": True}
    first, again = [await patch(api, found, one, key="k") for _ in range(2)]
    assert first.json() == again.json()
    assert (await ticket(found.tickets[0].id))["generation"] == 1
    other = await patch(api, found, {**one, "reissue": False, "cancel": True}, key="k")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert (await patch(api, found, one)).status_code == 200
    assert (await ticket(found.tickets[0].id))["generation"] == 2


async def test_a_refused_request_gives_its_key_back(api: httpx.AsyncClient) -> None:
    found = await register()
    one = str(found.tickets[0].id)
    assert (
        await patch(api, found, {"id": one, "change": {"email": f"x@{'a' * 64}.example"}}, key="k")
    ).status_code == 422
    assert (await patch(api, found, {"id": one, "change": {"email": "x@example.org"}}, key="k")).status_code == 200


async def test_no_name_is_kept_with_a_key(api: httpx.AsyncClient) -> None:
    from app.core.signing import derived, unseal

    found = await register()
    await patch(api, found, {"id": str(found.tickets[0].id), "transfer": NEW}, key="k")
    sealed = await value("SELECT answer FROM stored_answer WHERE scope LIKE 'change:%'")
    assert isinstance(sealed, bytes)
    assert unseal(derived("stored-answers"), sealed) == b""


async def test_delete_cancels_all(api: httpx.AsyncClient) -> None:
    found = await register(*people(2))
    for _twice in range(2):
        answer = await api.delete(url(found))
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert (await taken("citywide"), await notes("canceled")) == (0, 1)
    assert [t["code"] for t in answer.json()["tickets"]] == ["", ""]
    await sound()


async def test_after_the_limit_the_moment_is_named(api: httpx.AsyncClient, clock: Clock) -> None:
    found = await register()
    clock.moment = NOW
    answer = await api.delete(url(found))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-late")
    assert answer.json()["until"] == "2026-11-20T15:00:00+00:00"
    assert (await patch(api, found, {"id": str(found.tickets[0].id), "reissue": True})).status_code == 200


async def test_offers(api: httpx.AsyncClient) -> None:
    await capacity("yoxo", 2)
    first = await register(*people(2, ticket_type="yoxo-ticket"))
    one, two = [await waiting(*people(1, n, ticket_type="yoxo-ticket")) for n in (10, 20)]
    nothing = await api.post(url(one, "/offer"))
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/not-now")
    await cancel(registration=first.id, by=HOLDER, now=EARLY)
    shown = (await api.get(url(one))).json()
    assert (shown["status"], shown["expires_at"]) == ("offered", "2026-11-19T01:00:00Z")
    assert (await api.post(url(one, "/offer"))).json()["status"] == "confirmed"
    assert (await api.delete(url(two, "/offer"))).json()["status"] == "canceled"
    assert (await status(one.id), await status(two.id)) == ("confirmed", "canceled")
    await sound()


async def test_history_in_words(api: httpx.AsyncClient) -> None:
    found = await register()
    await patch(
        api, found, {"id": str(found.tickets[0].id), "change": {"name": "x", "sessions": [], "needs": ["other"]}}
    )
    await block(ticket=found.tickets[0].id, by=STAFF, now=NOW)
    lines = await history.of_registration(found.id)
    assert [line.words for line in lines] == [
        "Issued", "Details changed (Full name, Access needs)", "Blocked by the organiser: A good reason",
    ]  # fmt: skip
    assert [line.actor for line in lines] == ["holder", "holder", "staff"]
    assert await history.of_ticket(found.tickets[0].id) == lines
    assert STAFF.actor not in (await api.get(url(found))).text


async def test_who_waited_was_put_on_the_list(api: httpx.AsyncClient) -> None:
    await capacity("yoxo", 1)
    await register(member(ticket_type="yoxo-ticket"))
    found = await waiting(member(name="b", ticket_type="yoxo-ticket"))
    assert [line.words for line in await history.of_registration(found.id)] == ["Put on the waiting list"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_action_has_words(tag: str) -> None:
    use_language(tag)
    words = {history.told(action, actor="holder") for action in ACTIONS}
    assert len(words) == len(ACTIONS)
    for actor in ("holder", "staff", "system"):
        assert all(history.told(action, actor=actor) for action in ACTIONS)
    use_language("en")
