"""The embedded Redis, the real one."""

import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from arq.connections import RedisSettings, create_pool
from redis import Redis
from redis.exceptions import AuthenticationError

from app.core.sandbox import places
from app.core.sandbox.errors import SandboxError, SandboxLocked, SandboxPortTaken
from app.core.sandbox.redis import redis, running_redis
from tests.core.sandbox import owners


def write(url: str) -> None:
    with Redis.from_url(url) as client:
        client.set("word", "まち")


def read(url: str) -> str | None:
    with Redis.from_url(url, decode_responses=True) as client:
        found: Any = client.get("word")
    return str(found) if found else None


@pytest.mark.parametrize("tcp", [False, True])
async def test_address_serves_redis_py_and_arq_alike(tmp_path: Path, tcp: bool) -> None:  # noqa: FBT001
    with redis(tmp_path, port=places.free_port() if tcp else None) as server:
        write(server.url)
        pool = await create_pool(RedisSettings.from_dsn(server.url))
        assert await pool.get("word") == "まち".encode()
        assert await pool.config_get("appendonly") == {"appendonly": "no"}
        await pool.aclose()


def test_second_start_resumes_within_three_seconds(tmp_path: Path) -> None:
    with redis(tmp_path) as server:
        write(server.url)
    begun = time.monotonic()
    with redis(tmp_path) as server:
        assert time.monotonic() - begun < 3
        assert read(server.url) == "まち"
    assert running_redis(tmp_path) is None


@pytest.mark.parametrize("name", ["x" * 120, 'まち ぐるみ\'s "data", 100% #1?\\'])
def test_long_and_unusual_paths(tmp_path: Path, name: str) -> None:
    for _ in range(2):
        with redis(tmp_path / name) as server:
            write(server.url)
    assert (tmp_path / name / "redis/dump.rdb").exists()


def test_loopback_port_needs_the_password(tmp_path: Path) -> None:
    port = places.free_port()
    with redis(tmp_path, port=port), Redis(port=port) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", places.free_port())) as other:
        port = other.getsockname()[1]
        with pytest.raises(SandboxPortTaken, match=str(port)), redis(tmp_path, port=port):
            pass


def test_another_process_finds_the_running_server_and_cannot_own_it(tmp_path: Path) -> None:
    with owners.owner(tmp_path, module="redis") as other:
        running = running_redis(tmp_path)
        assert running is not None
        write(running.url)
        with pytest.raises(SandboxLocked, match=str(other.pid)), redis(tmp_path):
            pass


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_server_ends_with_its_owner(tmp_path: Path, wish: signal.Signals) -> None:
    with owners.owner(tmp_path, module="redis") as other:
        watched = owners.watch(owners.first_pid(tmp_path / "redis/redis.pid"))
        other.send_signal(wish)
        assert owners.has_ended(watched)


def test_left_over_server_is_stopped_and_its_data_resumed(tmp_path: Path) -> None:
    with owners.owner(tmp_path, module="redis") as other:
        running = running_redis(tmp_path)
        assert running is not None
        write(running.url)
        left = owners.first_pid(tmp_path / "redis/redis.pid")
        watched = owners.watch(left)
        owners.kill_with_guard(other, server=left)
        with redis(tmp_path) as server:
            assert read(server.url) == "まち"
    assert owners.has_ended(watched)


def test_broken_snapshot_is_explained(tmp_path: Path) -> None:
    with redis(tmp_path):
        pass
    (tmp_path / "redis/dump.rdb").write_bytes(b"REDIS0009 nonsense")
    with pytest.raises(SandboxError, match="did not start in"), redis(tmp_path):
        pass


@pytest.mark.faults
@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGKILL])
def test_server_that_cannot_save_ends_all_the_same(tmp_path: Path, wish: signal.Signals) -> None:
    with owners.owner(tmp_path, module="redis") as other:
        running = running_redis(tmp_path)
        assert running is not None
        write(running.url)
        (tmp_path / "redis/dump.rdb").mkdir()
        watched = owners.watch(owners.first_pid(tmp_path / "redis/redis.pid"))
        other.send_signal(wish)
        assert owners.has_ended(watched)
