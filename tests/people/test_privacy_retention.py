"""Each kind of data goes exactly when its days are over, by itself; names go, counts stay."""

import datetime as dt
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import retention as core
from app.core.db import fetch
from app.core.retention import KEPT
from app.people import access, own_data, retention, undeliverable
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.wishes import member, register, wish

pytestmark = pytest.mark.usefixtures("http")

MOMENT = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
Make = Callable[[dt.datetime], Awaitable[object]]


async def account(role: str = "officer", email: str | None = None) -> UUID:
    return await access.add_account(role=role, label="Sato", now=NOW - 4000 * DAY, email=email)  # type: ignore[arg-type]


async def sign_in_link(end: dt.datetime) -> None:
    await fetch(
        "INSERT INTO sign_in_link (id, account, digest, created_at, expires_at, reusable)"
        " VALUES (gen_random_uuid(), $1, 'x', $2, $2, false)",
        await account(),
        end,
    )


async def ceremony(end: dt.datetime) -> None:
    await fetch(
        "INSERT INTO ceremony (id, kind, digest, sealed, created_at, expires_at)"
        " VALUES (gen_random_uuid(), 'openid', 'x', 'x', $1, $1)",
        end,
    )


async def returned_mail(end: dt.datetime) -> None:
    await undeliverable.note(key=b"x", status="5.1.1", now=end)


async def session(end: dt.datetime) -> None:
    await fetch(
        "INSERT INTO browser_session (id, account, digest, created_at, seen_at, strength, agent)"
        " VALUES (gen_random_uuid(), $1, 'x', $2, $2, 'link', '')",
        await account(),
        end,
    )


async def ended_session(end: dt.datetime) -> None:
    await session(end - DAY)
    await fetch("UPDATE browser_session SET ended_at = $1", end)


async def invitation(end: dt.datetime) -> None:
    await fetch(
        "INSERT INTO invitation (id, role, scope, label, address, address_key, language, digest, created_at,"
        " expires_at)"
        " VALUES (gen_random_uuid(), 'officer', '{}', 'Sato', 'x', 'x', 'en', 'x', $1, $1)",
        end,
    )


async def address_challenge(end: dt.datetime) -> None:
    person = uuid4()
    await fetch("INSERT INTO person (id, created_at) VALUES ($1, $2)", person, NOW)
    await fetch(
        "INSERT INTO address_challenge (id, person, address, address_key, digest, language, created_at, expires_at)"
        " VALUES (gen_random_uuid(), $1, 'x', 'x', 'x', 'en', $2, $2)",
        *(person, end),
    )


async def provisioning(end: dt.datetime) -> None:
    await fetch(
        "INSERT INTO provisioning (id, digest, role, scope, name, created_at, expires_at)"
        " VALUES (gen_random_uuid(), 'x', 'staff', '{}', '', $1, $1)",
        end,
    )


async def token(end: dt.datetime) -> None:
    await access.issue_token(account=await account(), now=end - DAY, expires_at=end)


async def consent(end: dt.datetime) -> None:
    person = uuid4()
    await fetch("INSERT INTO person (id, created_at) VALUES ($1, $2)", person, NOW)
    await fetch("INSERT INTO consent VALUES (gen_random_uuid(), $1, 'news-2026', $2, $2)", person, end)


ROWS: list[tuple[str, Make, str]] = [
    ("sign-in-links", sign_in_link, "SELECT count(*) FROM sign_in_link"),
    ("ceremonies", ceremony, "SELECT count(*) FROM ceremony"),
    ("sessions", session, "SELECT count(*) FROM browser_session"),
    ("sessions", ended_session, "SELECT count(*) FROM browser_session"),
    ("invitations", invitation, "SELECT count(*) FROM invitation"),
    ("invited-addresses", invitation, "SELECT count(*) FROM invitation WHERE address IS NOT NULL"),
    ("address-challenges", address_challenge, "SELECT count(*) FROM address_challenge"),
    ("provisioning", provisioning, "SELECT count(*) FROM provisioning"),
    ("tokens", token, "SELECT count(*) FROM access_token"),
    ("undeliverable", returned_mail, "SELECT count(*) FROM undeliverable"),
    ("withdrawn-consents", consent, "SELECT count(*) FROM consent"),
]


