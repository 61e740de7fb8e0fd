"""Rows of municipal lists as events: every defect is counted, and no event is lost but for one without a day."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from app.exchange.schemas import Incoming, Position, Reading
from tests.exchange.reading.reading import file

DATA = Path(__file__).with_name("data")
SHARED = {
    "111007": (3, 0, {}),
    "132055": (203, 0, {"end_before_start": 4, "end_time_missing": 5, "number_repeated": 1}),
    "132284": (114, 0, {"end_time_missing": 1, "position_half": 95}),
    "132292": (60, 3, {"number_repeated": 27, "start_missing": 3}),
}
"""Events, rows that are refused, and defects: the lists say the same as `test_lists.COUNTED`."""
HEADINGS = (
    "市区町村コード,NO,イベント名,イベント名_カナ,イベント名_英語,開始日,終了日,開始時間,終了時間,場所名称,住所,方書,緯度,経度,"
    "料金(基本),料金(詳細),連絡先名称,連絡先電話番号,イベント種類,状態,URL,備考,見どころ"
)


def listed(*rows: dict[str, str], known: frozenset[bytes] = frozenset()) -> Reading:
    names = HEADINGS.split(",")
    lines = [",".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    return file("\n".join([HEADINGS, *lines]).encode("cp932"), "csv", known=known)


def row(**more: str) -> dict[str, str]:
    return {"市区町村コード": "141003", "NO": "1", "イベント名": "春", "開始日": "2026-05-01", **more}


def one(**more: str) -> Incoming:
    [event] = listed(row(**more)).events
    return event


def at(*parts: int) -> dt.datetime:
    """Return a moment by the clocks of Tokyo."""
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=9)))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize("name", SHARED)
def test_real_lists_are_imported_with_a_report_of_each_defect(name: str) -> None:
    found = file((DATA / f"{name}.csv").read_bytes(), "csv")
    counted = Counter(finding.code for finding in found.findings)
    assert (len(found.events), found.refused, dict(counted)) == SHARED[name]
    assert len({event.uid for event in found.events}) == len(found.events)
    again = file((DATA / f"{name}.csv").read_bytes(), "csv", known=frozenset(event.digest for event in found.events))
    assert len(again.kept) + len(again.events) == len(found.events)
    assert {event.uid for event in again.events} == {event.uid for event in found.events if event.made_uid}


@pytest.mark.parametrize(
    ("times", "starts", "ends", "last"),
    [
        ({}, at(2026, 5, 1), at(2026, 5, 2), dt.date(2026, 5, 1)),
        ({"終了日": "2026-05-03"}, at(2026, 5, 1), at(2026, 5, 4), dt.date(2026, 5, 3)),
        ({"終了日": "2026-04-03"}, at(2026, 5, 1), at(2026, 5, 2), dt.date(2026, 5, 1)),
        ({"開始時間": "10:00", "終了時間": "11:00"}, at(2026, 5, 1, 10), at(2026, 5, 1, 11), None),
        ({"開始時間": "10:00"}, at(2026, 5, 1, 10), at(2026, 5, 1, 10), None),
        ({"開始時間": "10:00", "終了日": "2026-05-03"}, at(2026, 5, 1, 10), at(2026, 5, 4), None),
        ({"開始時間": "11:00", "終了時間": "10:00"}, at(2026, 5, 1, 11), at(2026, 5, 1, 11), None),
        ({"開始時間": "20:00", "終了時間": "24:00"}, at(2026, 5, 1, 20), at(2026, 5, 2), None),
        ({"開始時間": "午後1時", "終了時間": "15時30分"}, at(2026, 5, 1, 13), at(2026, 5, 1, 15, 30), None),
    ],
)
def test_times(times: dict[str, str], starts: dt.datetime, ends: dt.datetime, last: dt.date | None) -> None:
    found = one(**times)
    assert (found.starts_at, found.ends_at, found.last_day) == (starts, ends, last)


FULL = {
    "イベント名_カナ": "ハル", "イベント名_英語": "Spring", "場所名称": "公園", "住所": "横浜市中区1", "方書": "2階",
    "緯度": "139.6", "経度": "35.4", "料金(基本)": "無料", "料金(詳細)": "保険 100円", "連絡先電話番号": "045-1",
    "連絡先名称": "係 a@city.example", "イベント種類": "音楽、祭り", "備考": "雨天中止", "見どころ": "屋台",
}  # fmt: skip


def test_fields_are_read_by_their_meaning() -> None:
    [found] = listed(row() | FULL).events
    assert found.titles == {"ja": "春", "en": "Spring", "ja-Kana": "ハル"}
    assert (found.place, found.address, found.position) == ("公園", "横浜市中区1 2階", Position(35.4, 139.6))
    assert (found.price, found.contact, found.email, found.phone) == (
        "無料 / 保険 100円",
        "係",
        "a@city.example",
        "045-1",
    )
    assert (found.categories, found.called_off) == (("音楽", "祭り"), False)
    assert found.others == {
        "都道府県コード又は市区町村コード": "141003",
        "NO": "1",
        "備考": "雨天中止",
        "見どころ": "屋台",
    }


def test_status_is_that_of_its_column_and_a_title_only_proposes() -> None:
    assert (one(状態="中止").status, one(状態="延期").status, one(状態="開催予定").status) == (
        "cancelled", "tentative", "confirmed",
    )  # fmt: skip
    title = one(イベント名="【中止】春")
    assert (title.status, title.called_off) == ("confirmed", True)


def test_number_names_a_row_until_it_comes_again() -> None:
    found = listed(row(), row(イベント名="夏"), row(NO="", イベント名="秋"), row(NO="2"))
    assert [(event.title, event.made_uid) for event in found.events] == [
        ("春", False),
        ("夏", True),
        ("秋", True),
        ("春", False),
    ]
    assert [event.uid for event in found.events if not event.made_uid] == ["141003-1@list", "141003-2@list"]


def test_rows_without_numbers_on_one_day_are_told_apart_by_their_time() -> None:
    found = listed(*(row(NO="", 開始時間=f"{hour}:00", 終了時間=f"{hour}:30") for hour in (10, 11)))
    assert len({event.uid for event in found.events}) == 2


def test_row_without_a_name_or_day_is_refused() -> None:
    found = listed(row(イベント名=""), row(開始日=""), row(開始日="5月"), row(NO="9"))
    assert (len(found.events), found.refused) == (1, 3)
    assert {(each.number, each.code) for each in found.findings if each.lost} == {
        (2, "name_missing"), (3, "start_missing"), (4, "date_unreadable"),
    }  # fmt: skip


def test_row_that_is_known_is_kept() -> None:
    first = listed(row(), row(NO="2"))
    again = listed(row(), row(NO="2", イベント名="夏"), known=frozenset(event.digest for event in first.events))
    assert ([event.title for event in again.events], again.kept) == (["夏"], (first.events[0].digest,))
