"""Logs say where something broke, never what was in it."""

import asyncio
import io
import json
import sys
from uuid import UUID

import structlog
from structlog.testing import CapturingLogger

from app.core.log import DEEPEST, Lines, rendered, say_where


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


async def test_lines_of_one_turn_are_written_together() -> None:
    stream = Written()
    lines = Lines(stream)
    lines.info("one")
    lines.info("two")
    assert stream.writes == []
    await asyncio.sleep(0)
    assert stream.writes == ["one\ntwo\n"]


async def test_what_is_wrong_is_written_at_once_with_all_that_waits() -> None:
    stream = Written()
    lines = Lines(stream)
    lines.info("one")
    lines.error("two")
    assert stream.writes == ["one\ntwo\n"]
    await asyncio.sleep(0)
    assert stream.writes == ["one\ntwo\n"]


def test_line_without_a_loop_is_written_at_once() -> None:
    stream = Written()
    Lines(stream).info("one")
    assert stream.writes == ["one\n"]


def test_every_event_is_one_line_of_json() -> None:
    event = {"event": "雨\nno second line\u2028", "id": UUID(int=1), "of": {1}, "half": "\ud800"}
    assert json.loads(rendered(event)) == {
        "event": "雨\nno second line\u2028",
        "id": repr(UUID(int=1)),
        "of": "{1}",
        "half": "\ud800",
    }
    assert "\n" not in rendered(event)
    assert json.loads(rendered({"event": "request", "ms": 1.5})) == {"event": "request", "ms": 1.5}


class Written(io.StringIO):
    """A stream that keeps its writes apart."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return len(text)
