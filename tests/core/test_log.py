"""Logs say where something broke, never what was in it."""

import sys

import structlog
from structlog.testing import CapturingLogger

from app.core.log import DEEPEST, say_where


def broken() -> None:
    try:
        dict[str, str]()["li.na@example.org"]
    except KeyError as error:
        raise ValueError("cannot send to li.na@example.org") from error


def told(**given: object) -> dict[str, object]:
    return dict(say_where(None, "", {"event": "fault", **given}))


def test_fault_is_told_by_classes_and_places_without_its_words() -> None:
    try:
        broken()
    except ValueError as error:
        entry = told(exc_info=error)
    assert [cause["error"] for cause in entry["exception"]] == ["ValueError", "KeyError"]  # type: ignore[attr-defined]
    assert entry["exception"][0]["at"][-1].endswith(" broken")  # type: ignore[index]
    assert __file__ in str(entry)
    assert "li.na" not in str(entry)


def test_present_exception_and_tuples_are_understood() -> None:
    try:
        broken()
    except ValueError:
        assert told(exc_info=True) == told(exc_info=sys.exc_info())
    assert told(exc_info=True) == {"event": "fault"}
    assert told() == {"event": "fault"}


def test_endless_causes_end() -> None:
    error = ValueError("x")
    for _ in range(DEEPEST + 3):
        outer = ValueError("x")
        outer.__cause__ = error
        error = outer
    assert len(told(exc_info=error)["exception"]) == DEEPEST  # type: ignore[arg-type]


def test_logger_writes_no_words_of_a_fault() -> None:
    target = CapturingLogger()
    log = structlog.wrap_logger(target, processors=[say_where, structlog.processors.JSONRenderer()])
    try:
        broken()
    except ValueError as error:
        log.exception("fault", exc_info=error)
    assert "li.na" not in str(target.calls)
