"""Which questions apply, and what is kept of the answers: pure."""

from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ticketing.registering.asked import answer_errors, settled, shown
from app.ticketing.schemas import OfferedQuestion, Option, ShownWhen

HERE = UUID(int=4)


def question(slug: str, kind: str = "choice", *, after: tuple[str, str] | None = None, **more: Any) -> OfferedQuestion:
    """Return a question, asked after an answer to another where `after` says so."""
    return OfferedQuestion(
        id=uuid5(HERE, slug),
        slug=slug,
        kind=kind,
        label={"en": slug},
        hint={},
        options=[Option(v, {"en": v}) for v in "abc"],
        shown_when=ShownWhen(after[0], [after[1]]) if after else None,
        **{"required": True, **more},
    )


CHAIN = [question("one"), question("two", after=("one", "b")), question("three", after=("two", "c"))]


@pytest.mark.parametrize(
    ("answers", "applies"),
    [
        ({}, ["one"]),
        ({"one": "a", "two": "c"}, ["one"]),
        ({"one": "b"}, ["one", "two"]),
        ({"one": "b", "two": "c"}, ["one", "two", "three"]),
        ({"one": "a", "two": "c", "three": "a"}, ["one"]),
        ({"one": ["a", "b"]}, ["one", "two"]),
    ],
)
def test_question_applies_after_the_answer_it_hangs_on(answers: dict[str, Any], applies: list[str]) -> None:
    assert [q.slug for q in shown(CHAIN, answers)] == applies


@pytest.mark.parametrize(("value", "applies"), [(True, True), ("yes", True), (False, False), ("no", False)])
def test_yes_may_lead_further_however_it_was_said(*, value: object, applies: bool) -> None:
    questions = [question("agree", "yes_no"), question("more", after=("agree", "yes"))]
    assert (len(shown(questions, {"agree": value})) == 2) is applies


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", "", "required"),
        ("text", "a\nb", "format"),
        ("text", "x" * 201, "too_long"),
        ("text", 7, "type"),
        ("paragraph", "a\nb", None),
        ("paragraph", "x" * 4001, "too_long"),
        ("choice", "a", None),
        ("choice", "d", "choice"),
        ("choice", ["a"], "choice"),
        ("choices", "a", None),
        ("choices", ["a", "c"], None),
        ("choices", ["a", "d"], "choice"),
        ("choices", [], "required"),
        ("date", "2026-02-28", None),
        ("date", "2026-02-29", "format"),
        ("date", "1899-12-31", "format"),
        ("country", "JP", None),
        ("country", "JPN", "choice"),
        ("country", ["JP"], "choice"),
        ("yes_no", False, None),
        ("yes_no", "no", None),
        ("yes_no", "maybe", "choice"),
        ("file", "card.pdf", "upload"),
    ],
)
def test_answer_is_judged_by_the_kind_of_its_question(kind: str, value: object, code: str | None) -> None:
    errors = answer_errors("party[0]", [question("q", kind)], {"q": value})
    assert [(e.field, e.code) for e in errors] == ([("party[0].answers.q", code)] if code else [])


def test_what_nobody_asked_is_named() -> None:
    assert [(e.field, e.code) for e in answer_errors("party[1]", [], {"q": "a"})] == [("party[1].answers.q", "unknown")]


SOME = st.dictionaries(st.sampled_from(["one", "two", "three"]), st.sampled_from(["a", "b", "c", "", "d"]))


@given(SOME, SOME)
def test_answers_that_do_not_apply_change_nothing(answers: dict[str, str], others: dict[str, str]) -> None:
    """Whatever stands in fields that are not shown, neither errors nor what is kept depend on it."""
    applying = {q.slug for q in shown(CHAIN, answers)}
    mixed = {slug: v for slug, v in others.items() if slug not in applying} | {
        slug: v for slug, v in answers.items() if slug in applying
    }
    assert {q.slug for q in shown(CHAIN, mixed)} == applying
    assert answer_errors("p", CHAIN, mixed) == answer_errors("p", CHAIN, answers)
    assert settled(CHAIN, mixed) == settled(CHAIN, answers)


def test_kept_answers_have_one_form() -> None:
    questions = [question("several", "choices"), question("agree", "yes_no"), question("empty", "text", required=False)]
    assert settled(questions, {"several": ["b", "a", "b"], "agree": True, "empty": ""}) == {
        questions[0].id: ["b", "a"],
        questions[1].id: "yes",
    }
    assert settled(questions, {"several": "a"}) == {questions[0].id: ["a"]}
