"""Every code that a report or a page may show has words: in English here, in the other languages by the catalogues."""

import ast
from pathlib import Path
from typing import get_args

import app.exchange
from app.core.i18n import DEFAULT, use_language
from app.exchange import words
from app.exchange.fetching import errors
from app.exchange.merging.plan import Doubt
from app.exchange.reading import codes

CALLS = {"Finding", "Note", "Problem", "Defect", "Unreachable"}
"""What takes a code as text."""


def test_every_code_is_said() -> None:
    """The lists of the rooms, and whatever else is written as a code in their source."""
    known = {*errors.CODES, *codes.PROBLEMS, *codes.FINDINGS, *get_args(Doubt)}
    assert {code for code in known | written() if code not in words.CODES} == set()


def written() -> set[str]:
    """Return the codes that stand in the source of the exchange: the text that is given to a finding or an error."""
    found: set[str] = set()
    for path in Path(app.exchange.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in CALLS:
                found |= {one for one in map(_text, _codes(node)) if one}
    return found


def _codes(node: ast.Call) -> list[ast.expr]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    place = {"Unreachable": 0, "Defect": 2}.get(name, 1)
    return [*node.args[place : place + 1], *(word.value for word in node.keywords if word.arg == "code")]


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_a_code_that_nobody_explained_is_said_by_its_name() -> None:
    assert words.said("from_the_future") == "Something else was found (from_the_future)."
    assert words.said("title_missing") == "The event has no title."
    try:
        use_language("ja")
        assert words.said("title_missing") == "イベントの名称がありません。"
    finally:
        use_language(DEFAULT)
