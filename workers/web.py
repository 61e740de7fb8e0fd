"""What granian runs: the application, with a nudge for the worker after every commit that promised work."""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from typing import Any

from granian import _signals

from app import asgi
from app.core import jobs
from app.core.web.frame import Frame
from app.people.following import end_all
from workers import leash
from workers.main import Nudge

ENDS = (signal.SIGINT, signal.SIGTERM)


def _end_streams_first() -> None:
    """Let streams end when the process is told to.

    granian waits for open connections before it tells the application, and after a while kills the process: a stream
    that never ends by itself would make every stop such a kill. It has no hook for this, so we stand in front of the
    handler of signals that a worker installs; a test stops a real server under an open stream.
    """
    install: Callable[[asyncio.AbstractEventLoop], Any] = _signals.set_loop_signals

    def installed(loop: asyncio.AbstractEventLoop) -> Any:
        event = install(loop)
        for number in ENDS:
            loop.add_signal_handler(number, _end, event)
        return event

    _signals.set_loop_signals = installed


def _end(event: Any) -> None:
    end_all()
    event.set()


def application() -> Frame:
    """Build the application of one web process."""
    _end_streams_first()
    frame = asgi.application()
    nudge = Nudge()
    jobs.nudge_by(nudge)
    frame.litestar.on_shutdown.append(nudge.close)
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        leash.follow(server.pid)
    return frame
