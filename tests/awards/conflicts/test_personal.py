"""Who is erased is not named by a tie any more; the recusal stays."""

import httpx

from app.core.web.frame import Frame
from app.people.erasure import erase
from tests.awards.conflicts.desks import desk
from tests.clock import NOW
from tests.doors import value


async def test_what_a_tie_rests_on_goes_with_the_person(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    await at.declare(0, "Fjordvarme ApS", "Hamakaze Labs")
    first, second = await at.conflicts()
    said = {"decision": "confirmed", "reason": "They share an office."}
    await at.secretary.post(f"{at.api}/{first['id']}/decision", json=said)
    await erase(persons=[at.field.entries[0].persons[1]], actor="officer", now=NOW)
    opened = [(await at.secretary.get(f"{at.api}/{one['id']}")).json() for one in (first, second)]
    assert [one["evidence"] for one in opened] == [{}, {"note": "My sister works there."}]
    assert [one["conflict"]["state"] for one in opened] == ["confirmed", "proposed"]
    assert await value("SELECT count(*) FROM recusal") == 1
