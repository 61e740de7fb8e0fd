"""Structured logs: one JSON object per line on standard error, without personal data."""

import asyncio
import atexit
import json
import logging
import sys
from threading import Lock
from traceback import walk_tb
from typing import Any, TextIO

import msgspec
import structlog

DEEPEST = 5
"""Causes told of one error."""


def configure(level: str) -> None:
    """Set up logging for this process; `level` one of `settings.LEVELS`."""
    number = logging.getLevelNamesMapping()[level.upper()]
    lines = Lines(sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            say_where,
            structlog.processors.JSONRenderer(rendered),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_names: lines,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, force=True)


class Lines:
    """Writes lines; information of one turn of the event loop together, because every write is a call to the system.

    Whatever is worse than information is written at once, with all that waits.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: list[str] = []
        self._lock = Lock()
        atexit.register(self.flush)

    def info(self, line: str) -> None:
        """Write a line with the next turn of the loop, or at once where there is none."""
        with self._lock:
            self._waiting.append(line)
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:
            self.flush()

    def msg(self, line: str) -> None:
        """Write a line at once."""
        with self._lock:
            self._waiting.append(line)
        self.flush()

    debug = warning = warn = error = exception = critical = fatal = msg

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if waiting:
            self._stream.write("\n".join(waiting) + "\n")
            self._stream.flush()


def rendered(event: dict[str, Any], **_options: Any) -> str:
    """Return an event as one line of JSON; what JSON does not know is shown as Python does."""
    try:
        return msgspec.json.encode(event, enc_hook=repr).decode()
    except UnicodeEncodeError:  # half of a character, as bad input may hold
        return json.dumps(event, default=repr)


def say_where(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put in place of an exception its classes and places, never its words: they may hold a name or an address."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = _causes(error)
    return event


def _causes(error: BaseException) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < DEEPEST:
        places = [
            f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in walk_tb(cause.__traceback__)
        ]
        found.append({"error": type(cause).__name__, "at": places})
        cause = cause.__cause__ or cause.__context__
    return found
