"""What the forms of the consoles share: rows, lists, moments, texts in all languages, the notice after a redirect."""

import datetime as dt
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import FieldError
from app.core.i18n import LANGUAGES
from app.core.web.console import change_rows, done, listed, timed, typed_moment
from app.core.web.forms import nest
from app.core.web.pages import environment

ZONE = "Asia/Tokyo"


class Fields(HTMLParser):
    """What a browser would send: the names and values of the controls, and which details are open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.open = 0
        self.submits: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self.sent.append((found["name"] or "", found.get("value") or ""))
        self.open += tag == "details" and "open" in found
        if tag == "button":
            self.submits.append(found.get("name"))


def macro(call: str, **values: Any) -> Fields:
    """Render one call of a macro."""
    name = call.partition("(")[0]
    source = "{% from 'core/macros.html' import " + name + ", field %}{{ " + call + " }}"
    return Fields(environment().from_string(source).render(**values))


@pytest.mark.parametrize(
    ("address", "location"),
    [("/console", "/console?done=saved"), ("/console?page=2", "/console?page=2&done=saved")],
)
def test_done_names_what_happened_in_the_address(address: str, location: str) -> None:
    answer = done(address, "saved")
    assert (answer.status_code, answer.headers["location"]) == (303, location)


async def test_notice_is_said_in_the_page_and_in_its_title(http: httpx.AsyncClient) -> None:
    html = (await http.get("/accessibility?done=saved", headers={"accept": "text/html"})).text
    assert "<title>Saved. – Accessibility – Machigurumi</title>" in html
    assert 'role="status" tabindex="-1" data-flash><p>Saved.</p>' in html


@pytest.mark.parametrize("key", ["nonsense", "<script>", "get", "__class__", ""])
async def test_notice_nobody_knows_is_silent(http: httpx.AsyncClient, key: str) -> None:
    answer = await http.get("/accessibility", params={"done": key}, headers={"accept": "text/html"})
    assert "data-flash" not in answer.text
    assert "<title>Accessibility – Machigurumi</title>" in answer.text


@pytest.mark.parametrize(("form", "expected"), [({}, []), ({"days": "a"}, ["a"]), ({"days": ["a", "b"]}, ["a", "b"])])
def test_boxes_are_a_list_however_many_are_ticked(form: dict[str, Any], expected: list[str]) -> None:
    assert listed(form, "days") == {"days": expected}


def test_checks_give_back_what_was_ticked() -> None:
    values = {"options": [("a", "A"), ("b", "B"), (3, "C")], "ticked": ["a", "3"]}
    assert macro("checks('days', 'Days', options, ticked)", **values).sent == [("days", "a"), ("days", "3")]


def test_moment_has_the_offset_of_its_place() -> None:
    typed = {"starts_at": "2026-11-21T10:00", "ends_at": "soon", "other": "2026-11-21T10:00"}
    assert timed(typed, ZONE, "starts_at", "ends_at", "missing") == {
        "starts_at": "2026-11-21T10:00:00+09:00",
        "ends_at": "soon",
        "other": "2026-11-21T10:00",
    }


@given(st.integers(0, 70_000_000))
def test_moment_survives_the_form(minutes: int) -> None:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    form = timed({"at": typed_moment(moment, ZONE)}, ZONE, "at")
    assert dt.datetime.fromisoformat(form["at"]) == moment


def test_no_moment_is_an_empty_field() -> None:
    assert typed_moment(None, ZONE) == ""


@pytest.mark.parametrize(
    ("form", "pressed", "left"),
    [
        ({"action": "add.rows"}, True, {"rows": [{}]}),
        ({"action": "add.rows", "rows": [{"a": 1}]}, True, {"rows": [{"a": 1}, {}]}),
        ({"action": "remove.rows.0", "rows": [{"a": 1}, {"a": 2}]}, True, {"rows": [{"a": 2}]}),
        ({"action": "remove.rows.7", "rows": [{"a": 1}]}, True, {"rows": [{"a": 1}]}),
        ({"action": "remove.rows.x", "rows": [{"a": 1}]}, True, {"rows": [{"a": 1}]}),
        ({"action": "add.rows", "rows": "planted"}, False, {"rows": "planted"}),
        ({"action": "add"}, False, {}),
        ({"action": "save", "rows": [{"a": 1}]}, False, {"rows": [{"a": 1}]}),
        ({"rows": [{"a": 1}]}, False, {"rows": [{"a": 1}]}),
        ({"action": "add.rows", "rows": [{}] * 100}, True, {"rows": [{}] * 100}),
    ],
)
def test_buttons_of_rows(*, form: dict[str, Any], pressed: bool, left: dict[str, Any]) -> None:
    assert (change_rows(form), form) == (pressed, left)


def test_enter_key_does_not_remove_a_row() -> None:
    """A browser presses the first button of a form."""
    source = (
        "{% from 'core/macros.html' import row_fields, field %}"
        "{% call(prefix, row) row_fields('rows', rows, 'Row', 'Add') %}"
        "{{ field(prefix ~ '.title', 'Title', value=row.title) }}{% endcall %}"
    )
    found = Fields(environment().from_string(source).render(rows=[{"title": "a"}, {"title": "b"}]))
    assert found.submits == [None, "action", "action", "action"]
    assert nest(found.sent) == {"rows": [{"title": "a"}, {"title": "b"}]}


@given(st.dictionaries(st.sampled_from(LANGUAGES), st.text(st.characters(codec="ascii", categories=["L"]), min_size=1)))
def test_text_in_all_languages_survives_the_form(words: dict[str, str]) -> None:
    assert nest(macro("words_field('title', 'Title', words)", words=words).sent) == ({"title": words} if words else {})


@pytest.mark.parametrize(
    ("words", "wrong", "is_open"),
    [({"ja": "x"}, [], 0), ({"ko": "x"}, [], 1), ({}, ["title.th"], 1), ({}, ["title.en"], 0)],
)
def test_other_languages_open_when_something_is_there(words: dict[str, str], wrong: list[str], is_open: int) -> None:
    errors = [FieldError(name, "too_long", "This is too long.") for name in wrong]
    assert macro("words_field('title', 'Title', words, errors)", words=words, errors=errors).open == is_open
