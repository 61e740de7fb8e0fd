"""Ties of a judge to the parties of an entry: which kind, how sure, by which names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.conflict_match import cities, known, organisations
from app.awards.conflict_match.ties import Found, Party, Ties, kinship, likeness, ties

JUDGE = Ties(
    names=("山田太郎", "Taro Yamada"),
    organisations=("横浜国立大学",),
    former=("Siemens AG",),
    groups=("三菱",),
    cities=("Yokohama",),
)


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (Party(("YAMADA Taro",), "Minato Heat"), [Found("person", 1.0, "Taro Yamada", "YAMADA Taro")]),
        (
            Party((), "Yokohama National University"),
            [Found("organisation", 0.95, "横浜国立大学", "Yokohama National University")],
        ),
        (Party((), "三菱電機株式会社"), [Found("group", 0.8, "三菱", "三菱電機株式会社")]),
        (Party((), "シーメンス株式会社"), [Found("former_employer", 0.95, "Siemens AG", "シーメンス株式会社")]),
        (Party((), "Siemens Energy"), [Found("former_employer", 0.8, "Siemens AG", "Siemens Energy")]),
        (Party((), "横浜市役所"), [Found("city", 1.0, "Yokohama", "横浜市役所")]),
        (Party((), "横浜", is_city=True), [Found("city", 1.0, "Yokohama", "横浜")]),
        (Party((), "横浜"), []),
        (Party((), "横浜銀行"), []),
        (Party((), "横浜市立大学"), []),
        (Party(("山田花子",), "川崎市"), []),
    ],
)
def test_each_tie_says_its_kind_and_the_names_that_met(party: Party, expected: list[Found]) -> None:
    assert ties(JUDGE, [party]) == expected


def test_the_surest_of_each_kind_is_told() -> None:
    parties = [Party(("T. Yamada",), "Acme"), Party(("山田 太郎",), "City of Yokohama")]
    found = ties(JUDGE, parties)
    assert found == [
        Found("city", 1.0, "Yokohama", "City of Yokohama"),
        Found("person", 1.0, "山田太郎", "山田 太郎"),
    ]
    assert ties(JUDGE, parties[::-1]) == found


@pytest.mark.parametrize(
    ("name", "place", "level"),
    [
        ("横浜市", "yokohama", "city"),
        ("City of Yokohama", "yokohama", "city"),
        ("横浜市環境創造局", "yokohama", "city"),
        ("横浜市港北区役所", "yokohama", "city"),
        ("北海道", "hokkaido", "prefecture"),
        ("大阪府", "osaka", "prefecture"),
        ("東京都", "tokyo", "city"),
        ("京都市", "kyoto", "city"),
        ("京都府", "kyoto", "prefecture"),
        ("Kanagawa Prefectural Government", "kanagawa", "prefecture"),
        ("府中市", "fuchu", "city"),
        ("東大阪市", "东大阪", "city"),
        ("부산광역시", "busan", "city"),
        ("上海市人民政府", "shanghai", "city"),
        ("Landeshauptstadt München", "munich", "city"),
    ],
)
def test_governments_of_cities(name: str, place: str, level: str) -> None:
    assert cities.city_of(name) == cities.City(place, level)


@pytest.mark.parametrize(
    "name", ["九州旅客鉄道", "横浜市立大学", "横浜銀行", "Yokohama City University", "株式会社中村", "日立製作所", ""]
)
def test_what_is_no_government(name: str) -> None:
    assert cities.city_of(name) is None


@pytest.mark.parametrize(
    ("one", "other", "same", "kin"),
    [
        ("東大", "東京大学", True, True),
        ("東京電力", "東京電機大学", False, False),
        ("日立製作所", "日立ビルシステム", False, True),
        ("日立製作所", "日立造船", False, False),
        ("日立製作所", "日立市", False, False),
        ("九州電力", "九州電力送配電", False, True),
        ("シーメンス", "Simmons", False, False),
        ("Acme Japan", "Acme Europe", False, True),
        ("Kobe City", "Kobe City Co., Ltd.", False, False),
        ("横浜市", "株式会社横浜市", False, False),
        ("経産省", "経済産業省", True, True),
        ("国交省", "国土交通省港湾局", True, True),
        ("環境省", "環境省自然環境局", True, True),
        ("総務省", "財務省", False, False),
        ("東工大", "東京工業大学", True, True),
        ("京産大", "京都大学", False, False),
        ("TU München", "Technische Universität München", True, True),
        ("TU München", "Technische Universität Berlin", False, False),
        ("華為技術", "华为技术有限公司", True, True),
        ("Green Japan", "Green Europe", False, False),
        ("MIT", "Massachusetts Institute of Technology", True, True),
        ("University of Washington", "Washington University", False, False),
        ("JR東", "JR East", True, True),
        ("郵船", "NYK", True, True),
        ("郵船", "日本郵政", False, False),
        ("エヌビディア", "NVIDIA", True, True),
        ("経済産業省資源エネルギー庁", "資源エネルギー庁", True, True),
        ("Procter & Gamble", "P&G", True, True),
        ("International Finance Corporation", "IFC", True, True),
        ("Infarm - Urban Farming GmbH", "Infarm", True, True),
    ],
)
def test_the_same_and_kin_are_told_apart(one: str, other: str, *, same: bool, kin: bool) -> None:
    assert (likeness(one, other) > 0) is same
    assert ((likeness(one, other) or kinship(one, other)) > 0) is kin


@pytest.mark.parametrize("forms", ["術术", "團团団", "曾曽", "遙遥", "圖图図", "廳厅庁", "髙高", "邊邉辺"])
def test_forms_of_a_character_are_one(forms: str) -> None:
    assert len(set(map(known.folded, forms))) == 1
    assert known.folded(known.folded(forms)) == known.folded(forms)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_compare_the_same_both_ways(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert organisations.kinship(one, other) == organisations.kinship(other, one)
    assert 0 <= likeness(one, other) <= 1
