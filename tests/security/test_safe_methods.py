"""Looking changes nothing: mail scanners, previews and impatient readers open links as often as they like.

PostgreSQL counts what a transaction writes; every GET route is asked with rows that exist, by whoever may.
"""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.signing import capability
from app.core.web.frame import Frame
from app.people.policy import POLICY, PUBLIC
from app.ticketing.registering import offers
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.security.askers import ADDRESSES, STREAMS
from tests.security.tenants import Rows, rows_of, token_within, two_events
from tests.ticketing.life.doing import EARLY
from tests.ticketing.wishes import member, register, wish

NOTED = {"audit_entry", "chain_head", "limited_use", "access_token", "signing_key"} | {
    "publication", "publication_log", "publication_touch", "published_text",
}  # fmt: skip
"""Who looked at whom is written down; misses are counted; a token remembers when it was used; the first pack of a
convention publishes the halves of keys that follow from the secret; what our calendars say is made when somebody reads
them after a change, and the same whoever does."""
PASSES = {"GET /sign-in/openid", "GET /sign-in/openid/back", "GET /my"}
"""A sign-in that begins leaves a row; what belongs to a browser's session is looked at in tests/people."""
WORDS = {"deed": "block", "role": "staff", "name": "yokohama-2026.ics", "path": "x", "file_path": "x"}
LOOKS = sorted(route for route in ADDRESSES if route.startswith("GET ") and route not in PASSES | STREAMS)


class Lookers:
    """Rows of every kind, and whoever may look at them."""

    words: dict[str, str]
    tokens: dict[str, str]
    organiser: httpx.AsyncClient
    officer: httpx.AsyncClient
    lead: httpx.AsyncClient
    nobody: httpx.AsyncClient

    def asker(self, route: str) -> httpx.AsyncClient:
        """Return somebody who may."""
        allowed = POLICY[route]
        if allowed == PUBLIC:
            return self.nobody
        return self.organiser if "organiser" in allowed else self.officer if "officer" in allowed else self.lead

    def address(self, route: str) -> str:
        """Return the address with rows that exist, as far as there are any."""
        path = route.partition(" ")[2]
        given = {**self.words, "token": self.tokens.get(path.removeprefix("/api/v1").split("/")[1], "none")}
        if path.startswith("/office/conventions"):
            given["convention"] = self.words["convention_id"]
        return re.sub(r"\{(\w+)\}", lambda match: given.get(match[1], "none"), path)


@pytest.fixture
async def lookers(app: Frame, http: httpx.AsyncClient, clock: Clock) -> AsyncIterator[Lookers]:
    clock.moment = EARLY
    offers.forget()
    found = Lookers()
    made = (await register(http, wish(member(), email="a@example.org"))).json()
    organiser, event, *_other = await two_events()
    rows: Rows = await rows_of(organiser, event)
    convention = await value("SELECT id FROM convention WHERE slug = 'yokohama-2026'")
    found.words = {**WORDS, **{name: str(row) for name, row in rows.items()}, "convention": "yokohama-2026"}
    found.words |= {"convention_id": str(convention), "organiser": str(organiser)}
    ticket = UUID(made["tickets"][0]["id"])
    found.tokens = {
        "registrations": str(made["manage_url"]).rpartition("/")[2],
        "tickets": capability("ticket", ticket),
        "receipts": capability("receipt", rows["payment"]),
        "join": capability("join", ticket),
    }
    await fetch("UPDATE payment SET state = 'paid', received = amount, settled_at = $1", EARLY)
    async with (
        client(app, await token_within("organiser", organiser), accept="text/html") as found.organiser,
        client(app, await token_for("officer"), accept="text/html") as found.officer,
        client(app, await token_for("admin"), accept="text/html") as found.lead,
        client(app, accept="text/html") as found.nobody,
    ):
        yield found
    offers.forget()


async def written() -> dict[str, int]:
    """Return how many rows of each table this transaction has written."""
    rows = await fetch(
        "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_xact_user_tables"
        " WHERE schemaname = 'public'"
    )
    return {row["relname"]: row["n"] for row in rows if row["relname"] not in NOTED}


async def test_no_look_writes(lookers: Lookers) -> None:
    answered, wrote = 0, {}
    for route in LOOKS:
        before = await written()
        answer = await lookers.asker(route).get(lookers.address(route))
        assert answer.status_code < 500, route
        after = await written()
        if changed := [name for name, n in after.items() if n != before.get(name, 0)]:
            wrote[route] = changed
        answered += answer.status_code in {200, 303}
    assert wrote == {}
    assert answered > 100, "most were really looked at"


async def test_control_what_writes_is_seen(lookers: Lookers) -> None:
    before = await written()
    answer = await lookers.nobody.post(f"/tickets/{lookers.tokens['tickets']}/new-code")
    assert answer.status_code == 303
    assert {"ticket", "ticket_change"} <= {name for name, n in (await written()).items() if n != before.get(name, 0)}


ASKING = ("cancel", "decline", "tickets/{}/change", "tickets/{}/new-code", "tickets/{}/send", "tickets/{}/pass-on")


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_link_of_a_mail_does_nothing_by_itself(lookers: Lookers, path: str, method: str) -> None:
    """Also with everything in the query that a form would send."""
    ticket = await value("SELECT id FROM ticket ORDER BY created_at LIMIT 1")
    query = {"tickets": str(ticket), "ticket": str(ticket), "party.0.name": "X", "action": "send", "_method": "POST"}
    before = await written()
    address = f"/registrations/{lookers.tokens['registrations']}/{path.format(ticket)}"
    answer = await lookers.nobody.request(method, address, params=query, headers={"x-http-method-override": "POST"})
    assert answer.status_code in {200, 204, 303, 404}
    assert await written() == before
