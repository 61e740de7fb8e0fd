"""Boards that people look on at: one reading a second and process, however many look on; the same bytes to all.

Whoever looks on came through the guard once; what it checked is checked again while he stays (see `watching`).
"""

import asyncio
import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextvars import Context
from typing import Generic, Protocol, TypeVar

import asyncpg
import msgspec
import structlog

from app.core.errors import NotFound
from app.core.i18n import use_language
from app.people.watching import Pass, still_good

log = structlog.get_logger()

SECOND = dt.timedelta(seconds=1)
PASSES_AGE = dt.timedelta(seconds=5)
"""How often it is looked whether those who look on still may."""
HEARTBEAT = 10
"""Seconds after which a stream says something although nothing has changed."""
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
END = b"event: end\ndata: {}\n\n"
"""Tells a page not to come back by itself: whoever looked on may no longer."""
RETRY = b"retry: 2000\n\n"

Piece = str | msgspec.Raw


class Sight(Hashable, Protocol):
    """What somebody looks at, in a language."""

    @property
    def language(self) -> str:
        """BCP 47 tag."""


class Dated(Protocol):
    """What is shown, as it was at a moment."""

    @property
    def at(self) -> dt.datetime:
        """When it was read."""


ViewT = TypeVar("ViewT", bound=Sight)
BoardT = TypeVar("BoardT", bound=Dated)
Face = Callable[[BoardT], Mapping[str, Piece]]
"""Makes the pieces of a board; a viewer is sent those that have changed."""


def message(pieces: Mapping[str, Piece], at: dt.datetime) -> bytes:
    """Return a server-sent event: `{"at": ..., "pieces": {...}}`; JSON has no line break."""
    return b"data: %s\n\n" % msgspec.json.encode({"at": at, "pieces": pieces})


class Channel(Generic[ViewT, BoardT]):
    """All who look at the same; `version` counts the messages."""

    def __init__(self, view: ViewT, face: Face[BoardT]) -> None:
        self.view = view
        self.face = face
        self.viewers: set[Viewer[ViewT, BoardT]] = set()
        self.pieces: dict[str, Piece] = {}
        self.version = 0
        self.latest = b""
        self.said_at: dt.datetime | None = None
        self.news = asyncio.Event()

    def show(self, found: BoardT) -> None:
        """Tell the viewers what has changed, or now and then that nothing has."""
        pieces = dict(self.face(found))
        changed = {name: piece for name, piece in pieces.items() if self.pieces.get(name) != piece}
        quiet = self.said_at is not None and found.at - self.said_at < HEARTBEAT * SECOND
        self.pieces = pieces
        if not changed and quiet:
            return
        self.version += 1
        self.said_at = found.at
        self.latest = message(changed, found.at)
        self.wake()

    def wake(self) -> None:
        """Let every viewer look."""
        self.news.set()
        self.news = asyncio.Event()

    def since(self, version: int) -> bytes:
        """Return what a viewer who has seen `version` needs: the latest message, everything if he missed another."""
        missed = self.version - version != 1
        return message(self.pieces, self.said_at) if missed and self.said_at else self.latest


class Viewer(Generic[ViewT, BoardT]):
    """One who looks on, until his pass ends, he leaves, or the process does."""

    def __init__(self, channel: Channel[ViewT, BoardT], bearer: Pass) -> None:
        self.channel = channel
        self.bearer = bearer
        self.ended = False


class Following(ABC, Generic[ViewT, BoardT]):
    """The boards of a process that are of one kind."""

    def __init__(self) -> None:
        self.forget()
        FOLLOWINGS.append(self)

    def forget(self) -> None:
        """Begin anew, as a process does."""
        self.channels: dict[tuple[ViewT, Face[BoardT]], Channel[ViewT, BoardT]] = {}
        self.ticking: asyncio.Task[None] | None = None
        self.checked_at: dt.datetime | None = None
        self.closed = False

    @abstractmethod
    async def look(self, view: ViewT, *, now: dt.datetime) -> BoardT:
        """Return the board as it was at most a second ago, or raise `NotFound` where there is none for this view."""

    async def stream(
        self, view: ViewT, face: Face[BoardT], bearer: Pass, clock: Callable[[], dt.datetime]
    ) -> AsyncIterator[bytes]:
        """Yield server-sent events until the pass of `bearer` ends; the first brings every piece."""
        channel = self.channels.setdefault((view, face), Channel(view, face))
        viewer = Viewer(channel, bearer)
        channel.viewers.add(viewer)
        try:
            yield RETRY
            if not channel.version:
                channel.show(await self.look(view, now=clock()))
            self._start(clock)
            seen = 0
            while not (viewer.ended or self.closed):
                if channel.version != seen:
                    sent, seen = channel.since(seen), channel.version
                    yield sent
                    continue
                await channel.news.wait()
            if viewer.ended:
                yield END
        finally:
            self._leave(viewer)

    def _leave(self, viewer: Viewer[ViewT, BoardT]) -> None:
        channel = viewer.channel
        channel.viewers.discard(viewer)
        if not channel.viewers:
            self.channels.pop((channel.view, channel.face), None)

    def _start(self, clock: Callable[[], dt.datetime]) -> None:
        """Read on while somebody looks on. An empty context: the reading serves everybody, not who came first."""
        if self.ticking is None or self.ticking.done():
            self.ticking = asyncio.create_task(self._go_on(clock), context=Context())

    async def _go_on(self, clock: Callable[[], dt.datetime]) -> None:
        loop = asyncio.get_running_loop()
        while self.channels:
            due = loop.time() + 1
            try:
                await self.tick(clock())
            except FAULTS as error:
                log.warning("board_not_read", error=type(error).__name__)
            await asyncio.sleep(max(0.1, due - loop.time()))

    async def tick(self, now: dt.datetime) -> None:
        """Read once, and tell everybody who may still look on."""
        if self.checked_at is None or now - self.checked_at >= PASSES_AGE:
            await self._check_passes(now)
        for channel in list(self.channels.values()):
            use_language(channel.view.language)
            try:
                channel.show(await self.look(channel.view, now=now))
            except NotFound:  # what it showed is gone
                self._end(channel.viewers)
            await asyncio.sleep(0)  # a scan may be waiting

    async def _check_passes(self, now: dt.datetime) -> None:
        viewers = [viewer for channel in self.channels.values() for viewer in channel.viewers]
        good = await still_good([viewer.bearer for viewer in viewers], now=now)
        self._end({viewer for viewer in viewers if viewer.bearer not in good})
        self.checked_at = now

    def _end(self, viewers: set[Viewer[ViewT, BoardT]]) -> None:
        for viewer in list(viewers):
            viewer.ended = True
            viewer.channel.wake()

    def end(self) -> None:
        """Let every stream end; the process is about to."""
        self.closed = True
        for channel in self.channels.values():
            channel.wake()

    async def close(self) -> None:
        """Let every stream end, and stop reading."""
        self.end()
        if self.ticking is not None:
            self.ticking.cancel()
            await asyncio.gather(self.ticking, return_exceptions=True)


FOLLOWINGS: list[Following] = []  # type: ignore[type-arg]  # of every kind


def end_all() -> None:
    """Let every stream of this process end; it is about to."""
    for following in FOLLOWINGS:
        following.end()


async def close_all() -> None:
    """Let every stream end, and stop reading."""
    for following in FOLLOWINGS:
        await following.close()
