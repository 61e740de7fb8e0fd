"""Structured logs: one JSON object per line on standard error, without personal data."""

import logging
import sys
from traceback import walk_tb
from typing import Any

import structlog

DEEPEST = 5
"""Causes told of one error."""


def configure(level: str) -> None:
    """Set up logging for this process; `level` one of `settings.LEVELS`."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            say_where,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, force=True)


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
