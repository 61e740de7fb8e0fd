"""Members: named by the lead, each with a link of its own, and known to the matching of conflicts."""

import httpx
import pytest

from app.awards.entering import members
from app.awards.entering.members import MOST, Parties
from app.core import jobs
from tests.awards import planting
from tests.awards.entering.entrants import (
    HTML,
    PARTNER,
    address_of,
    entered,
    entry_of,
    hand_in,
    mails_promised,
    member_of,
    pair,
    partner,
    planted,
    sign,
    state,
)
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox


async def test_a_member_is_written_to_in_its_language_and_can_write(
    http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    await planted()
    _lead, other = await pair(http)
    await jobs.drain(clock)
    mail = next(mail for mail in mailbox() if "freja@fjordvarme.example" in str(mail["To"]))
    assert mail["Content-Language"] == "de"
    assert other in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert (await http.get(f"{other}/texts/en", headers=HTML)).status_code == 200


async def test_only_the_lead_names_members(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    third = PARTNER | {"email": "third@example.org", "organisation": "Third"}
    assert (await http.post(f"{other}/members", data=third, headers=HTML)).status_code == 403
    for action in ("remove", "again", ""):
        answer = await http.post(f"{other}/members/{member_of(lead)}", data=third | {"action": action}, headers=HTML)
        assert answer.status_code == 403
    assert (await http.post(f"{other}/hand-in", headers=HTML)).status_code == 403
    assert (await http.post(f"{other}/withdraw", headers=HTML)).status_code == 403
    assert await value("SELECT count(*) FROM entry_member") == 2


async def test_nobody_is_a_member_twice(http: httpx.AsyncClient) -> None:
    await planted()
    lead, _other = await pair(http)
    again = await http.post(f"{lead}/members", data=PARTNER | {"organisation": "Else"}, headers=HTML)
    assert again.status_code == 422
    assert "speaks for a member of this entry already" in again.text


async def test_an_entry_has_no_more_members_than_fit(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    for n in range(MOST - 1):
        await partner(http, lead, email=f"m{n}@example.org", organisation=f"M{n}")
    full = await http.post(f"{lead}/members", data=PARTNER, headers=HTML)
    assert full.status_code == 422
    assert await value("SELECT count(*) FROM entry_member") == MOST


async def test_another_person_gets_a_link_and_the_old_one_opens_nothing(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    new = PARTNER | {"name": "Lars Holm", "email": "lars@fjordvarme.example"}
    answer = await http.post(f"{lead}/members/{member_of(other)}", data=new, headers=HTML)
    assert answer.status_code == 303
    assert (await http.get(other, headers=HTML)).status_code == 404
    assert (await http.get(await address_of("Fjordvarme ApS"), headers=HTML)).status_code == 200
    assert await mails_promised("invited") == 2


async def test_a_member_taken_out_comes_in_no_more(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    answer = await http.post(f"{lead}/members/{member_of(other)}", data={"action": "remove"}, headers=HTML)
    assert answer.status_code == 303
    assert (await http.get(other, headers=HTML)).status_code == 404
    itself = await http.post(f"{lead}/members/{member_of(lead)}", data={"action": "remove"}, headers=HTML)
    assert itself.status_code == 409
    await hand_in(http, lead)
    assert await state(lead) == "submitted"  # nobody else's signature is waited for


async def test_who_stands_behind_an_entry_is_known_while_a_version_names_it(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await sign(http, other)
    await http.post(f"{lead}/members/{member_of(other)}", data={"action": "remove"}, headers=HTML)
    entry = entry_of(lead)
    assert (await members.parties([entry]))[entry] == Parties(
        persons=("Sato Aoi", "Freja Holm"),
        organisations=("Minato Heat K.K.", "Fjordvarme ApS"),
        countries=("JP", "DK"),
    )
    assert len(await members.of(entry)) == 1
    await hand_in(http, lead)  # alone now: the new version stands at once
    assert (await members.parties([entry]))[entry].persons == ("Sato Aoi",)


@pytest.mark.parametrize("field", ["organisation", "country", "name", "email"])
async def test_a_member_needs_all_of_it(http: httpx.AsyncClient, field: str) -> None:
    await planted()
    lead = await entered(http)
    answer = await http.post(f"{lead}/members", data=PARTNER | {field: ""}, headers=HTML)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


async def test_the_secretary_lets_another_member_lead(http: httpx.AsyncClient) -> None:
    award, _category = await planted()
    lead, other = await pair(http)
    address = f"/awards/green-2026/entries/{entry_of(lead)}/lead"
    form = {"member": str(member_of(other))}
    stranger = await planting.secretary(await planting.award("other-2026"))
    for token, status in ((stranger, 404), (await planting.secretary(award), 303)):
        answer = await http.post(address, data=form, headers=HTML | {"authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert (await hand_in(http, lead)).status_code == 403
    assert (await hand_in(http, other)).status_code == 303
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'entry.lead'") == 1
