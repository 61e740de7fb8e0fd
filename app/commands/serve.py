"""`machi serve`: granian in front of the application."""

import contextlib
import os
import tempfile
from collections.abc import Iterator

import click
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from app.commands.environment import servers
from app.core.sandbox.places import is_free
from workers import leash

KILL_SECONDS = 3
"""A web process that does not end by then is killed: it may hang after having served files."""
METRICS = "PROMETHEUS_MULTIPROC_DIR"


@click.command(epilog="Example: machi serve --workers 4 --host 0.0.0.0")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Run the web server until SIGINT or SIGTERM; settings come from APP_*."""
    leash.follow()
    require_free(host, port)
    with servers(), _metrics(workers):
        Server(
            "workers.web:application",
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            workers=workers,
            loop=Loops.uvloop,
            factory=True,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=KILL_SECONDS,
        ).serve()


def require_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: granian would share it."""
    try:
        free = is_free(port, host=host)
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {host}: {error.strerror}; choose another --host.") from error
    if not free:
        raise click.ClickException(f"Port {port} is taken; choose another with --port, or stop what uses it.")


@contextlib.contextmanager
def _metrics(workers: int) -> Iterator[None]:
    """Give several processes an empty folder to add up their numbers in; the folder of the settings wins."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="machi-metrics-") as fresh:
        folder = os.environ.setdefault(METRICS, fresh)
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        for entry in os.scandir(folder):
            if entry.name.endswith(".db"):
                os.unlink(entry.path)  # noqa: PTH108
        yield
