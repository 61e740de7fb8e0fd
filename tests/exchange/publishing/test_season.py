"""The season while it changes: made once for all who ask, and the last is shown until the next is made."""

import asyncio
import re
from typing import Any

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange.publishing import log, season, to_come
from tests.clock import NOW
from tests.conftest import client
from tests.exchange.publishing.test_theirs import HOUR, SEASON, told

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("committed", "forgetful")]
AT_ONCE = 12


@pytest.fixture
def forgetful() -> None:
    """A process that has shown nothing yet; what an earlier test was making is not waited for."""
    for memory in (to_come._kept, to_come._making, to_come._nothing, season._kept):
        memory.clear()


async def test_readers_who_come_together_make_it_once(app: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    await told()
    await log.catch_up(now=NOW)
    made, make = [], to_come._catch_up

    async def counted(*about: Any, **how: Any) -> Any:
        made.append(about)
        return await make(*about, **how)

    monkeypatch.setattr(to_come, "_catch_up", counted)
    async with client(app) as asker:
        pages = await asyncio.gather(*(asker.get(SEASON) for _ in range(AT_ONCE)))
        assert ["花火大会" in page.text for page in pages] == [True] * AT_ONCE
        assert len(made) == 1
        await told("kobe", title="ルミナリエ")
        await log.catch_up(now=NOW)
        pages = await asyncio.gather(*(asker.get(SEASON) for _ in range(AT_ONCE)))
        assert ["ルミナリエ" in page.text for page in pages] == [True] * AT_ONCE
        assert len(made) == 2


@pytest.mark.parametrize(("limit", "value"), [("PATIENCE", 0.02), ("LITTLE", 0)], ids=["after a moment", "at once"])
async def test_last_season_is_shown_until_the_next_is_made(
    app: Frame, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    await told()
    done, make = asyncio.Event(), to_come._catch_up

    async def slow(*about: Any, **how: Any) -> Any:
        await done.wait()
        return await make(*about, **how)

    async with client(app) as asker:
        assert "花火大会" in (await asker.get(SEASON)).text
        monkeypatch.setattr(to_come, "_catch_up", slow)
        await told("kobe", title="ルミナリエ")
        await log.catch_up(now=NOW)
        with monkeypatch.context() as hurried:
            hurried.setattr(to_come, limit, value)
            pages = [(await asyncio.wait_for(asker.get(SEASON), 10)).text for _ in range(3)]
        assert ["花火大会" in page for page in pages] == [True] * 3
        assert ["ルミナリエ" in page for page in pages] == [False] * 3
        done.set()
        assert "ルミナリエ" in (await asker.get(SEASON)).text


async def test_page_is_shown_without_the_first_season_until_that_is_made(
    app: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, make = asyncio.Event(), to_come._catch_up

    async def slow(*about: Any, **how: Any) -> Any:
        await done.wait()
        return await make(*about, **how)

    async with client(app) as asker:
        assert _titles((await asker.get(SEASON)).text) == []
        monkeypatch.setattr(to_come, "_catch_up", slow)
        await told()
        await log.catch_up(now=NOW)
        with monkeypatch.context() as hurried:
            hurried.setattr(to_come, "PATIENCE", 0.02)
            assert _titles((await asyncio.wait_for(asker.get(SEASON), 10)).text) == []
        done.set()
        assert _titles((await asker.get(SEASON)).text) == ["花火大会"]


async def test_last_season_is_not_shown_again_when_the_next_cannot_be_made(
    app: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told()
    go_on = asyncio.Event()
    monkeypatch.setattr(to_come, "PATIENCE", 0.02)

    async def broken(*_about: Any, **_how: Any) -> Any:
        await go_on.wait()
        await asyncio.sleep(5 * to_come.PATIENCE)
        raise OSError

    async with client(app) as asker:
        assert (await asker.get(SEASON)).status_code == 200
        monkeypatch.setattr(to_come, "_catch_up", broken)
        await told("kobe", title="ルミナリエ")
        await log.catch_up(now=NOW)
        assert (await asker.get(SEASON)).status_code == 200
        go_on.set()
        await asyncio.wait([one.task for one in to_come._making.values()])
        assert (await asker.get(SEASON)).status_code == 500


async def test_only_what_has_changed_is_taken_in_and_put_into_words(
    app: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    _agreed, _source, card = await told()
    await told(
        "kobe", uid="lights@kobe.example", title="ルミナリエ", starts_at=NOW + 40 * HOUR, ends_at=NOW + 41 * HOUR
    )
    taken, worded = list[str](), list[str]()
    take, tell = to_come._coming, season._told

    def counted(row: Any, *season: Any) -> Any:
        taken.append(row["uid"])
        return take(row, *season)

    def heard(coming: Any, said: Any, tag: str) -> Any:
        worded.append(said.title)
        return tell(coming, said, tag)

    monkeypatch.setattr(to_come, "_coming", counted)
    monkeypatch.setattr(season, "_told", heard)
    async with client(app) as asker:
        assert _titles((await asker.get(SEASON)).text) == ["花火大会", "ルミナリエ"]
        assert len(taken) == 2
        assert sorted(worded) == ["ルミナリエ", "花火大会"]
        moved = "UPDATE exchanged_event SET title = '大花火', starts_at = $2, ends_at = $3 WHERE card = $1"
        await fetch(moved, card, NOW + 50 * HOUR, NOW + 51 * HOUR)
        taken.clear()
        worded.clear()
        assert _titles((await asker.get(SEASON)).text) == ["大花火", "ルミナリエ"]
        assert taken == [f"card-{card}@test"]
        assert worded == ["大花火"]
        [kept] = to_come._kept.values()
        assert [one.starts_at - NOW for one in kept.first(NOW)] == [40 * HOUR, 50 * HOUR]
        await asker.get(SEASON)
        assert worded == ["大花火"]
        await fetch("UPDATE exchanged_event SET state = 'withdrawn', state_at = $2 WHERE card = $1", card, NOW)
        taken.clear()
        worded.clear()
        await asker.get(SEASON)
        assert taken == [f"card-{card}@test"]
        assert worded == ["大花火"]  # it is told once more, as canceled


async def test_words_are_remembered_up_to_a_number_and_by_language(app: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(season, "MOST_KEPT", 3)
    await told()
    await told("kobe", uid="lights@kobe.example", title="ルミナリエ")
    async with client(app) as asker:
        await asker.get(SEASON)
        assert [tag for _coming, tag in season._kept] == ["en", "en"]
        await asker.get(SEASON, params={"lang": "ja"})
        assert [tag for _coming, tag in season._kept] == ["en", "ja", "ja"]


async def test_event_that_goes_while_a_page_is_made_is_left_out(app: Frame) -> None:
    _agreed, _source, card = await told()
    await told("kobe", uid="lights@kobe.example", title="ルミナリエ")
    async with client(app) as asker:
        assert _titles((await asker.get(SEASON)).text) == ["花火大会", "ルミナリエ"]
        season._kept.clear()
        await fetch("UPDATE publication SET gone_at = $1 WHERE subject = $2", NOW, card)  # the log has not moved on
        page = (await asker.get(SEASON)).text
        assert _titles(page) == ["ルミナリエ"]
        assert 'id="fukuoka"' not in page


async def test_event_that_is_published_no_more_goes_from_the_season(app: Frame) -> None:
    _agreed, _source, card = await told()
    await told("kobe", uid="lights@kobe.example", title="ルミナリエ")
    async with client(app) as asker:
        assert _titles((await asker.get(SEASON)).text) == ["花火大会", "ルミナリエ"]
        await fetch("UPDATE publication SET gone_at = $1, change = change + 100 WHERE subject = $2", NOW, card)
        await fetch("UPDATE publication_log SET change = change + 100")
        assert _titles((await asker.get(SEASON)).text) == ["ルミナリエ"]


async def test_season_of_a_log_that_was_made_anew_has_nothing_of_the_old_one(app: Frame) -> None:
    await told()
    async with client(app) as asker:
        assert _titles((await asker.get(SEASON)).text) == ["花火大会"]
        for table in ("publication", "publication_log", "exchanged_event"):
            await fetch(f"DELETE FROM {table}")
        await told("kobe", uid="lights@kobe.example", title="ルミナリエ")
        assert _titles((await asker.get(SEASON)).text) == ["ルミナリエ"]


def _titles(page: str) -> list[str]:
    """Return those of our titles that are on a page, in its order."""
    found = re.findall("ルミナリエ|大花火|花火大会", page)
    return list(dict.fromkeys(found))
