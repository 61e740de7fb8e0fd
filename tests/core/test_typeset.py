"""Setting type: which family sets what, and texts that cannot break a page."""

from pathlib import Path

from fontTools.ttLib import TTFont

from app.core.typeset import FONTS, HAN, SCRIPTS, cleaned, font_order, spoken


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
