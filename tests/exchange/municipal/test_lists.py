"""Municipal lists: every defect is counted and named, and nothing that was written is lost."""

import datetime as dt
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.municipal.columns import NAMES, field_of
from app.exchange.municipal.lists import Defect, EventList, NoList, read, write
from app.exchange.reading.japanese import date_of, time_of

DATA = Path(__file__).with_name("data")
COUNTED = {
    "111007": (3, {}),
    "132055": (203, {"end_before_start": 4, "end_time_missing": 5, "number_repeated": 1}),
    "132284": (114, {"end_time_missing": 1, "position_half": 95}),
    "132292": (63, {"number_repeated": 27, "start_missing": 3}),
}
"""Rows and defects: ends written before starts, a start without its end time, a list of two years whose numbers begin
anew, a column of latitudes that was left empty, rows without any day."""


def listed(*lines: str, headings: str = "NO,イベント名,開始日,終了日,開始時間,終了時間,緯度,経度,URL") -> EventList:
    return read("\n".join([headings, *lines]).encode())


def defects(found: EventList) -> list[tuple[int, str, str]]:
    return [(defect.line, defect.field, defect.code) for defect in found.defects]


@pytest.mark.parametrize("name", COUNTED)
def test_real_lists_are_counted(name: str) -> None:
    found = read((DATA / f"{name}.csv").read_bytes())
    assert (len(found.rows), found.counts) == COUNTED[name]
    assert {heading for row in found.rows for heading in row.others} == set()


@pytest.mark.parametrize("name", COUNTED)
def test_list_that_is_written_and_read_is_the_same(name: str) -> None:
    found = read((DATA / f"{name}.csv").read_bytes())
    written = write(found.rows)
    again = read(written)
    assert [row.values for row in again.rows] == [row.values for row in found.rows]
    assert write(again.rows) == written
    assert written.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_list_is_read_in_every_charset(charset: str, separator: str) -> None:
    text = "イベント名,開始日,場所名称\r\n夏まつり,2026-08-01,中央公園\r\n".replace(",", separator)
    [row] = read(text.encode(charset)).rows
    assert (row.values["name"], row.starts_on, row.values["place"]) == ("夏まつり", dt.date(2026, 8, 1), "中央公園")


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ("1,a,2026-05-01,2026-05-02,10:00,11:00,35.4,139.6,https://e.jp", []),
        ("1,,2026-05-01,,,,,,", [(2, "name", "name_missing")]),
        ("1,a,,,,,,,", [(2, "starts_on", "start_missing")]),
        ("1,a,soon,,,,,,", [(2, "starts_on", "date_unreadable")]),
        ("1,a,2026-02-30,,,,,,", [(2, "starts_on", "date_unreadable")]),
        ("1,a,2026-05-02,2026-05-01,,,,,", [(2, "ends_on", "end_before_start")]),
        ("1,a,2026-05-01,,11:00,10:00,,,", [(2, "ends_at", "end_before_start")]),
        ("1,a,2026-05-01,2026-05-02,11:00,10:00,,,", []),
        ("1,a,2026-05-01,,10:00,,,,", [(2, "ends_at", "end_time_missing")]),
        ("1,a,2026-05-01,,noon,12:00,,,", [(2, "starts_at", "time_unreadable")]),
        ("1,a,2026-05-01,,,,139.6,35.4,", [(2, "latitude", "position_exchanged")]),
        ("1,a,2026-05-01,,,,,139.6,", [(2, "latitude", "position_half")]),
        ("1,a,2026-05-01,,,,35.4,,", [(2, "longitude", "position_half")]),
        ("1,a,2026-05-01,,,,0,0,", [(2, "latitude", "position_elsewhere")]),
        ("1,a,2026-05-01,,,,north,east,", [(2, "latitude", "position_unreadable")]),
        ("1,【中止】a,2026-05-01,,,,,,", [(2, "name", "called_off")]),
        ("1,a,2026-05-01,,,,,,www.e.jp", [(2, "url", "url_unreadable")]),
        ("1,a,2026-05-01", [(2, "", "columns")]),
        ("1,a,2026-05-01,,,,,,,more", [(2, "", "columns")]),
    ],
)
def test_defect_is_named_by_its_line_and_field(cells: str, wrong: list[tuple[int, str, str]]) -> None:
    assert defects(listed(cells)) == wrong


