"""Partner cities as the scope of an account names them."""

import pytest

from app.people.roles import Principal, Scope
from app.people.scopes import choices, offered
from tests.clock import NOW
from tests.exchange import planting

pytestmark = pytest.mark.usefixtures("http")


async def test_an_officer_binds_a_partners_account_to_any_city_and_a_city_reaches_itself_alone() -> None:
    kobe = await planting.partner("kobe", name={"en": "Kobe"})
    sapporo = await planting.partner("sapporo", name={"en": "Sapporo"})
    found = await offered(["partner"], Principal(role="officer"), NOW)
    assert [(one.id, one.words) for one in found["partners"]] == [(kobe, "Kobe"), (sapporo, "Sapporo")]
    assert [one.id for one in await choices("partners", Scope(partners=(sapporo,)))] == [sapporo]
    assert await choices("partners", Scope(organisers=(kobe,))) == []
