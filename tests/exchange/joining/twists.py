"""Hard negatives from pairs that are told in two voices: of what the one office tells, the other tells a sibling.

The voices stay apart (Japanese and English, short and long), so nothing but the one difference says that these are two.
"""

import datetime as dt
import difflib
import random
import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from app.exchange.joining.titles import folded
from app.exchange.schemas import Incoming
from tests.exchange.joining.pairs import TOKYO, Pair

SIDES = (
    ("（午前の部）", "（午後の部）", "(Morning Session)", "(Afternoon Session)"),
    (" 前期", " 後期", " - First Term", " - Second Term"),
    ("【小学生の部】", "【中学生の部】", " for Elementary School Students", " for Junior High School Students"),
    (" Aコース", " Bコース", " (Course A)", " (Course B)"),
    (" 昼公演", " 夜公演", " Matinee", " Evening Performance"),
    ("（1日目）", "（2日目）", " Day 1", " Day 2"),
    ("〔初級〕", "〔上級〕", " (Beginners)", " (Advanced)"),
    (" 大人の部", " 子どもの部", " (Adults)", " (Children)"),
    (" 第1部", " 第2部", " Part 1", " Part 2"),
)
BESIDE = (
    (" 前夜祭", " Eve Party"),
    (" ボランティア説明会", " Volunteer Briefing"),
    (" 公開リハーサル", " Open Rehearsal"),
    (" 関連講演会", ": Special Lecture"),
    (" 実行委員会", " Committee Meeting"),
    (" 写真コンテスト表彰式", " Photo Contest Awards"),
)
HOUSES = ("中央公民館", "市民会館", "中央図書館", "市民センター", "文化会館", "中央公園")
CITIES = re.compile(
    "横浜|ハマ|川崎|カワサキ|神戸|福岡|フクオカ|博多|札幌|サッポロ|仙台|名古屋|新潟|金沢|長崎|広島|ヒロシマ|千葉|神奈川|鎌倉|箱根|小田原"
    "|よこはま|かわさき|ふくおか|さっぽろ|せんだい|にいがた|ひろしま|ちば|かながわ|江の島|湘南|小樽|有馬"
    "|yokohama|kawasaki|kobe|fukuoka|hakata|sapporo|sendai|nagoya|niigata|kanazawa|nagasaki|hiroshima|chiba"
)

Twist = Callable[[Pair, list[Pair], random.Random], Pair | None]


def twisted(known: list[Pair], many: int, seed: int = 7) -> Iterator[tuple[str, Pair]]:
    """Yield so many pairs of two events, each with the name of what tells them apart."""
    chance, same = random.Random(seed), [pair for pair in known if pair.same]
    made = 0
    while made < many:
        for pair in same:
            for name, twist in TWISTS.items():
                other = twist(pair, same, chance)
                if other is not None:
                    made += 1
                    yield name, other


def two(pair: Pair, one: Incoming, other: Incoming, homes: tuple[str, str] | None = None) -> Pair:
    """Return two events that are not one."""
    line = f"{one.title} ¦ {one.place} ¦ {other.title} ¦ {other.place}"
    return Pair(same=False, one=one, other=other, homes=homes or pair.homes, line=line)


def titled(pair: Pair, first: str, second: str) -> Pair:
    """Return the pair with these words behind its titles."""
    one, other = pair.one, pair.other
    return two(pair, replace(one, title=one.title + first), replace(other, title=other.title + second))


def plain(pair: Pair) -> bool:
    """Whether no number stands in its titles, which would be compared as well."""
    return not any(letter.isdigit() or letter in "第回①②③④⑥XV" for letter in pair.one.title + pair.other.title)


def _later(event: Incoming, by: dt.timedelta) -> Incoming:
    days = {name: getattr(event, name) for name in ("first_day", "last_day")}
    moved = {name: day + by for name, day in days.items() if day is not None}
    return replace(event, starts_at=event.starts_at + by, ends_at=event.ends_at + by, **moved)


