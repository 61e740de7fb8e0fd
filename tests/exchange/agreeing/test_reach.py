"""A partner city sees its own pages and nothing of another city's, nor of the office's."""

import pytest

from app.core.web.frame import Frame
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.exchange import planting
from tests.exchange.desk import officer, partner_city

pytestmark = pytest.mark.usefixtures("http")


async def test_a_partner_city_sees_its_own_calendars_reports_and_agreement(app: Frame) -> None:
    mine, _agreed, source = await planting.city("kobe", name="Harbour calendar")
    await planting.city("sapporo", name="Snow calendar")
    async with partner_city(app, mine) as desk:
        own = (await desk.get("/partner")).text
        assert "Harbour calendar" in own
        assert "This term lasts until" in own
        assert "Snow calendar" not in own
        assert f"/partner/kobe/sources/{source}" in own
        shown = (await desk.get(f"/partner/kobe/sources/{source}")).text
        assert "Hand in a file" in shown
        for button in ("/live", "/pause", "/pull", "/settings"):
            assert f"{source}{button}" not in shown
        assert (await desk.get("/partner/kobe/published")).status_code == 200


async def test_another_citys_rows_are_not_found(app: Frame) -> None:
    mine, my_agreement, my_source = await planting.city("kobe")
    _their, agreed, source = await planting.city("sapporo")
    token = await planting.insert("feed_token", agreement=agreed, digest=b"x", label="x", created_at=NOW)
    async with partner_city(app, mine) as desk:
        for path in (
            "/partner/sapporo",
            "/partner/sapporo/published",
            f"/partner/sapporo/sources/{source}",
            f"/partner/kobe/sources/{source}",
            "/partner/kobe/sources/not-an-id",
            "/partner/nowhere",
            "/api/v1/partners/sapporo",
            "/api/v1/partners/sapporo/agreements",
            "/api/v1/partners/sapporo/sources",
            f"/api/v1/partners/sapporo/sources/{source}/report",
            f"/api/v1/partners/kobe/sources/{source}/report",
        ):
            assert (await desk.get(path)).status_code == 404, path
        for path in (
            "/partner/sapporo/tokens",
            f"/partner/sapporo/tokens/{token}/revoke",
            f"/partner/kobe/tokens/{token}/revoke",
            f"/partner/sapporo/sources/{source}/file",
            f"/partner/kobe/sources/{source}/secret",
        ):
            answer = await desk.post(path, data={"label": "mine"})
            assert answer.status_code == 404, path
        for path in ("/office/partners", f"/office/partners/kobe/sources/{my_source}", "/office/partners/kobe"):
            assert (await desk.get(path)).status_code == 403
    async with officer(app) as desk:  # not even the office reaches a row under another partner's address
        assert (await desk.get(f"/office/partners/kobe/sources/{source}")).status_code == 404
        assert (await desk.get(f"/office/partners/kobe/agreements/{agreed}")).status_code == 404
        assert (await desk.get(f"/office/partners/kobe/agreements/{my_agreement}")).status_code == 200


async def test_who_works_for_several_cities_chooses_one_and_for_none_is_told_so(app: Frame) -> None:
    kobe, _a, _s = await planting.city("kobe")
    sapporo, _a, _s = await planting.city("sapporo")
    async with partner_city(app, kobe, sapporo) as desk:
        shown = (await desk.get("/partner")).text
        assert 'href="/partner/kobe"' in shown
        assert 'href="/partner/sapporo"' in shown
    async with partner_city(app) as desk:
        assert "does not belong to a partner city yet" in (await desk.get("/partner")).text
    async with client(app, await token_for("partner"), accept="text/html") as nobody:  # a scope without any city
        assert (await nobody.get("/partner/kobe")).status_code == 404
        assert 'href="/partner/kobe"' not in (await nobody.get("/partner")).text


@pytest.mark.parametrize("role", ["attendee", "staff", "organiser", "secretary", "judge"])
async def test_nobody_else_comes_in(app: Frame, role: str) -> None:
    await planting.city("kobe")
    async with client(app, await token_for(role)) as asker:  # type: ignore[arg-type]
        for path in ("/partner", "/office/partners", "/api/v1/partners"):
            assert (await asker.get(path)).status_code == 403
