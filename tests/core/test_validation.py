"""The text types: what people write passes, what disguises or breaks text does not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.validation import Address, Line, Name, Paragraph, check


class Kinds(msgspec.Struct, frozen=True):
    line: Line = ""
    name: Name = "a"
    paragraph: Paragraph = ""
    address: Address = "a@b.example"


def code(**values: object) -> str:
    """Return the code of the one wrong field, or an empty string."""
    try:
        check(values, Kinds)
    except Invalid as error:
        (wrong,) = error.errors
        assert [wrong.field] == list(values)
        return wrong.code
    return ""


GOOD = ["李", "佐藤 花子", "O'Brien", "Ångström", "محمد", "d'Éa–\u2019", "👩‍👩‍👧", "=1+1", "🏳️\u200d🌈", "ก็", "a\u0301"]
BAD = [
    "a\x00b", "a\x01", "\x08", "\x0b", "\x1b[31m", "a\x7f", "\x85", "\x9f", "\u202egpj.exe",
    "\u202a", "\u2066", "\u2069",     "\ufffe", "\uffff", "a\rb",
]  # fmt: skip
NOT_ONE_LINE = ["a\nb", "a\n", "\n", "a\tb", "\t"]


@pytest.mark.parametrize("kind", ["line", "name", "paragraph"])
@pytest.mark.parametrize("words", GOOD)
def test_what_people_write_passes(kind: str, words: str) -> None:
    assert code(**{kind: words}) == ""


@pytest.mark.parametrize("kind", ["line", "name", "paragraph"])
@pytest.mark.parametrize("words", BAD)
def test_control_and_bidi_characters_are_refused(kind: str, words: str) -> None:
    assert code(**{kind: words}) == "format"


@pytest.mark.parametrize("kind", ["line", "name"])
@pytest.mark.parametrize("words", NOT_ONE_LINE)
def test_one_line_is_one_line(kind: str, words: str) -> None:
    assert code(**{kind: words}) == "format"


@pytest.mark.parametrize("words", NOT_ONE_LINE)
def test_paragraphs_have_lines(words: str) -> None:
    assert code(paragraph=words) == ""


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        ("name", "", "required"),
        ("name", "   ", "format"),
        ("name", "\u3000", "format"),
        ("name", "x" * 200, ""),
        ("name", "x" * 201, "too_long"),
        ("line", "x" * 200, ""),
        ("line", "x" * 201, "too_long"),
        ("paragraph", "x" * 4000, ""),
        ("paragraph", "x" * 4001, "too_long"),
        ("name", 7, "type"),
        ("name", None, "required"),
        ("name", ["a"], "type"),
    ],
)
def test_length_and_kind(kind: str, words: object, expected: str) -> None:
    assert code(**{kind: words}) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("li.na@example.org", ""),
        ("li.na+yokohama@example.org", ""),
        ("taro@例え.jp", ""),
        ("o'brien@example.ie", ""),
        ("no-at.example.org", "format"),
        ("a@b", "format"),
        ("a@b.c", "format"),
        ("a b@example.org", "format"),
        ("a@example.org\n", "format"),
        ("a@example.org\r\nBcc: x@example.org", "format"),
        ("a@example.org,b@example.org", "format"),
        ("<a@example.org>", "format"),
        ("a@exa\u202emple.org", "format"),
        ("x" * 65 + "@example.org", "format"),
        ("a@" + "x" * 250 + ".org", "too_long"),
        ("", "format"),
    ],
)
def test_addresses(address: str, expected: str) -> None:
    assert code(address=address) == expected


@given(st.text(st.characters(codec="utf-8"), max_size=250))
def test_a_line_never_holds_what_breaks_a_line(words: str) -> None:
    if code(line=words) == "":
        assert len(words) <= 200
        assert not set(words) & {
            *map(chr, range(32)),
            "\x7f",
            *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        }
