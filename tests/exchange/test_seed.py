"""The demo's partner city: made through the same doors as any other, once however often it is asked for."""

import datetime as dt

import pytest

from app.core.db import fetch
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.reports import report
from app.exchange.seed import seed_partner
from app.people import access
from app.people.roles import Role, Scope
from tests.clock import NOW
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")
ROLES: tuple[Role, ...] = ("officer", "partner")


async def test_the_demo_city_is_live_with_a_list_without_a_fault_and_is_made_once() -> None:
    accounts = {
        role: await access.add_account(
            role=role, label=role, now=NOW, scope=Scope(partners=()) if role == "partner" else Scope()
        )
        for role in ROLES
    }
    first_day = dt.date(2027, 3, 4)
    found = await seed_partner(first_day=first_day, accounts=accounts, now=NOW)
    assert await seed_partner(first_day=first_day, accounts=accounts, now=NOW) == found
    source = await reach.any_source(found.source)
    assert (source.partner_slug, source.kind, source.live_at, source.next_at) == ("fukuoka", "csv", NOW, None)
    assert terms.state(await reach.agreement_of(source.id), NOW) == "valid"
    read = await report(source, reading=None, show="all")
    assert read is not None
    assert (read.pull.outcome, read.pull.counts.added, read.pull.found) == ("read", 12, 0)
    days = await fetch("SELECT min(starts_at) AS first, max(ends_at) AS last FROM exchanged_event")
    assert days[0]["first"].astimezone(terms.TOKYO).date() == first_day
    assert days[0]["last"].astimezone(terms.TOKYO).date() == dt.date(2027, 4, 2)  # 19 December, moved along
    scope = await value("SELECT scope -> 'partners' FROM account WHERE id = $1", accounts["partner"])
    assert scope == f'["{source.partner}"]'
    assert await value("SELECT count(*) FROM partner") == 1
