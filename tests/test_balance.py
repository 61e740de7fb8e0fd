"""How tests are shared out between processes."""

import pytest

from tests.balance import BROWSER, LASTING, ROOT, longest_first, together


def test_what_lasts_longest_is_there() -> None:
    assert [name for name in LASTING if not (ROOT / name).exists()] == []
    assert len(set(LASTING)) == len(LASTING)


def test_what_needs_a_browser_stays_together_and_files_do() -> None:
    assert together("tests/browser/test_xss.py::test_it[en]") == BROWSER
    assert together("tests/browser/test_looks.py::test_page[a::b]") == BROWSER
    assert together("tests/core/test_jobs.py::test_it[a::b]") == "tests/core/test_jobs.py"


def test_longest_comes_first_and_the_rest_stays_as_it_is(request: pytest.FixtureRequest) -> None:
    """Of this very run, however few tests it has."""
    keys = [longest_first(item) for item in request.session.items]
    assert keys == sorted(keys)
