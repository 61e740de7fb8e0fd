"""The demo award: made through the same doors as any other, once however often it is asked for."""

import pytest

from app.awards import emissions
from app.awards.assigning.standing import of_round
from app.awards.reach import any_award
from app.awards.seed import LANGUAGES, demo_entries, seed_award
from app.awards.setting.readiness import missing
from app.awards.setting.rounds import panel, rounds_of
from app.core.db import fetch
from app.people import access
from app.people.roles import Role, Scope
from tests.clock import NOW
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")
ROLES: tuple[Role, ...] = ("officer", "judge", "secretary")


async def test_the_demo_award_can_be_judged_at_once_and_is_made_once() -> None:
    empty = {"judge": Scope(awards=()), "secretary": Scope(awards=())}
    accounts = {
        role: await access.add_account(role=role, label=role, now=NOW, scope=empty.get(role, Scope())) for role in ROLES
    }
    found = await seed_award(convention="yokohama-2026", accounts=accounts, now=NOW)
    assert found is not None
    again = await seed_award(convention="yokohama-2026", accounts=accounts, now=NOW)
    assert again == found
    assert found.slug == "green-innovation-2026"
    award = await any_award(found.slug)
    assert award.languages == LANGUAGES
    states = [(one.kind, one.state) for one in await rounds_of(award.id)]
    assert states == [
        ("eligibility", "open"),
        ("document", "open"),
        ("final", "draft"),
        ("eligibility", "draft"),
        ("document", "draft"),
        ("final", "draft"),
    ]
    documents = (await rounds_of(award.id))[1]
    assigned = await of_round(documents.id)
    assert len(assigned) == 6
    assert {len(judges) for judges in assigned.values()} == {3}
    seats = await panel(documents.id)
    own = next(seat.judge for seat in seats if seat.account == accounts["judge"])
    assert (len(seats), seats[0].judge, seats[0].chair) == (5, own, True)
    assert any(own in judges for judges in assigned.values())
    ties = await fetch(
        "SELECT e.number, j.pseudonym, c.tie FROM conflict c JOIN award_entry e ON e.id = c.entry"
        " JOIN judge j ON j.id = c.judge ORDER BY 1, 2, 3"
    )
    assert [tuple(row) for row in ties] == [(1, "J03", "former_employer"), (4, "J05", "city")]
    for role in ("judge", "secretary"):
        scope = await value("SELECT scope -> 'awards' FROM account WHERE id = $1", accounts[role])
        assert scope == f'["{award.id}"]'
    final = (await rounds_of(award.id))[2]
    assert {lack.about for lack in await missing(final, now=NOW)} == {"panel", "before"}
    assert await fetch("SELECT 1 FROM award_round WHERE NOT opens_at <= $1 OR closes_at <= $1", NOW) == []


async def test_there_is_no_award_without_its_convention() -> None:
    assert await seed_award(convention="nowhere-2026", accounts={}, now=NOW) is None


def test_every_demo_entry_is_a_pair_in_two_languages_whose_evidence_can_be_calculated() -> None:
    entries = demo_entries()
    assert len(entries) == 6
    for one in entries:
        assert all(set(said) == {"ja", "en"} for said in one.body.texts.values())
        assert len(one.members) >= 2
        assert [member.lead for member in one.members].count(True) == 1
        assert emissions.missing(one.evidence) == []
