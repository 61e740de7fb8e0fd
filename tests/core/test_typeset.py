"""Setting type: which family sets what, and texts that cannot break a page."""

from app.core.typeset import cleaned, font_order


def test_order_of_families() -> None:
    latin = {"name": "Noto Sans", "covers": "latin-in-cjk"}
    rest = ["Noto Sans", "Noto Sans Thai", "Noto Sans Arabic"]
    assert font_order("ja") == [latin, "Noto Sans JP", "Noto Sans SC", "Noto Sans KR", *rest]
    assert font_order("zh-Hans") == [latin, "Noto Sans SC", "Noto Sans JP", "Noto Sans KR", *rest]
    assert font_order("ko") == [latin, "Noto Sans KR", "Noto Sans JP", "Noto Sans SC", *rest]
    assert font_order("en") == ["Noto Sans", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR", *rest]


def test_no_text_reverses_or_breaks_the_line() -> None:
    given = {"name": " a\u202eb\u2066c\ufeff\n", "lines": ("x\x00y", ["\u2028"]), "n": 3}
    assert cleaned(given) == {"name": "abc", "lines": ["x y", [""]], "n": 3}
