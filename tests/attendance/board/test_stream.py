"""Following a board: every second one reading, the same bytes to all, and an end when the pass ends.

The reading that goes on by itself is left out here; the tests make it happen.
"""

import asyncio
import contextlib
from uuid import UUID

import asyncpg
import pytest

from app.attendance.board import live, readings
from app.attendance.board.live import LIVE
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access, sessions
from app.people.roles import Scope
from tests.attendance.board.following import following
from tests.attendance.board.rows import inside, phone, scans, slug
from tests.attendance.factories import gates
from tests.clock import NOW, Clock
from tests.doors import token_for


@pytest.fixture(autouse=True)
async def by_hand(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LIVE, "_start", lambda _clock: None)


async def ready(path: str = "/api/v1/conventions/{}/board/stream") -> str:
    return path.format(await slug())


async def bearer(**kind: object) -> str:
    return f"Bearer {await token_for('officer', **kind)}"  # type: ignore[arg-type]


async def cookie_of(role: str = "officer") -> tuple[str, str, UUID]:
    account = await access.add_account(role=role, label=role, now=NOW)  # type: ignore[arg-type]
    value = await sessions.open_session(account=account, strength="strong", now=NOW)
    return f"{access.session_cookie()}={value}", value, account


async def tick(clock: Clock, seconds: float = 1) -> None:
    clock.forward(seconds=seconds)
    await LIVE.tick(clock())


async def test_stream_begins_with_everything_and_goes_on_with_what_has_changed(app: Frame, clock: Clock) -> None:
    gate, device = (await gates())[0], await phone()
    async with following(app, await ready("/board/{}/stream"), authorization=await bearer()) as reader:
        first = await reader.message()
        assert reader.status == 200
        assert reader.headers["content-type"].startswith("text/event-stream")
        assert reader.headers["cache-control"] == "no-store"
        assert set(first["pieces"]) == {"alarms", "figures", "venues", "entries", "events", "refusals", "devices"}
        await inside(gate.venue, 12)
        await tick(clock)
        assert set((await reader.message())["pieces"]) == {"figures", "venues"}
        await scans(device, gate.id, at=clock())
        await tick(clock)
        second = await reader.message()
        assert set(second["pieces"]) == {"figures", "entries", "events"}
        assert second["at"] == clock().isoformat().replace("+00:00", "Z")


async def test_stream_of_the_api_brings_the_board(app: Frame, clock: Clock) -> None:
    gate = (await gates())[0]
    async with following(app, await ready(), authorization=await bearer()) as reader:
        assert (await reader.message())["pieces"]["board"]["inside"] == 0
        await inside(gate.venue, 12)
        await tick(clock)
        assert (await reader.message())["pieces"]["board"]["inside"] == 12


async def test_quiet_stream_says_something_every_ten_seconds(app: Frame, clock: Clock) -> None:
    async with following(app, await ready("/board/{}/stream"), authorization=await bearer()) as reader:
        await reader.message()
        for _ in range(9):
            await tick(clock)
        assert reader.heard.empty()
        await tick(clock)
        assert (await reader.message())["pieces"] == {}


async def test_many_viewers_cost_one_reading_and_get_the_same_bytes(
    app: Frame, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, path = (await gates())[0], await ready()
    asked: list[str] = []

    async def counted(sql: str, *values: object) -> list[asyncpg.Record]:
        asked.append(sql)
        return await fetch(sql, *values)

    async def counted_one(sql: str, *values: object) -> asyncpg.Record:
        return (await counted(sql, *values))[0]

    async with contextlib.AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(following(app, f"{path}?lang={language}", authorization=await bearer()))
            for language in ["en", "ja"] * 10
        ]
        for reader in readers:
            assert (await reader.event() or b"").startswith(b"retry:")
            await reader.event()
        await inside(gate.venue, 5)
        monkeypatch.setattr(readings, "fetch", counted)
        monkeypatch.setattr(readings, "fetch_one", counted_one)
        await tick(clock)
        events = [await reader.event() for reader in readers]
    assert asked == [readings.NEW, readings.STANDING]
    assert len(set(events)) == 1
    assert b'"inside":5' in (events[0] or b"")


async def test_reader_who_was_slow_gets_everything(app: Frame, clock: Clock) -> None:
    """Three messages while he did not listen: the pieces of the first are not lost to him, and nothing piles up."""
    gate = (await gates())[0]
    async with following(app, await ready("/board/{}/stream"), authorization=await bearer()) as reader:
        await reader.message()
        reader.listens.clear()
        for people in (7, 8, 9):
            await inside(gate.venue, people)
            await tick(clock)
        reader.listens.set()
        assert set((await reader.message())["pieces"]) == {"figures", "venues"}
        found = (await reader.message())["pieces"]
        assert set(found) == {"alarms", "figures", "venues", "entries", "events", "refusals", "devices"}
        assert "<b>9" in found["venues"]
        await tick(clock, 10)
        assert (await reader.message())["pieces"] == {}


