"""Hard negatives by the thousand: two events that anybody in a hurry would take for one. The same seed, the same pairs.

They are made of titles that municipalities have really published, and of those of the labelled pairs.
"""

import datetime as dt
import difflib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from app.exchange.joining.titles import folded
from app.exchange.municipal import lists
from app.exchange.schemas import Incoming
from tests.exchange.joining import pairs
from tests.exchange.joining.pairs import TOKYO, Pair

LISTS = Path(__file__).parents[1] / "municipal" / "data"
CITIES = ("福岡市", "神戸市", "札幌市", "川崎市", "横浜市", "相模原市", "仙台市", "広島市")
STREETS = ("中央区天神1-8-1", "中央区加納町6-5-1", "中央区北1条西2", "川崎区宮本町1", "中区本町6-50-10")
VENUES = (
    "アクロス福岡",
    "デザイン・クリエイティブセンター神戸",
    "札幌市民交流プラザ",
    "ミューザ川崎",
    "大さん橋ホール",
    "三溪園",
)
COMMON = ("中央図書館", "保健センター", "市民会館", "中央公民館", "市役所", "総合体育館", "中央公園", "文化会館")
TWO = (
    ("午前の部", "午後の部"),
    ("昼の部", "夜の部"),
    ("初級", "上級"),
    ("入門編", "実践編"),
    ("（子ども向け）", "（大人向け）"),
    ("小学生の部", "中学生の部"),
    ("親子クラス", "シニアクラス"),
    ("男子の部", "女子の部"),
    ("前編", "後編"),
    ("予選", "決勝"),
    ("Aコース", "Bコース"),
    ("土曜コース", "水曜コース"),
    ("Day 1", "Day 2"),
    ("1日目", "2日目"),
    ("その1", "その2"),
    ("①", "②"),
    ("Part 1", "Part 2"),
    ("（会場）", "（オンライン）"),
    ("5kmの部", "10kmの部"),
    ("1年生", "3年生"),
    ("開会式", "閉会式"),
    ("1月", "2月"),
)
PARTS = (
    "ギャラリートーク",
    "ボランティア説明会",
    "前夜祭",
    "表彰式",
    "公開リハーサル",
    "記念講演会",
    "ワークショップ",
    "写真コンテスト",
)


def titles() -> list[str]:
    """Return titles that were really published, each once, in a fixed order."""
    found: dict[str, None] = {}
    for path in sorted(LISTS.glob("*.csv")):
        found |= {row.values["name"].strip(): None for row in lists.read(path.read_bytes()).rows if row.usable}
    for pair in pairs.read("pairs.txt"):
        found[pair.one.title] = None
    return [title for title in found if 4 <= len(title) <= 60]


def made(many: int, seed: int = 2026) -> Iterator[tuple[str, Pair]]:
    """Yield pairs of two events with the name of what tells them apart."""
    chance = random.Random(seed)
    known = titles()
    kinds = list(KINDS.items())
    for n in range(many):
        name, kind = kinds[n % len(kinds)]
        one, other, homes = kind(known, chance)
        yield name, Pair(same=False, one=one, other=other, homes=homes, line=f"{one.title} ¦ {other.title}")


Made = tuple[Incoming, Incoming, tuple[str, str]]
Kind = Callable[[list[str], random.Random], Made]


def _event(chance: random.Random, title: str) -> Incoming:
    starts = dt.datetime(2026, 11, 1, chance.choice((9, 10, 13, 14)), tzinfo=TOKYO)
    starts += dt.timedelta(days=chance.randrange(60), minutes=chance.choice((0, 30)))
    return Incoming(
        uid="x",
        title=title,
        starts_at=starts.astimezone(dt.UTC),
        ends_at=(starts + dt.timedelta(hours=chance.choice((1, 2)))).astimezone(dt.UTC),
        place=chance.choice(VENUES),
        digest=b"",
    )


def _changed(event: Incoming, **values: object) -> Incoming:
    return msgspec.structs.replace(event, **values)


def _homes(chance: random.Random) -> tuple[str, str]:
    first, second = chance.sample(CITIES, 2)
    return first, second