def test_exchanged_coordinates_are_put_right_beside_what_was_written() -> None:
    [row] = listed("1,a,2026-05-01,,,,139.6,35.4,").rows
    assert (row.position, row.values["latitude"]) == ((35.4, 139.6), "139.6")


def test_number_that_comes_again_is_told() -> None:
    found = listed("1,a,2026-05-01,,,,,,", "2,b,2026-05-01,,,,,,", "1,c,2026-05-01,,,,,,")
    assert found.defects == (Defect(4, "number", "number_repeated", "1"),)
    assert [row.values["name"] for row in found.rows] == ["a", "b", "c"]


def test_unknown_columns_are_kept() -> None:
    found = listed("夏まつり,2026-08-01,屋台あり", headings="イベント名,開始日,見どころ")
    assert found.rows[0].others == {"見どころ": "屋台あり"}
    assert read(write(found.rows)).rows[0].others == {"見どころ": "屋台あり"}


def test_headings_may_stand_below_a_title() -> None:
    [row] = read("○○市イベント一覧,,\n,,\nイベント名,開始日,場所名称\n夏まつり,2026-08-01,公園\n".encode()).rows
    assert (row.line, row.values["name"]) == (4, "夏まつり")


def test_cell_of_several_lines_counts_the_lines_of_the_file() -> None:
    found = listed('1,"a\nb",2026-05-01,,,,,,', "2,c,,,,,,,")
    assert [row.line for row in found.rows] == [2, 4]
    assert defects(found) == [(4, "starts_on", "start_missing")]


@pytest.mark.parametrize("raw", [b"", b"<html></html>", b"a,b,c\n1,2,3", b"\xff\xfe\x00", b'"'])
def test_other_file_is_no_list(raw: bytes) -> None:
    with pytest.raises(NoList):
        read(raw)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-05-01", dt.date(2026, 5, 1)),
        ("2026/5/1", dt.date(2026, 5, 1)),
        ("２０２６年５月１日", dt.date(2026, 5, 1)),
        ("20260501", dt.date(2026, 5, 1)),
        ("令和8年5月1日", dt.date(2026, 5, 1)),
        ("令和元年5月1日", dt.date(2019, 5, 1)),
        ("R8.5.1", dt.date(2026, 5, 1)),
        ("平成31年4月30日", dt.date(2019, 4, 30)),
        ("5/1", None),
        ("2026-13-01", None),
    ],
)
def test_days_as_they_are_written(written: str, day: dt.date | None) -> None:
    assert date_of(written) == day


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("10:00", dt.time(10)),
        ("９：３０", dt.time(9, 30)),
        ("10時30分", dt.time(10, 30)),
        ("午後1時", dt.time(13)),
        ("午前9時", dt.time(9)),
        ("PM 1:30", dt.time(13, 30)),
        ("10:00:00", dt.time(10)),
        ("24:00", None),
        ("正午", None),
    ],
)
def test_times_as_they_are_written(written: str, time: dt.time | None) -> None:
    assert time_of(written) == time


def test_every_name_leads_to_one_field() -> None:
    for field, names in NAMES.items():
        assert {field_of(name) for name in names} == {field}
    assert field_of("名称（カナ）") == field_of("イベント名_カナ") == "kana"
    assert field_of("見どころ") is None


@given(st.binary(max_size=200))
def test_any_file_is_a_list_or_none(raw: bytes) -> None:
    with suppress(NoList):
        found = read("イベント名,開始日\n".encode() + raw)
        assert write(read(write(found.rows)).rows) == write(found.rows)