async def test_viewers_of_different_scopes_and_languages_see_their_own(app: Frame, clock: Clock) -> None:
    mine = (await gates())[0]
    token = f"Bearer {await token_for('lead', scope=Scope(gates=(mine.id,)))}"
    path = await ready("/board/{}/stream")
    async with (
        following(app, path, authorization=token) as lead,
        following(app, path, authorization=await bearer()) as officer,
        following(app, f"{path}?lang=ja", authorization=await bearer()) as japanese,
    ):
        said = [(await reader.message())["pieces"]["venues"] for reader in (lead, officer, japanese)]
        assert len(set(said)) == 3
        assert said[0].count("<li>") == 1
        assert said[1].count("<li>") == said[2].count("<li>") > 1
        assert len(LIVE.channels) == 3


async def test_channel_goes_with_its_last_viewer(app: Frame, clock: Clock) -> None:
    async with following(app, await ready(), authorization=await bearer()) as reader:
        await reader.message()
        assert len(LIVE.channels) == 1
    assert LIVE.channels == {}


async def ended(app: Frame, clock: Clock, change: object, **headers: str) -> None:
    async with following(app, await ready(), **headers) as reader:
        await reader.message()
        await tick(clock, 5)
        await reader.message()
        await change  # type: ignore[misc]
        await tick(clock, 5)
        assert await reader.event() == b"event: end\ndata: {}"
        assert await reader.event() is None
    assert LIVE.channels == {}


async def test_access_ends_with_the_session(app: Frame, clock: Clock) -> None:
    cookie, value, _account = await cookie_of()
    await ended(app, clock, sessions.end(cookie=value, now=NOW), cookie=cookie)


async def test_access_ends_with_the_account(app: Frame, clock: Clock) -> None:
    cookie, _value, account = await cookie_of()
    await ended(app, clock, fetch("UPDATE account SET suspended_at = $2 WHERE id = $1", account, NOW), cookie=cookie)


async def test_access_ends_with_the_token(app: Frame, clock: Clock) -> None:
    token = await token_for("officer")
    account = (await access.by_token(token, NOW)).account
    assert account is not None
    await ended(app, clock, access.revoke_tokens(accounts=[account], now=NOW), authorization=f"Bearer {token}")


async def test_access_ends_when_the_scope_changes(app: Frame, clock: Clock) -> None:
    cookie, _value, account = await cookie_of()
    change = fetch("""UPDATE account SET scope = '{"gates": []}' WHERE id = $1""", account)
    await ended(app, clock, change, cookie=cookie)


async def test_looking_on_keeps_no_session_alive(app: Frame, clock: Clock) -> None:
    """Officers' sessions end after an hour unused; the board alone is no use."""
    cookie, _value, _account = await cookie_of()
    async with following(app, await ready(), cookie=cookie) as reader:
        await reader.message()
        await tick(clock, 3599)
        await reader.message()
        await tick(clock, 5)
        assert await reader.event() == b"event: end\ndata: {}"


async def test_others_stay_when_one_must_go(app: Frame, clock: Clock) -> None:
    cookie, value, _account = await cookie_of()
    path = await ready()
    async with (
        following(app, path, cookie=cookie) as leaver,
        following(app, path, authorization=await bearer()) as stayer,
    ):
        await leaver.message()
        await stayer.message()
        await sessions.end(cookie=value, now=NOW)
        await tick(clock, 5)
        assert await leaver.event() == b"event: end\ndata: {}"
        assert (await stayer.message())["pieces"]["board"]["inside"] == 0
        assert len(LIVE.channels) == 1


async def test_streams_end_when_the_process_does(app: Frame, clock: Clock) -> None:
    async with following(app, await ready(), authorization=await bearer()) as reader:
        await reader.message()
        await LIVE.close()
        assert await reader.event() is None


async def test_stream_survives_a_database_that_is_away(
    app: Frame, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading goes on by itself, is told that the server has gone, and tries again."""
    monkeypatch.undo()
    told = asyncio.Event()

    async def away(*_: object, **__: object) -> None:
        told.set()
        raise asyncpg.CannotConnectNowError

    async with following(app, await ready(), authorization=await bearer()) as reader:
        await reader.message()
        with monkeypatch.context() as patch:
            patch.setattr(live, "read_new", away)
            clock.forward(seconds=1)
            await asyncio.wait_for(told.wait(), 5)
        clock.forward(seconds=1)
        assert (await reader.message())["pieces"]["board"]["inside"] == 0
    assert LIVE.ticking is not None
    await asyncio.wait_for(LIVE.ticking, 5)  # it ends when nobody looks on any more


async def test_lead_on_a_revoked_phone_is_out(app: Frame, clock: Clock) -> None:
    token = await token_for("lead", device="Lead's phone")
    principal = await access.by_token(token, NOW)
    change = fetch("UPDATE device SET revoked_at = $2 WHERE id = $1", principal.device, NOW)
    await ended(app, clock, change, authorization=f"Bearer {token}")
