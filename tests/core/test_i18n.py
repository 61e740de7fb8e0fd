"""Languages: words, contents, dates."""

import datetime as dt
from collections.abc import Iterator

import pytest

from app.core import catalogues, i18n

DAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    i18n.use_language("en")
    yield
    i18n.use_language("en")


@pytest.mark.parametrize(
    ("content", "tag", "expected", "spoken"),
    [
        ({"ja": "音", "en": "sound"}, "ja", "音", "ja"),
        ({"ja": "音", "en": "sound"}, "ko", "sound", "en"),
        ({"ja": "音", "en": "sound", "de": "Klang", "th": "เสียง"}, "de", "Klang", "de"),
        ({"ja": "音", "en": "sound", "de": "Klang", "th": "เสียง"}, "th", "เสียง", "th"),
        ({"ja": "音", "en": "sound", "de": "Klang"}, "th", "sound", "en"),
        ({"ja": "音", "en": "sound", "th": "เสียง"}, "de", "sound", "en"),
        ({"ja": "音", "ko": "소리"}, "de", "音", "ja"),
        ({"ja": "YOXO", "en": "YOXO", "de": "YOXO"}, "de", "YOXO", "de"),
        ({"ja": "YOXO", "en": "YOXO", "de": "YOXO"}, "th", "YOXO", "en"),
        ({"ja": "音"}, "ko", "音", "ja"),
        ({"ja": "", "en": "", "fr": "son"}, "ko", "son", "fr"),
        ({"ja": "音", "en": "", "ko": ""}, "ko", "音", "ja"),
        ({}, "ko", "", "ko"),
    ],
)
def test_content_falls_back_in_the_declared_order(
    content: dict[str, str], tag: str, expected: str, spoken: str
) -> None:
    assert i18n.text(content, tag) == expected
    assert i18n.text_language(content, tag) == spoken


@pytest.mark.parametrize(
    ("tag", "long", "short"),
    [
        ("ja", "2026年11月21日(土)", "11月21日(土)"),
        ("en", "Saturday, November 21, 2026", "Sat, Nov 21"),
        ("zh-Hans", "2026年11月21日星期六", "11月21日周六"),
        ("ko", "2026년 11월 21일 토요일", "11월 21일 (토)"),
        ("de", "Samstag, 21. November 2026", "Sa., 21. Nov."),
        ("th", "วันเสาร์ที่ 21 พฤศจิกายน ค.ศ.\N{NO-BREAK SPACE}2026", "ส. 21 พ.ย."),
    ],
)
def test_day_in_the_order_of_the_reader(tag: str, long: str, short: str) -> None:
    assert i18n.day(DAY, tag) == long
    assert i18n.day(DAY, tag, short=True) == short


@pytest.mark.parametrize("tag", i18n.LANGUAGES)
def test_year_is_gregorian_in_every_language(tag: str) -> None:
    assert "2026" in i18n.day(DAY, tag)
    assert "2569" not in i18n.day(DAY, tag)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("de-CH", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("th-TH", "th"),
        ("TH", "th"),
        ("th-TH;q=0.4, de;q=0.6", "de"),
        ("zh-TW", "zh-Hans"),
        ("zh-Hans", "zh-Hans"),
        ("ko-KR", "ko"),
        ("ja", "ja"),
        ("en-GB", "en"),
        ("fr", None),
        ("den", None),
    ],
)
def test_language_that_serves_a_wish(header: str, expected: str | None) -> None:
    assert i18n.match(header) == expected


def test_languages_and_their_names() -> None:
    assert i18n.LANGUAGES == ("ja", "en", "zh-Hans", "ko", "de", "th")
    assert i18n.NAMES == {
        "ja": "日本語",
        "en": "English",
        "zh-Hans": "简体中文",
        "ko": "한국어",
        "de": "Deutsch",
        "th": "ไทย",
    }
    assert tuple(i18n.NAMES) == i18n.LANGUAGES


def test_clock_is_that_of_the_place() -> None:
    assert i18n.clock(dt.datetime(2026, 11, 21, 1, 5, tzinfo=dt.UTC), "Asia/Tokyo") == "10:05"
    assert i18n.clock(dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC), "Asia/Tokyo") == "00:00"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ja", "2026年11月22日(日) 00:30"),
        ("zh-Hans", "2026年11月22日星期日 00:30"),
        ("ko", "2026년 11월 22일 일요일 00:30"),
        ("en", "Sunday, November 22, 2026, 00:30"),
    ],
)
def test_moment_in_the_order_of_the_reader(tag: str, expected: str) -> None:
    assert i18n.moment(dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC), "Asia/Tokyo", tag) == expected


def test_one_moment_lies_on_the_day_of_each_place() -> None:
    late = dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC)
    assert i18n.day(late, "ja") == "2026年11月21日(土)"
    assert i18n.day(i18n.in_zone(late, "Asia/Tokyo"), "ja") == "2026年11月22日(日)"


def test_words_are_translated_when_they_are_shown() -> None:
    lazy = i18n.gettext_lazy("Sign in")
    assert str(lazy) == "Sign in"
    i18n.use_language("ja")
    assert str(lazy) == "サインイン"
    assert i18n.gettext("") == ""


def test_numbers_choose_their_form() -> None:
    assert i18n.ngettext("%(n)s job", "%(n)s jobs", 1) == "1 job"
    assert i18n.ngettext("%(n)s job", "%(n)s jobs", 0) == "0 jobs"
    i18n.use_language("ja")
    assert i18n.ngettext("%(n)s job", "%(n)s jobs", 2) == "2件"
    i18n.use_language("de")
    assert [i18n.ngettext("%(n)s job", "%(n)s jobs", n) for n in (0, 1, 2)] == ["0 Aufträge", "1 Auftrag", "2 Aufträge"]
    i18n.use_language("th")
    assert [i18n.ngettext("%(n)s job", "%(n)s jobs", n) for n in (1, 2)] == ["1 รายการ", "2 รายการ"]


def test_unknown_words_stay_as_they_are() -> None:
    i18n.use_language("ko")
    assert i18n.gettext("100 % of nothing nobody translated") == "100 % of nothing nobody translated"


def test_every_catalogue_is_complete() -> None:
    assert catalogues.faults() == []
