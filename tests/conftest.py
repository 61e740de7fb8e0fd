"""Fixtures that every test may use: one real PostgreSQL, a database per test process, a clock that obeys."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import hypothesis
import pytest

from app.asgi import create_app
from app.attendance import tasks as attendance_tasks  # noqa: F401
from app.attendance.packs import books
from app.attendance.scanning import around, place_names
from app.awards import tasks as awards_tasks  # noqa: F401
from app.core import migrate
from app.core.cycles import look_seldom
from app.core.db import DB, Open
from app.core.db import connection as core_connection
from app.core.sandbox.servers import sandbox
from app.core.settings import settings
from app.core.web.frame import Frame
from app.events.demo_data import load
from app.events.seed import seed_programme
from app.exchange import tasks as exchange_tasks  # noqa: F401
from app.exchange.publishing import log as publishing
from app.exchange.publishing import to_come
from app.people import access, consents
from app.people import tasks as people_tasks  # noqa: F401  # registers its jobs, as the worker does
from app.people.seed import seed_consents
from app.ticketing import tasks as ticketing_tasks  # noqa: F401
from app.ticketing.registering import offers
from app.ticketing.seed import seed_ticket_types
from tests.balance import balanced, longest_first
from tests.clock import FIRST_DAY, NOW, Clock
from tests.turns import alone, among_others

# In CI the same examples every time, so that a red run can be repeated; elsewhere new ones. No test depends on speed.
hypothesis.settings.register_profile("ours", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("ours")

SERVERS = contextlib.ExitStack()
TEMPLATE = "machigurumi"
KEPT = {
    "migration", "convention", "organiser", "venue", "event", "gate", "session", "ticket_type", "coverage", "quota",
    "quota_use", "signing_key", "consent_text", "question", "question_use", "voucher", "payment_method",
}  # fmt: skip
"""Tables whose rows come with the template; the others are emptied after a test that commits."""
PROGRAMME = ("event", "session", "ticket_type")
"""Of these the rows that a test has changed are put back as they came."""


def pytest_make_parametrize_id(val: object) -> str | None:
    """Number long bytes: what is packed carries the second in which it was, and all processes must name tests alike."""
    return "bytes" if isinstance(val, bytes) and len(val) > 16 else None


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that leads; every process then has a database of its own."""
    if not hasattr(config, "workerinput"):
        _start_servers()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    os.environ["APP_DATABASE_URL"] = os.environ["TEST_DATABASE_URL"].replace(f"/{TEMPLATE}", f"/test_{worker}")
    settings.cache_clear()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers with the process that leads."""
    if not hasattr(config, "workerinput"):
        SERVERS.close()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Balance the processes of `--dist loadfile`; whoever asks for another way gets it."""
    return balanced(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what lasts longest."""
    items.sort(key=longest_first)


def pytest_collection_finish() -> None:
    """Ten thousand tests are there to the end: looking through them again and again is a tenth of all time."""
    look_seldom()


def _start_servers() -> None:
    folder = SERVERS.enter_context(tempfile.TemporaryDirectory(prefix="machi-test-"))
    Path(folder).chmod(0o755)
    servers = SERVERS.enter_context(sandbox(Path(folder)))
    os.environ.update(
        APP_DATABASE_URL=servers.database_url,
        APP_REDIS_URL=servers.redis_url,
        APP_SECRET_KEY="a secret for tests, 0123456789 abcdefgh",
        APP_BASE_URL="http://test",
        APP_LOG_LEVEL="critical",
        APP_FETCH_ALLOW_HOSTS="127.0.0.1:*",
        TEST_DATABASE_URL=servers.database_url,
        TEST_FOLDER=folder,
    )
    settings.cache_clear()
    asyncio.run(_make_template())


async def _make_template() -> None:
    await DB.start_connection_pool()
    try:
        await migrate.migrate()
        data = load(FIRST_DAY)
        await seed_programme(data=data, now=NOW)
        await seed_ticket_types(data=data, now=NOW)
        await seed_consents(now=NOW)
        await publishing.catch_up(now=NOW)
    finally:
        await DB.close_connection_pool()


@pytest.fixture(scope="session", autouse=True)
async def database() -> AsyncIterator[None]:
    """A database of this test process alone, cloned from the migrated and seeded template."""
    name = settings().database_url.partition("?")[0].rpartition("/")[2]
    with among_others():
        admin = await asyncpg.connect(os.environ["TEST_DATABASE_URL"].replace(f"/{TEMPLATE}", "/postgres"))
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY wal_log")
        own = await asyncpg.connect(settings().database_url)
        await own.execute("CREATE SCHEMA pristine")
        for table in PROGRAMME:
            await own.execute(f"CREATE TABLE pristine.{table} AS TABLE public.{table}")
        await own.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # nobody cuts the power of this server
        await own.close()
    yield
    with among_others():
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


CLOCK = Clock()
publishing.PATIENCE = to_come.PATIENCE = 60.0  # a reader sees each change at once, however slow this machine is


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The application's clock; it stands at `NOW` until the test moves it."""
    CLOCK.moment = NOW
    access.forget()
    around.forget()
    place_names.forget()
    consents.forget()
    books.forget()
    offers.forget()
    yield CLOCK
    CLOCK.moment = NOW


@pytest.fixture(scope="session")
async def app(database: None) -> AsyncIterator[Frame]:
    """The real application, its lifespan held open by one task of its own."""
    litestar = create_app(clock=CLOCK)
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with litestar.lifespan():
            ready.set()
            await stop.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        await task
    yield Frame(litestar)
    stop.set()
    await task


@pytest.fixture
async def rollback(app: Frame, clock: Clock) -> AsyncIterator[None]:
    """Undo everything the test writes; everything runs on one connection, so nothing may be gathered."""
    with among_others():
        async with core_connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            token = DB.current_transaction.set(Open(connection))
            yield
            DB.current_transaction.reset(token)
            await transaction.rollback()


@pytest.fixture
async def http(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous client that calls the application in this very task, inside the rolled-back transaction."""
    async with client(app) as found:
        yield found


def client(app: Frame, token: str | None = None, **headers: str) -> httpx.AsyncClient:
    """Return a client that calls the application in process, with a bearer token if there is one."""
    if token:
        headers["authorization"] = f"Bearer {token}"
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)


@pytest.fixture
def no_others() -> Iterator[None]:
    """Nobody else holds a transaction open on the server."""
    with alone():
        yield


@pytest.fixture
async def committed(app: Frame, clock: Clock) -> AsyncIterator[None]:
    """Let the test commit for real, then take its rows out again: for tests of concurrency."""
    yield
    async with core_connection() as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        emptied = [f"DELETE FROM {name}" for (name,) in tables if name not in KEPT]
        restored = [f"DELETE FROM {name}; INSERT INTO {name} TABLE pristine.{name}" for name in PROGRAMME]
        await connection.execute(  # as one message: a hundred ways there and back are most of what it costs
            "; ".join(
                [
                    "SET session_replication_role = replica",
                    *emptied,
                    *restored,
                    "UPDATE quota SET taken = 0",
                    "SET session_replication_role = DEFAULT",
                ]
            )
        )