async def clear(purpose: str, now: dt.datetime = NOW, days: int | None = None) -> int:
    kept = next(one for one in KEPT if one.purpose == purpose)
    return await core.clear(kept, days=kept.days if days is None else days, now=now)


@pytest.mark.parametrize(("purpose", "make", "count"), ROWS)
async def test_row_is_kept_for_its_days_and_not_a_moment_longer(purpose: str, make: Make, count: str) -> None:
    kept = next(one for one in KEPT if one.purpose == purpose)
    await make(NOW - kept.days * DAY)
    assert await clear(purpose) == 0
    assert await value(count) == 1
    assert await clear(purpose, NOW + MOMENT) == 1
    assert await value(count) == 0


async def test_consent_that_stands_is_never_cleared() -> None:
    await consent(NOW - 4000 * DAY)
    await fetch("UPDATE consent SET withdrawn_at = NULL")
    assert await clear("withdrawn-consents") == 0


async def test_account_of_a_former_role_loses_its_address_and_keeps_its_number() -> None:
    former, present = await account(email="a@example.org"), await account(email="b@example.org", role="judge")
    await fetch("UPDATE account SET suspended_at = $2 WHERE id = $1", former, NOW - 400 * DAY)
    assert await clear("former-roles") == 0
    assert await clear("former-roles", NOW + MOMENT) == 1
    rows = await fetch("SELECT id, label, address FROM account WHERE id = ANY($1::uuid[])", [former, present])
    assert {row["id"]: (row["label"], row["address"] is None) for row in rows} == {
        former: ("", True),
        present: ("Sato", False),
    }
    assert await clear("former-roles", NOW + MOMENT) == 0, "once"


async def test_sign_in_of_somebody_registered_for_nothing_goes_when_it_is_not_used(http: httpx.AsyncClient) -> None:
    await account("attendee", "gone@example.org")
    await account("attendee", "li.na@example.org")
    await register(http, wish())
    assert await clear("unused-accounts") == 1
    assert await value("SELECT count(*) FROM account WHERE address IS NOT NULL") == 1


async def test_names_go_a_set_time_after_the_convention_and_counts_stay(http: httpx.AsyncClient, clock: Clock) -> None:
    await register(http, wish(member(name="李娜"), member(name="王伟")))
    end = dt.datetime(2026, 11, 25, tzinfo=dt.timezone(dt.timedelta(hours=9)))  # the last day ends in Yokohama
    kept = next(one for one in KEPT if one.purpose == retention.PERSON_DETAILS)
    assert kept.days == 400
    assert await clear(kept.purpose, end + 400 * DAY - MOMENT) == 0
    assert len(await own_data.persons_by_address("li.na@example.org")) == 2
    assert await clear(kept.purpose, end + 400 * DAY) == 2
    assert await own_data.persons_by_address("li.na@example.org") == []
    rows = await fetch("SELECT residence, key, erased_at IS NOT NULL AS erased FROM person")
    assert [tuple(row) for row in rows] == [("SG", None, True)] * 2
    assert [tuple(row) for row in await fetch("SELECT sealed, residence, state FROM ticket")] == [
        (None, "SG", "valid")
    ] * 2
    assert await value("SELECT actor FROM audit_entry WHERE action = 'person.erase' LIMIT 1") == "retention"


async def test_schedule_clears_by_the_days_officers_chose(http: httpx.AsyncClient) -> None:
    await register(http, wish())
    days = {kept.purpose: kept.days for kept in KEPT if not kept.fixed}
    await retention.choose(wanted=days | {retention.PERSON_DETAILS: 30}, actor="officer:test", now=NOW)
    late = dt.datetime(2026, 12, 26, 3, 0, 45, tzinfo=dt.UTC)
    assert (await retention.clear_old(now=late))[retention.PERSON_DETAILS] == 1
    assert retention.PERSON_DETAILS not in await retention.clear_old(now=late.replace(minute=1)), "once an hour"


def test_every_time_lies_within_its_bounds() -> None:
    assert all(kept.least <= kept.days <= kept.most for kept in KEPT)
    assert len({kept.purpose for kept in KEPT}) == len(KEPT)
    assert all(len(kept.purpose) <= 40 for kept in KEPT)
