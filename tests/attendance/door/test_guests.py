"""The desk finds guests by any piece of a name in any script, and only those whom its gate expects."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance.door import guests, indexing
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import persons
from app.people.roles import Scope
from app.people.schemas import Declared, Details
from tests.attendance.conftest import Send
from tests.attendance.factories import Made, covered_gate, gates, scan, ticket
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value


@pytest.fixture(autouse=True)
def _nothing_noted() -> None:
    guests.forget_noted()


async def guest(name: str, reading: str = "", organisation: str = "", email: str = "", **wish: Any) -> Made:
    """Add a ticket of somebody with these details, searchable."""
    details = Details(name, email or f"{uuid4().hex}@example.org", reading, organisation)
    [person] = await persons.enrol([Declared(details=details, residence="JP")], now=NOW)
    made = await ticket(person=person.id, **wish)
    await indexing.catch_up(now=NOW)
    return made


async def search(phone: httpx.AsyncClient, gate: UUID, words: str, **more: Any) -> list[str]:
    """Return the names of those found, in order."""
    answer = await phone.get(f"/api/v1/gates/{gate}/guests", params={"q": words, **more})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["guests"]]


@pytest.mark.parametrize(
    ("name", "reading", "words"),
    [
        ("林", "", "林"),
        ("孫悟空", "", "孫"),
        ("김민수", "", "김"),
        ("김민수", "", "ㄱㅁㅅ"),
        ("Émile Zola", "", "é"),
        ("Émile Zola", "", "E"),
        ("佐藤太郎", "さとう たろう", "sato"),
        ("佐藤太郎", "サトウ　タロウ", "さとう"),
        ("Satō Tarō", "", "サトウ"),
        ("ﾊｯﾄﾘ ﾊﾝｿﾞｳ", "", "hattori hanzo"),
        ("Ｌｉ Ｎａ", "", "lina"),
        ("Jürgen Müller", "", "mueller"),
        ("Nguyễn Văn Đức", "", "duc nguyen"),
        ("สมชาย ใจดี", "", "ใจ"),
    ],
)
async def test_found_in_every_script(phone: httpx.AsyncClient, name: str, reading: str, words: str) -> None:
    gate = await covered_gate("citywide-pass")
    await guest("Qwu Qwu", "わわ")
    await guest(name, reading)
    assert await search(phone, gate.id, words) == [name]


async def test_found_by_organisation_address_and_end_of_the_number(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    made = await guest("Li Na", organisation="Green Bay Ltd", email="li.na@example.org")
    await guest("Other", organisation="Blue Hill", email="other@example.org")
    serial = f"{made.serial:016x}"
    words = ["green", "LI.NA+fair@example.org", serial[-6:], serial.upper(), made.registration.hex[-6:]]
    assert [await search(phone, gate.id, one) for one in words] == [["Li Na"]] * 5
    assert await search(phone, gate.id, "li.na@example.or") == []


async def test_what_the_desk_sees_of_a_guest(phone: httpx.AsyncClient, send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    made = await guest("佐藤 太郎", "さとう たろう")
    await guest("Companion", registration=made.registration)
    await guest("Left again", registration=made.registration, state="canceled")
    answer = await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "佐藤"})
    assert answer.headers["cache-control"] == "private, no-store"
    outside = {
        "ticket": str(made.id),
        "name": "佐藤 太郎",
        "reading": "さとう たろう",
        "ticket_type": "Citywide Pass",
        "state": "valid",
        "party": 2,
        "inside": False,
        "entered_at": None,
        "residence_known": True,
        "language": "en",
    }
    assert answer.json() == {"guests": [outside], "more": False}
    await send(scan(1, made.code, gate.id))
    [seen] = (await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "佐藤"})).json()["guests"]
    assert seen == {**outside, "inside": True, "entered_at": seen["entered_at"]}
    assert dt.datetime.fromisoformat(seen["entered_at"]) == NOW


async def test_who_was_found_is_checked_in_by_hand(phone: httpx.AsyncClient, send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    await guest("林", "はやし")
    path = f"/api/v1/gates/{gate.id}/guests"
    [seen] = (await phone.get(path, params={"q": "hayashi"})).json()["guests"]
    by_hand = {"ticket": seen["ticket"], "manual": "phone is empty, passport seen"}
    [receipt] = await send(scan(1, "", gate.id, **by_hand))
    assert (receipt["verdict"], receipt["ticket"]["name"]) == ("admitted", "林")
    [seen] = (await phone.get(path, params={"q": "hayashi"})).json()["guests"]
    assert seen["inside"] is True
    rows = await fetch("SELECT kind, evidence_class FROM ledger_entry WHERE ticket = $1", UUID(seen["ticket"]))
    assert [tuple(row) for row in rows] == [("manual", "B")]


async def test_unknown_residence_is_told(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    made = await guest("林", residence=None)
    await fetch("UPDATE person SET residence = NULL WHERE id = $1", made.person)
    [seen] = (await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "林"})).json()["guests"]
    assert seen["residence_known"] is False


async def test_best_first_and_valid_before_the_rest(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    for name in ("小林 一", "林田 一", "林 太郎", "林"):
        await guest(name)
    await guest("林 ", state="canceled")
    assert await search(phone, gate.id, "林") == ["林", "林 太郎", "林田 一", "小林 一", "林 "]


async def test_as_many_as_wished_and_whether_there_are_more(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    for number in range(5):
        await guest(f"Kim {number}")
    answer = (await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "kim", "limit": 4})).json()
    assert (len(answer["guests"]), answer["more"]) == (4, True)
    answer = (await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "kim", "limit": 5})).json()
    assert (len(answer["guests"]), answer["more"]) == (5, False)
    for wrong in (0, 51):
        answer = await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "kim", "limit": wrong})
        assert answer.status_code in {400, 422}


@pytest.mark.parametrize("words", ["", " ", "・", "\u200b"])
async def test_nobody_is_listed_without_being_asked_for(phone: httpx.AsyncClient, words: str) -> None:
    gate = await covered_gate("citywide-pass")
    await guest("林")
    answer = await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": words})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["q"]
    assert "林" not in answer.text


async def test_guests_of_other_events_are_not_found(phone: httpx.AsyncClient) -> None:
    """A ticket that does not open this gate's event belongs to somebody else's guests."""
    made = await guest("林", slug="yoxo-booth")
    covered = await covered_gate("yoxo-booth")
    other = next(gate for gate in await gates() if gate.organiser != covered.organiser)
    assert await search(phone, covered.id, "林") == ["林"]
    assert await search(phone, other.id, "林") == []
    assert await search(phone, other.id, f"{made.serial:016x}") == []


async def test_gates_out_of_scope_do_not_exist(app: Frame, rollback: None) -> None:
    mine, other = (await gates())[:2]
    async with client(app, await token_for("staff", scope=Scope(gates=(mine.id,)))) as phone:
        assert (await phone.get(f"/api/v1/gates/{mine.id}/guests?q=a")).status_code == 200
        assert (await phone.get(f"/api/v1/gates/{other.id}/guests?q=a")).status_code == 404
        assert (await phone.get(f"/api/v1/gates/{uuid4()}/guests?q=a")).status_code == 404


async def test_only_devices_and_leads_search(app: Frame, rollback: None) -> None:
    gate = await covered_gate("citywide-pass")
    async with client(app, await token_for("staff", bare=True)) as bare:
        assert (await bare.get(f"/api/v1/gates/{gate.id}/guests?q=a")).status_code == 403
    async with client(app, await token_for("lead")) as lead:
        assert (await lead.get(f"/api/v1/gates/{gate.id}/guests?q=a")).status_code == 200


async def test_who_searched_is_written_down_sparingly_and_not_for_whom(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    for _ in range(3):
        await search(phone, gate.id, "hayashi")
    rows = await fetch("SELECT actor, subject, detail FROM audit_entry WHERE action = 'guests.search'")
    assert [(row["subject"], row["detail"]) for row in rows] == [(f"gate:{gate.id}", "{}")]
    assert rows[0]["actor"].startswith("staff:")
    clock.forward(minutes=10)
    await search(phone, gate.id, "hayashi")
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guests.search'") == 2


async def test_searching_has_a_measure(phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = await covered_gate("citywide-pass")
    for _ in range(600):
        assert (await phone.get(f"/api/v1/gates/{gate.id}/guests?q=")).status_code == 422
    answer = await phone.get(f"/api/v1/gates/{gate.id}/guests?q=")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_index_reveals_no_name(phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces are keyed, and the same name has other hashes under another ticket type."""
    one, two = await guest("林"), await guest("林", slug="yoxo-booth")
    rows = await fetch("SELECT ticket, grams FROM ticket_search")
    kept = {row["ticket"]: set(row["grams"]) for row in rows}
    assert kept[one.id]
    assert not kept[one.id] & kept[two.id]
