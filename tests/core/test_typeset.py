"""Setting type: which family sets what, and texts that cannot break a page."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typst
from fontTools.ttLib import TTFont

from app.core.typeset import FONTS, HAN, SCRIPTS, _press, cleaned, compiled, font_order, spoken


def test_order_of_families() -> None:
    latin = {"name": "Noto Sans", "covers": "latin-in-cjk"}
    rest = ["Noto Sans", *SCRIPTS]
    han = {tag: f"Noto Sans {tag}" for tag in ("JP", "SC", "TC", "KR")}
    assert font_order("ja") == [latin, han["JP"], han["SC"], han["TC"], han["KR"], *rest]
    assert font_order("zh-Hans") == [latin, han["SC"], han["JP"], han["TC"], han["KR"], *rest]
    assert font_order("ko") == [latin, han["KR"], han["JP"], han["SC"], han["TC"], *rest]
    assert font_order("en") == ["Noto Sans", han["JP"], han["SC"], han["TC"], han["KR"], *rest]


def test_language_of_a_template() -> None:
    assert spoken("zh-Hans") == {"lang": "zh", "region": "CN", "fonts": font_order("zh-Hans")}
    assert spoken("th")["region"] is None


def family(path: Path) -> str:
    with TTFont(path, lazy=True) as font:
        return str(font["name"].getDebugName(1)).removesuffix(" Bold")


def test_every_family_is_there_in_both_weights_and_none_lies_there_for_nothing() -> None:
    found = sorted(family(path) for path in FONTS.glob("*.ttf"))
    assert found == sorted([*HAN.values(), "Noto Sans", *SCRIPTS] * 2)


def test_no_text_reverses_or_breaks_the_line() -> None:
    given = {"name": " a\u202eb\u2066c\ufeff\n", "lines": ("x\x00y", ["\u2028"]), "n": 3}
    assert cleaned(given) == {"name": "abc", "lines": ["x y", [""]], "n": 3}


TEMPLATE = """
#let data = json(sys.inputs.data)
#let slow(words) = range(15000).map(n => n * n).last()
#data.number #data.words #slow(data.words)
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A page that takes a number and words, over which it thinks for long; it fails without them."""
    path = tmp_path / "page.typ"
    path.write_text(TEMPLATE)
    return path


def page(template: Path, number: str, words: str = "") -> bytes:
    return compiled(template, {"number": number, "words": words}, fonts=template.parent, format="svg")


def test_nothing_of_a_document_is_left_for_the_next(template: Path) -> None:
    alone = page(template, "2")
    assert page(template, "1", "Words " * 100) != alone
    assert page(template, "2") == alone


def test_what_a_document_was_made_of_is_not_kept(template: Path) -> None:
    page(template, "1", "words")
    with pytest.raises(typst.TypstError):
        compiled(template, {"number": "1"}, fonts=template.parent, format="svg")
    kept = _press(template, template.parent)._data
    assert os.fstat(kept).st_size == 0


def test_what_two_documents_share_is_set_once(template: Path) -> None:
    """Or else the PDFs of ten thousand tickets take twice as long."""

    def cpu(*words: str) -> float:
        began = time.process_time()
        for number, each in enumerate(words):
            page(template, f"{number} {began}", each)
        return time.process_time() - began

    cpu("same")
    assert cpu(*["same"] * 8) < cpu(*"abcdefgh") / 2


CHILD = """
import os
from pathlib import Path
from app.core.typeset import BLANK, _press
_press(BLANK, Path({fonts!r}))
child = os.fork()
if not child:
    os._exit(_press.cache_info().currsize)
print(os.waitpid(child, 0)[1], _press.cache_info().currsize)
"""


def test_forked_process_shares_no_file_with_its_parent(tmp_path: Path) -> None:
    words = [sys.executable, "-c", CHILD.format(fonts=str(tmp_path))]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout == "0 1\n"  # ours
