"""A Redis of the test's own: it may be emptied, stopped and started again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.core.sandbox.redis import redis
from app.core.settings import settings


class OwnRedis:
    """The server; `APP_REDIS_URL` names it whether it runs or not."""

    def __init__(self, folder: Path, use: Callable[[str], None]) -> None:
        self.folder, self.use, self.stack = folder, use, ExitStack()

    def start(self) -> None:
        """Start it with what it kept."""
        self.use(self.stack.enter_context(redis(self.folder)).url)

    def stop(self) -> None:
        """Stop it."""
        self.stack.close()


@pytest.fixture
def own_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRedis]:
    """A running Redis of this test alone."""

    def use(url: str) -> None:
        monkeypatch.setenv("APP_REDIS_URL", url)
        settings.cache_clear()

    with TemporaryDirectory(prefix="machi-redis-") as folder:
        Path(folder).chmod(0o755)
        server = OwnRedis(Path(folder), use)
        server.start()
        yield server
        server.stop()
    settings.cache_clear()
