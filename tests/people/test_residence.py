"""Countries and regions, as a reader of each language finds them."""

from collections.abc import Iterator

import pytest

from app.core import i18n
from app.core.collation import sort_key
from app.people.residence import CODES, choices

NAMES = {
    "de": ["Ägypten", "Österreich"],
    "en": ["Åland Islands"],
    "th": ["เยอรมนี", "เติร์กเมนิสถาน"],
    "zh-Hans": ["斐济"],
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    i18n.use_language("en")


@pytest.mark.parametrize("tag", i18n.LANGUAGES)
def test_japan_first_then_by_name(tag: str) -> None:
    i18n.use_language(tag)
    codes, names = zip(*choices(), strict=True)
    assert codes[0] == "JP"
    assert sorted(codes) == sorted(CODES)
    keys = [sort_key(name, tag) for name in names[1:]]
    assert keys == sorted(keys)


def test_names_that_do_not_begin_with_a_plain_letter_are_where_readers_look() -> None:
    found = {}
    for tag, wanted in NAMES.items():
        i18n.use_language(tag)
        names = [name for _, name in choices()]
        found[tag] = [names[names.index(name) - 1] for name in wanted]
    assert found == {
        "de": ["Afghanistan", "Oman"],
        "en": ["Afghanistan"],
        "th": ["เยเมน", "ตูวาลู"],
        "zh-Hans": ["菲律宾"],
    }