def _other_number(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, chance.choice(known))
    number = chance.randrange(1, 80)
    forms = ("第{}回 {}", "{1} 第{0}回", "{1} vol.{0}", "{1} #{0}", "{1}（{0}回目）")
    first, second = chance.choice(forms), chance.choice(forms[:4])
    base = _bare(one.title)
    second = first if "回目" in first else second
    return (
        _changed(one, title=first.format(number, base)),
        _changed(one, title=second.format(number + chance.randrange(1, 4), base)),
        _homes(chance),
    )


def _bare(title: str) -> str:
    """Return a title without numbers of its own, which would be compared as well."""
    return "".join("" if letter.isdigit() or letter in "第回①②③" else letter for letter in title).strip()


def _other_year(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, _bare(chance.choice(known)).replace("年度", ""))
    forms = chance.choice((("{} 2025", "{} 2026"), ("令和7年度 {}", "令和8年度 {}"), ("2026 {}", "{} ２０２７")))
    return (
        _changed(one, title=forms[0].format(one.title)),
        _changed(one, title=forms[1].format(one.title)),
        _homes(chance),
    )


def _other_day(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, chance.choice(known))
    later = dt.timedelta(days=chance.choice((1, 2, 7, 14, 28)))
    return one, _changed(one, starts_at=one.starts_at + later, ends_at=one.ends_at + later), _homes(chance)


def _other_hour(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, chance.choice(known))
    later = dt.timedelta(hours=chance.choice((2, 3, 4, 6)))
    return one, _changed(one, starts_at=one.starts_at + later, ends_at=one.ends_at + later), _homes(chance)


def _other_venue(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, chance.choice(known))
    first, second = chance.sample(VENUES, 2)
    return _changed(one, place=first), _changed(one, place=second), _homes(chance)


def _other_city(known: list[str], chance: random.Random) -> Made:
    one, place, homes = _event(chance, chance.choice(known)), chance.choice(COMMON), _homes(chance)
    if chance.random() < 0.5:
        return _changed(one, place=place), _changed(one, place=place), homes
    first, second = (f"{home}{street}" for home, street in zip(homes, chance.sample(STREETS, 2), strict=True))
    return _changed(one, place=place, address=first), _changed(one, place=place, address=second), homes


def _other_title(known: list[str], chance: random.Random) -> Made:
    while True:
        first, second = chance.sample(known, 2)
        if difflib.SequenceMatcher(None, folded(first), folded(second)).ratio() < 0.45:
            one = _event(chance, first)
            return one, _changed(one, title=second), _homes(chance)


def _other_part(known: list[str], chance: random.Random) -> Made:
    one, (first, second) = _event(chance, _bare(chance.choice(known))), chance.choice(TWO)
    return _changed(one, title=f"{one.title} {first}"), _changed(one, title=f"{one.title} {second}"), _homes(chance)


def _a_part_of_it(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, chance.choice(known))
    day = one.starts_at.astimezone(TOKYO).date()
    first, last = day - dt.timedelta(days=chance.randrange(5, 20)), day + dt.timedelta(days=chance.randrange(5, 20))
    whole = _changed(one, first_day=first, last_day=last, **_midnights(first, last))
    return whole, _changed(one, title=f"{one.title} {chance.choice(PARTS)}"), _homes(chance)


def _midnights(first: dt.date, last: dt.date) -> dict[str, object]:
    start, end = (dt.datetime.combine(day, dt.time(), TOKYO).astimezone(dt.UTC) for day in (first, last))
    return {"starts_at": start, "ends_at": end + dt.timedelta(days=1)}


def _canceled(known: list[str], chance: random.Random) -> Made:
    one = _event(chance, chance.choice(known))
    later = dt.timedelta(days=chance.choice((1, 7, 21)))
    off = _changed(one, title=f"【中止】{one.title}", status="cancelled", called_off=True)
    return off, _changed(one, starts_at=one.starts_at + later, ends_at=one.ends_at + later), _homes(chance)


KINDS: dict[str, Kind] = {
    "another number": _other_number,
    "another year": _other_year,
    "another day": _other_day,
    "another hour": _other_hour,
    "another venue": _other_venue,
    "another city": _other_city,
    "another title": _other_title,
    "another part": _other_part,
    "a part of it": _a_part_of_it,
    "canceled, and the new date": _canceled,
}