def another_day(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """The same in the next week, or the day after if it lasts a day at most."""
    lasts = max(e.ends_at - e.starts_at for e in (pair.one, pair.other))
    by = max(dt.timedelta(days=chance.choice((1, 2, 7))), dt.timedelta(days=lasts.days + 1))
    return two(pair, pair.one, _later(pair.other, by))


def another_hour(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """In the morning and in the afternoon: when the one is over, the other begins."""
    if pair.one.first_day or pair.other.first_day:
        return None
    lasts = max(e.ends_at - e.starts_at for e in (pair.one, pair.other))
    if lasts > dt.timedelta(hours=4):
        return None
    return two(pair, pair.one, _later(pair.other, lasts + dt.timedelta(hours=chance.choice((1, 2)))))


def another_number(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """The third and the fourth, each as its office counts."""
    number = chance.randrange(2, 40)
    return titled(pair, f" 第{number}回", f" vol.{number + 1}") if plain(pair) else None


def another_year(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """Last year's page, still standing; until March the fiscal year is last year's, and says nothing."""
    spring = pair.one.starts_at.astimezone(TOKYO).month < 4
    last = " 2025" if spring else chance.choice((" 令和7年度", " 2025", " 令和7年"))
    return titled(pair, last, " 2026") if plain(pair) else None


def another_part(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """One part here, and there the other."""
    sides = chance.choice(SIDES)
    return titled(pair, sides[0], sides[3 if pair.other.title.isascii() else 1])


def something_beside(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """The event, and what is held beside it: an hour on one of its days, or the last one of a long afternoon."""
    beside, event = chance.choice(BESIDE), pair.other
    if event.first_day is None and event.ends_at - event.starts_at < dt.timedelta(hours=3):
        return None
    hour = dt.timedelta(hours=1)
    starts = event.starts_at + hour * chance.choice((10, 13, 17)) if event.first_day else event.ends_at - hour
    title = event.title + beside[1 if event.title.isascii() else 0]
    part = replace(event, title=title, starts_at=starts, ends_at=starts + hour, first_day=None, last_day=None)
    return two(pair, pair.one, part)


def another_event(pair: Pair, known: list[Pair], chance: random.Random) -> Pair | None:
    """Another event in the same house at the same hour."""
    while True:
        found = chance.choice(known)
        if all(unlike(a.title, b.title) for a in (pair.one, pair.other) for b in (found.one, found.other)):
            return two(pair, pair.one, replace(pair.other, title=found.other.title))


def unlike(one: str, other: str) -> bool:
    """Whether two titles are those of two events for sure."""
    return difflib.SequenceMatcher(None, folded(one), folded(other)).ratio() < 0.4


def another_city(pair: Pair, _known: list[Pair], chance: random.Random) -> Pair | None:
    """What every city has, in a house that every city has."""
    if "神奈川県" in pair.homes or CITIES.search((pair.one.title + pair.other.title).lower()):
        return None
    house = chance.choice(HOUSES)
    return two(pair, replace(pair.one, place=house), replace(pair.other, place=house))


def another_house(pair: Pair, known: list[Pair], chance: random.Random) -> Pair | None:
    """In a house of another city, told by that city; not in one whose name is in other letters, which may be any."""
    found = chance.choice(known)
    if (
        found.homes[0] in pair.homes
        or "神奈川県" in (pair.homes[0], found.homes[0])
        or _online(pair)
        or _online(found)
        or found.one.place.isascii()
    ):
        return None
    return two(pair, pair.one, replace(pair.other, place=found.one.place), (pair.homes[0], found.homes[0]))


def _online(pair: Pair) -> bool:
    said = folded(f"{pair.one.title} {pair.one.place} {pair.other.title} {pair.other.place}")
    return any(word in said for word in ("おんらいん", "online", "zoom", "web", "配信", "youtube"))


TWISTS: dict[str, Twist] = {
    "another day": another_day,
    "another hour": another_hour,
    "another number": another_number,
    "another year": another_year,
    "another part": another_part,
    "something beside": something_beside,
    "another event": another_event,
    "another city": another_city,
    "another house": another_house,
}
