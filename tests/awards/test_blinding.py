"""Names, links, addresses and numbers in texts: found, hidden, and warned of; other words stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.blinding import MARK, Names, hiding, leaks, leaks_in_file
from app.awards.emissions import Evidence, Gate
from app.awards.schemas import EntryBody, Said
from tests.awards import blinding_files

PERSONS = (
    "山田 太郎", "やまだ たろう", "Taro Yamada", "Søren Ødegård", "Li Na", "김민수", "森 一郎", "Jean-Luc Müller",
    "小林健", "Mark Green", "Γιώργος Παπαδόπουλος", "สมชาย ใจดี",
)  # fmt: skip
ORGANISATIONS = (
    "Green Bay Robotics Co., Ltd.", "株式会社ミナトヒート", "日立製作所", "Fjordvarme ApS", "横浜市",
    "Tokyo Institute for Urban Heat", "シーメンス", "一般社団法人みらい会議", "Öko-Werk GmbH", "Minato Mirai Heat K.K.",
    "NTT", "주식회사 한강에너지", "Ocean", "บริษัท สยามพลังงาน จำกัด",
)  # fmt: skip
ALL = Names(PERSONS, ORGANISATIONS)


def hide(text: str) -> str:
    return hiding(ALL).hide(text)


@pytest.mark.parametrize(
    ("text", "blind"),
    [
        # persons
        ("山田太郎が作った", "■■■が作った"),
        ("山田　太郎", "■■■"),
        ("太郎 山田", "■■■"),
        ("山田は", "■■■は"),
        ("やまだたろう", "■■■"),
        ("ヤマダ・タロウ", "■■■"),
        ("ﾔﾏﾀﾞﾀﾛｳ", "■■■"),
        ("YAMADA Taro", "■■■"),
        ("Yamada, Taro", "■■■"),
        ("Taro Yamadas", "■■■ Yamadas"),
        ("Mr. Yamada", "Mr. ■■■"),
        ("T. Yamada", "T. ■■■"),
        ("Yamada's idea", "■■■'s idea"),
        ("Ｔａｒｏ　Ｙａｍａｄａ", "■■■"),
        ("Ta\u200bro Yama\u00adda", "■■■"),
        ("Soren Odegaard", "■■■"),
        ("Søren Oedegaard", "■■■"),
        ("Jean Luc Mueller", "■■■"),
        ("J.-L. Müller", "J.-L. ■■■"),
        ("Li Na and Na Li", "■■■ and ■■■"),
        ("Dr. Li said", "Dr. ■■■ said"),
        ("김민수 대표", "■■■ 대표"),
        ("Kim Min-soo", "■■■"),
        ("森さんは森を守る", "■■■さんは森を守る"),
        ("森一郎", "■■■"),
        ("小林社長", "■■■社長"),
        ("Mark Green wrote", "■■■ wrote"),
        ("Γιώργος Παπαδόπουλος", "■■■"),
        ("คุณสมชาย ใจดี", "คุณ■■■"),
        # organisations
        ("Green Bay Robotics builds", "■■■ builds"),
        ("GreenBay Robotics, Inc. builds", "■■■ builds"),
        ("GREEN-BAY ROBOTICS CO., LTD.", "■■■"),
        ("green bay robotics as a partner", "■■■ as a partner"),
        ("㈱ミナトヒートと", "■■■と"),
        ("ミナトヒート株式会社と", "■■■と"),
        ("Minato Heat K.K.", "■■■"),
        ("日立と日立製作所", "■■■と■■■"),
        ("横浜市と組む", "■■■と組む"),
        ("the Tokyo Institute for Urban Heat", "the ■■■"),
        ("TIUH measured", "■■■ measured"),
        ("Siemens AG", "■■■"),
        ("みらい会議は", "■■■は"),
        ("Oeko-Werk and Ökowerk", "■■■ and ■■■"),
        ("NTT and ntt", "■■■ and ■■■"),
        ("㈜한강에너지가", "■■■가"),
        ("Ocean builds", "■■■ builds"),
        ("สยามพลังงาน", "■■■"),
        # contacts
        ("see https://greenbay.example/a?b=c#d.", "see ■■■"),
        ("ftp://files.example/x", "■■■"),
        ("www.fjordvarme.dk", "■■■"),
        ("fjordvarme.dk/heat", "■■■"),
        ("mail info@fjordvarme.dk now", "mail ■■■ now"),
        ("info (at) fjordvarme.dk", "■■■"),
        ("ｉｎｆｏ＠ｆｊｏｒｄｖａｒｍｅ．ｄｋ", "■■■"),
        ("@greenbay on the web", "■■■ on the web"),
        ("call 045-671-2121 today", "call ■■■ today"),
        ("電話０４５（６７１）２１２１", "電話■■■"),
        ("(045) 671-2121", "■■■"),
        ("+45 12 34 56 78", "■■■"),
        ("〒220-0012", "■■■"),
    ],
)
def test_what_tells_who_it_is_is_hidden(text: str, blind: str) -> None:
    assert hide(text) == blind


@pytest.mark.parametrize(
    "text",
    [
        "A green bay is no robot.",
        "The ocean and its currents, 2019-2024.",
        "Heat for 1,234,567 kWh a year, 0.123456789 t, 10 000 000 people, 3.14159265.",
        "横浜駅の西口、東京の川、森を守る、未来の会議。",
        "It marks a green line. Make way, e.g. this. The end.In fact.",
        "ISO 14040:2006, section 5.2.1.3; 12:30-14:00; 2026-11-21T10:00:00",
        "Heat. Institute. Robotics. Energy as such.",
        "한강의 에너지",
        "日本と韓国",
        "",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert hide(text) == text


def test_mark_never_tells_the_length() -> None:
    long, short = Names(("Bartholomew Featherstonehaugh",)), Names(("Jo Ek",))
    assert hiding(long).hide("By Bartholomew Featherstonehaugh.") == hiding(short).hide("By Jo Ek.") == f"By {MARK}."


def test_no_names_hide_contacts_alone() -> None:
    assert hiding(Names()).hide("Taro Yamada, a@b.example") == f"Taro Yamada, {MARK}"


NAME = st.text("bcdfghklmnprstvz", min_size=4, max_size=9).map(str.title)
SENTENCES = (
    "{} heats the town.",
    "Heat by {}, measured.",
    "町を温める{}の川",
    "{}",
    "({})",
    "With {}: 12 t",
    "«{}»\n{}",
)


BEARER = st.builds("{}xq {}".format, NAME, NAME)


@given(BEARER, BEARER, st.sampled_from(SENTENCES), st.sampled_from(["", " Ltd.", ", Inc.", " GmbH", " K.K."]))
def test_two_names_leave_no_difference(one: str, other: str, sentence: str, legal: str) -> None:
    """The same sentence about two organisations, or two persons, is one sentence once they are hidden."""
    for names in ((Names((one,)), Names((other,))), (Names((), (one + legal,)), Names((), (other + legal,)))):
        blind = [
            hiding(known).hide(sentence.format(*[name] * 2)) for known, name in zip(names, (one, other), strict=True)
        ]
        assert blind == [sentence.format(*[MARK] * 2)] * 2


@given(st.text(max_size=200))
def test_hiding_twice_hides_nothing_more_and_any_text_can_be_read(text: str) -> None:
    once = hide(text)
    assert hide(once) == once or MARK in once
    assert hiding(Names()).hide("plain words") == "plain words"


# Warnings


def test_leaks_name_field_language_kind_and_words() -> None:
    body = EntryBody(
        texts={
            "title": {"en": Said("River heat"), "ja": Said("山田太郎の川")},
            "summary": {"en": Said("By Green Bay Robotics, see greenbay.dk. By Green Bay Robotics.")},
        },
        evidence=Evidence(reference="As Siemens measured", science=Gate("yes", "Ask a@b.dk or 045-671-2121")),
    )
    assert [(leak.field, leak.where, leak.kind, leak.words) for leak in leaks(body, ALL)] == [
        ("title", "ja", "person", "山田太郎"),
        ("summary", "en", "organisation", "Green Bay Robotics"),
        ("summary", "en", "link", "greenbay.dk"),
        ("evidence.reference", "", "organisation", "Siemens"),
        ("evidence.science", "", "address", "a@b.dk"),
        ("evidence.science", "", "phone", "045-671-2121"),
    ]


def test_entry_that_names_nobody_leaks_nothing() -> None:
    assert leaks(EntryBody(texts={"title": {"en": Said("River heat")}}), ALL) == []


def test_names_on_the_pages_of_a_pdf_are_found_by_page() -> None:
    data = blinding_files.pdf(text="Presented by Taro Yamada")
    assert [(leak.field, leak.where, leak.words) for leak in leaks_in_file(data, "application/pdf", ALL)] == [
        ("file", "1", "Taro Yamada")
    ]
    assert leaks_in_file(data, "image/jpeg", ALL) == []
    assert leaks_in_file(b"%PDF-1.7", "application/pdf", ALL) == []
