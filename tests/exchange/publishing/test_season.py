"""The season while it changes: made once for all who ask, and the last one is shown until the next is made."""

import asyncio
from typing import Any

import pytest

from app.core.web.frame import Frame
from app.exchange.publishing import log, season
from tests.clock import NOW
from tests.conftest import client
from tests.exchange.publishing.test_theirs import SEASON, told

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("committed")]
AT_ONCE = 12


async def test_readers_who_come_together_make_it_once(app: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    await told()
    await log.catch_up(now=NOW)
    made, make = [], season._season

    async def counted(*about: Any) -> Any:
        made.append(about)
        return await make(*about)

    monkeypatch.setattr(season, "_season", counted)
    async with client(app) as asker:
        pages = await asyncio.gather(*(asker.get(SEASON) for _ in range(AT_ONCE)))
        assert ["花火大会" in page.text for page in pages] == [True] * AT_ONCE
        assert len(made) == 1
        await told("kobe", title="ルミナリエ")
        await log.catch_up(now=NOW)
        pages = await asyncio.gather(*(asker.get(SEASON) for _ in range(AT_ONCE)))
        assert ["ルミナリエ" in page.text for page in pages] == [True] * AT_ONCE
        assert len(made) == 2


async def test_last_season_is_shown_until_the_next_is_made(app: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    await told()
    done, make = asyncio.Event(), season._season

    async def slow(*about: Any) -> Any:
        await done.wait()
        return await make(*about)

    async with client(app) as asker:
        assert "花火大会" in (await asker.get(SEASON)).text
        monkeypatch.setattr(season, "_season", slow)
        await told("kobe", title="ルミナリエ")
        await log.catch_up(now=NOW)
        with monkeypatch.context() as hurried:
            hurried.setattr(season, "PATIENCE", 0.02)
            page = (await asker.get(SEASON)).text
        assert "花火大会" in page
        assert "ルミナリエ" not in page
        done.set()
        assert "ルミナリエ" in (await asker.get(SEASON)).text


async def test_last_season_is_not_shown_again_when_the_next_cannot_be_made(
    app: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told()
    go_on = asyncio.Event()
    monkeypatch.setattr(season, "PATIENCE", 0.02)

    async def broken(*_about: Any) -> Any:
        await go_on.wait()
        await asyncio.sleep(5 * season.PATIENCE)
        raise OSError

    async with client(app) as asker:
        assert (await asker.get(SEASON)).status_code == 200
        monkeypatch.setattr(season, "_season", broken)
        await told("kobe", title="ルミナリエ")
        await log.catch_up(now=NOW)
        assert (await asker.get(SEASON)).status_code == 200
        go_on.set()
        await asyncio.wait(season._making.values())
        assert (await asker.get(SEASON)).status_code == 500
