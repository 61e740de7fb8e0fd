"""A crowd: the same one for the same seed, and the quotas know of it."""

from app.commands import bulk
from app.core.db import fetch
from app.people.persons import details_of
from app.ticketing.codes import Kind, Payload
from app.ticketing.tickets import code_digest, code_of, unsigned
from tests.doors import value

SLUG = "yokohama-2026"


async def fill(tickets: int, *, people: int = 40, seed: int = 7) -> int:
    found = await bulk.crowd(slug=SLUG, people=people, seed=seed)
    assert found is not None
    return await bulk.fill(found, tickets=tickets, progress=lambda _: None)


async def rows() -> list[tuple[object, ...]]:
    found = await fetch(
        "SELECT t.id, t.person, t.ticket_type, t.serial, t.code_digest, t.residence, t.created_at, r.language"
        " FROM ticket t JOIN registration r ON r.id = t.registration ORDER BY t.id"
    )
    return [tuple(row) for row in found]


async def test_the_same_seed_is_the_same_crowd(rollback: None) -> None:
    assert await fill(50) == 50
    first = await rows()
    assert await fill(50) == 0
    assert await fill(60) == 10
    assert set(first) < set(await rows())
    assert await value("SELECT count(*) FROM person") == 40
    assert await fill(50, seed=8) == 50


async def test_codes_and_names_are_real(rollback: None) -> None:
    await fill(5, people=5)
    for row in await fetch(
        "SELECT t.serial, t.code_digest, t.person, y.number AS product, c.number AS scope FROM ticket t"
        " JOIN ticket_type y ON y.id = t.ticket_type JOIN convention c ON c.id = y.convention"
    ):
        payload = Payload(Kind.ENTRY, 0, 0, row["scope"], row["product"], unsigned(row["serial"]), 0)
        code = code_of(scope=payload.scope, product=payload.product, serial=payload.serial)
        assert row["code_digest"] == code_digest(code)
        assert (await details_of([row["person"]]))[row["person"]].email.endswith("@yokohama-2026.example.org")


async def test_quotas_count_the_crowd(rollback: None) -> None:
    await fetch("UPDATE quota SET capacity = 3")
    await fill(50)
    assert await value("SELECT count(*) FROM quota WHERE taken > capacity") == 0
    taken = await value("SELECT sum(taken) FROM quota")
    assert taken == await value("SELECT count(*) FROM ticket t JOIN quota_use u ON u.ticket_type = t.ticket_type")


async def test_no_such_convention(rollback: None) -> None:
    assert await bulk.crowd(slug="nowhere-2026", people=1, seed=1) is None
