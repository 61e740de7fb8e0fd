"""Names in the order in which a reader of each language looks for them."""

import pytest

from app.core.collation import sort_key


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("de", ["Afghanistan", "Ägypten", "Ålandinseln", "Albanien", "Oman", "Österreich", "Pakistan", "Zypern"]),
        ("en", ["Afghanistan", "Åland Islands", "Albania", "Costa Rica", "Côte d’Ivoire", "Croatia", "Zambia"]),
        ("th", ["กัมพูชา", "เกาหลีใต้", "จีน", "เดนมาร์ก", "ไต้หวัน", "ไทย", "เยเมน", "เยอรมนี", "สเปน", "อินเดีย", "ไอร์แลนด์"]),
        ("zh-Hans", ["阿根廷", "德国", "梵蒂冈", "菲律宾", "斐济", "芬兰", "韩国", "瑙鲁", "尼泊尔", "泰国", "中国"]),
        ("ko", ["가나", "독일", "미국", "태국", "호주"]),
        ("ja", ["インド", "タイ", "ドイツ", "中国", "韓国"]),
    ],
)
def test_names_in_the_order_of_the_language(tag: str, expected: list[str]) -> None:
    shuffled = expected[::-1]
    assert sorted(shuffled, key=lambda name: sort_key(name, tag)) == expected
