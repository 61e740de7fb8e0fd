"""Which questions the form asks of somebody, and whether they were answered: pure."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.signing import open_capability
from app.core.validation import Line, Paragraph, problems
from app.people.residence import CODES
from app.ticketing.schemas import Offer, OfferedQuestion, OfferedType

Answers = Mapping[str, Any]
"""Answers by the slugs of their questions, as they were sent."""
EARLIEST = dt.date(1900, 1, 1)


def asked(found: Offer, wanted: OfferedType) -> list[OfferedQuestion]:
    """Return the questions put to holders of a ticket type: of its events, and of the convention."""
    return [
        q
        for q in found.questions
        if (q.event is None or q.event in wanted.events) and wanted.id in (q.types or [wanted.id])
    ]


def shown(questions: Sequence[OfferedQuestion], answers: Answers) -> list[OfferedQuestion]:
    """Return those that apply: a question that hangs on another's answer only after such an answer, itself shown."""
    found: dict[str, OfferedQuestion] = {}
    for question in questions:
        when = question.shown_when
        if when is None or (when.question in found and _chosen(answers.get(when.question)) & set(when.values)):
            found[question.slug] = question
    return list(found.values())


def _chosen(value: object) -> set[str]:
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    if isinstance(value, str):
        return {value}
    return {v for v in value if isinstance(v, str)} if isinstance(value, list | tuple) else set()


def answer_errors(field: str, questions: Sequence[OfferedQuestion], answers: object) -> list[FieldError]:
    """List what is wrong with the answers, under `field.answers.SLUG`; what does not apply is not looked at."""
    given: Answers = answers if isinstance(answers, Mapping) else {}
    known = {q.slug for q in questions}
    errors = [
        FieldError(f"{field}.answers.{slug}"[:200], "unknown", _("There is no such question."))
        for slug in given
        if slug not in known
    ]
    found = ((q.slug, _error(q, given.get(q.slug))) for q in shown(questions, given))
    return errors + [FieldError(f"{field}.answers.{slug}", *error) for slug, error in found if error]


def _error(question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    if value in (None, "", [], ()):
        return ("required", _("This is needed.")) if question.required else None
    return _CHECKS[question.kind](question, value)


def _text(_question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    return _first(value, Line)


def _paragraph(_question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    return _first(value, Paragraph)


def _first(value: object, kind: object) -> tuple[str, str] | None:
    found = problems(value, kind)
    return (found[0].code, found[0].detail) if found else None


def _choice(question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    if isinstance(value, str) and value in {o.value for o in question.options}:
        return None
    return "choice", _("Please choose one of the values offered.")


def _choices(question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    values = [value] if isinstance(value, str) else value
    known = {o.value for o in question.options}
    if isinstance(values, list | tuple) and all(isinstance(v, str) and v in known for v in values):
        return None
    return "choice", _("Please choose one of the values offered.")


def _date(_question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    try:
        if isinstance(value, str) and dt.date.fromisoformat(value) >= EARLIEST:
            return None
    except ValueError:
        pass
    return "format", _("A date is needed here, such as 2026-11-21.")


def _country(_question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    return (
        None if isinstance(value, str) and value in CODES else ("choice", _("Please choose one of the values offered."))
    )


def _yes_no(_question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    return None if value in (True, False, "yes", "no") else ("choice", _("Please answer yes or no."))


def _file(_question: OfferedQuestion, value: object) -> tuple[str, str] | None:
    if isinstance(value, str) and upload_of(value):
        return None
    return "upload", _("This file did not arrive. Please choose it again.")


_CHECKS: dict[str, Callable[[OfferedQuestion, object], tuple[str, str] | None]] = {
    "text": _text,
    "paragraph": _paragraph,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "country": _country,
    "yes_no": _yes_no,
    "file": _file,
}


def upload_of(token: str) -> UUID | None:
    """Return the upload that an answer's token names."""
    ids = open_capability("upload", token)
    return ids[0] if ids else None


def settled(questions: Sequence[OfferedQuestion], answers: Answers) -> dict[UUID, Any]:
    """Return what is kept: the answers that apply, by question; a choice of several as a list, yes and no as words."""
    return {
        q.id: _kept(q, answers[q.slug])
        for q in shown(questions, answers)
        if answers.get(q.slug) not in (None, "", [], ())
    }


def _kept(question: OfferedQuestion, value: Any) -> Any:
    if question.kind == "choices":
        return [value] if isinstance(value, str) else list(dict.fromkeys(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
