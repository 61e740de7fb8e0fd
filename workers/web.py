"""What granian runs: the application, with a nudge for the worker after every commit that promised work."""

import multiprocessing

from app import asgi
from app.core import jobs
from app.core.web.frame import Frame
from workers import leash
from workers.main import Nudge


def application() -> Frame:
    """Build the application of one web process."""
    frame = asgi.application()
    nudge = Nudge()
    jobs.nudge_by(nudge)
    frame.litestar.on_shutdown.append(nudge.close)
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        leash.follow(server.pid)
    return frame
