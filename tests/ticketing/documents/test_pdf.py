"""The printed ticket: every script, one page each, the symbol read back from the page as printed."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp
from PIL.Image import Image

from app.ticketing.documents import pdf
from app.ticketing.documents.pdf import EventLine, Labels, TicketPage, ticket_pdf
from tests.ticketing.documents.glyphs import missing_glyphs
from tests.ticketing.vector import CODE

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
POINTS_PER_MM = 72 / 25.4

LABELS = {
    "ja": Labels(
        "お名前", "券種", "開催日", "有効期間", "入場できるイベント", "ご利用方法", "券番号", "入場用QRコード"
    ),
    "en": Labels("Name", "Ticket type", "Dates", "Valid", "This ticket opens", "How to use it", "Serial", "QR code"),
    "zh-Hans": Labels("姓名", "票种", "日期", "有效期", "可入场的活动", "使用方法", "票号", "入场二维码"),
    "ko": Labels(
        "성명", "티켓 종류", "날짜", "유효 기간", "입장 가능한 행사", "이용 방법", "티켓 번호", "입장용 QR 코드"
    ),
    "de": Labels("Name", "Ticketart", "Gültig am", "Wofür es gilt", "Veranstaltungen", "Hinweise", "Nummer", "QR-Code"),
    "th": Labels("ผู้ถือบัตร", "ประเภท", "ใช้ได้ในวันที่", "สิทธิ์ของบัตร", "กิจกรรม", "ที่ประตูทางเข้า", "หมายเลขบัตร", "คิวอาร์โค้ด"),
}
SHAPED = {chr(c) for c in range(0x0590, 0x1100)} - {chr(c) for c in range(0x0E00, 0x0E80)} | {"\u0323", "\u0300", "🎌"}
"""Letters that join, stack or swap places: a reader of PDF gives them back in the order of the ink."""
EVENTS = (
    EventLine("YOXO FESTIVAL", "Thu 26 – Sun 29 November, 10:00–18:00", "Grand Mall Park"),
    EventLine("横浜トリエンナーレ", "11月26日(木)〜29日(日)", "横浜美術館"),
)
NAMES = [
    ("zh-Hans", "李娜"),
    ("zh-Hans", "张伟"),
    ("ko", "김민수"),
    ("en", "ณัฐวุฒิ"),
    ("th", "ณัฐวุฒิ สมชาย"),
    ("th", "李娜"),
    ("de", "Jürgen Weißmüller"),
    ("en", "Nguyễn Thị Ánh"),
    ("en", "محمد"),
    ("ja", "髙橋﨑"),
    ("ja", "やまだ タロウ"),
    ("en", "O'Brien-Łukasz"),
    ("ja", "林"),
    ("en", "孫"),
    ("en", "Ђорђе Ελένη Žižka"),
    ("ja", "𠮷野"),
    ("ja", "김민수 ณัฐวุฒิ Ánh محمد 李娜"),
    ("en", "陳怡君"),
    ("en", "邱姵珊"),
    ("en", "ခင်မောင်"),
    ("ja", "ភារុណ"),
    ("en", "አበበ ቢቂላ"),
    ("en", "தமிழ் செல்வன்"),
    ("de", "বাংলা রহমান"),
    ("en", "प्रिया शर्मा"),
    ("en", "ਹਰਪ੍ਰੀਤ"),
    ("en", "પટેલ"),
    ("en", "ଓଡ଼ିଆ"),
    ("en", "తెలుగు"),
    ("en", "ಕನ್ನಡ"),
    ("en", "മലയാളം"),
    ("en", "සිංහල"),
    ("th", "ລາວ ສົມພອນ"),
    ("en", "བཀྲ་ཤིས"),
    ("en", "Արմեն Պետրոսյան"),
    ("en", "გიორგი"),
    ("en", "דוד כהן"),
    ("en", "ދިވެހި"),
    ("en", "فاطمه پهلوی گلی"),
    ("ko", "남궁민수 南宮"),
    ("en", "Þórðardóttir Ħal Ğül Ștefan Ọlá Ẹ̀kọ́"),
    ("en", "Li Na 🎌"),
]
PLAIN = TicketPage(
    language="en",
    convention="Yokohama Convention 2026",
    name="Li Na",
    ticket_type="Citywide pass",
    dates=("Thu 26 – Sun 29 November 2026",),
    validity="Once a day at every venue",
    code=CODE,
    serial="0123-4567-89AB-CDEF",
    labels=LABELS["en"],
    events=EVENTS,
    help=("Show this code at the entrance.", "Fold along the dashed lines."),
    footer="https://machi.example.jp",
    position="1 / 1",
)


def page(name: str, language: str = "en", **changes: object) -> TicketPage:
    changed = {"name": name, "language": language, "labels": LABELS[language], **changes}
    return msgspec.structs.replace(PLAIN, **changed)


def squeezed(words: str) -> str:
    """Return a text without white space and zero width spaces: where a line ends is not the point."""
    return re.sub(r"[\s\u200b]", "", words)


def texts(document: bytes) -> list[str]:
    """Return the text of every page, squeezed."""
    pages = pypdfium2.PdfDocument(document)
    return [squeezed(pages[i].get_textpage().get_text_range()) for i in range(len(pages))]


def symbols(document: bytes, *, scale: float = 150 / 72) -> list[zxingcpp.Barcode]:
    """Return every symbol on the pages drawn at `scale` pixels a point."""
    pages = pypdfium2.PdfDocument(document)
    pictures = [pages[i].render(scale=scale).to_pil() for i in range(len(pages))]
    return [found for picture in pictures for found in zxingcpp.read_barcodes(picture.convert("L"))]


def accessible(document: bytes) -> bool:
    """Whether it is marked PDF/UA-1; typst marks nothing that has a missing glyph."""
    return b"pdfuaid:part" in document


@pytest.mark.parametrize(("language", "name"), NAMES)
def test_names_of_every_script_are_printed_without_a_missing_glyph(fonts: Path, language: str, name: str) -> None:
    document = ticket_pdf([page(name, language, organisation=name)], fonts=fonts, now=NOW)
    assert missing_glyphs(name, fonts=fonts) == set()
    assert accessible(document)
    if not SHAPED & set(name):
        assert texts(document)[0].count(squeezed(name)) == 2


def test_what_no_font_draws_is_found_by_code(fonts: Path) -> None:
    assert missing_glyphs("Li ߒߞߏ\u200d ꦗ", fonts=fonts) == set("ߒߞߏꦗ")


def test_everything_of_the_page_is_on_it(fonts: Path) -> None:
    printed = texts(ticket_pdf([page("林", reading="はやし", organisation="Green Bay")], fonts=fonts, now=NOW))[0]
    words = ["林", "はやし", "Green Bay", PLAIN.convention, PLAIN.ticket_type, *PLAIN.dates, PLAIN.validity]
    words += [PLAIN.serial, PLAIN.footer, PLAIN.position, *PLAIN.help]
    words += [word for event in EVENTS for word in (event.title, event.when, event.where)]
    words += [getattr(PLAIN.labels, field) for field in Labels.__struct_fields__ if field != "qr"]
    assert [word for word in words if squeezed(word) not in printed] == []
    assert CODE[:20] not in printed


def test_marks_above_a_first_line_are_not_cut(fonts: Path) -> None:
    document = pypdfium2.PdfDocument(ticket_pdf([page("Li Na", "th", help=("ที่", "ที่"))], fonts=fonts, now=NOW))
    words = document[0].get_textpage()
    first, second = [words.get_charbox(i)[1] for i in range(words.count_chars()) if words.get_text_range(i, 1) == "ท"][
        -2:
    ]
    drawn = document[0].render(scale=8).to_pil().convert("L")
    heights = [ink_height(drawn, baseline=842 - bottom, scale=8) for bottom in (first, second)]
    assert first > second
    assert heights[0] == pytest.approx(heights[1], abs=2)


def ink_height(drawn: Image, *, baseline: float, scale: int) -> int:
    """Return how high the ink of the first letters of a line of help reaches, in pixels."""
    line = drawn.crop((343 * scale, round((baseline - 14) * scale), 352 * scale, round(baseline * scale)))
    box = line.point(lambda grey: 255 * (grey < 128)).getbbox()
    assert box
    return int(box[3] - box[1])


def test_symbol_is_read_from_the_page_and_is_large_enough(fonts: Path) -> None:
    found = symbols(ticket_pdf([PLAIN], fonts=fonts, now=NOW), scale=300 / 72)
    assert [(symbol.text, symbol.ec_level) for symbol in found] == [(CODE, "M")]
    corners = found[0].position
    side = (corners.top_right.x - corners.top_left.x) / (300 / 72) / POINTS_PER_MM
    assert 57 < side < 58
    assert symbols(ticket_pdf([PLAIN], fonts=fonts, now=NOW), scale=1)[0].text == CODE


def test_symbol_is_drawn_as_vector(fonts: Path) -> None:
    document = pypdfium2.PdfDocument(ticket_pdf([PLAIN], fonts=fonts, now=NOW))
    kinds = [item.type for item in document[0].get_objects(max_depth=5)]
    assert pdfium.FPDF_PAGEOBJ_IMAGE not in kinds
    assert pdfium.FPDF_PAGEOBJ_PATH in kinds


def test_one_a4_page_per_ticket_of_a_party(fonts: Path) -> None:
    party = [page(f"Guest {n}", position=f"{n} / 40") for n in range(1, 41)]
    document = ticket_pdf(party, fonts=fonts, now=NOW)
    pages = pypdfium2.PdfDocument(document)
    sizes = {tuple(round(side / POINTS_PER_MM) for side in pages[i].get_size()) for i in range(len(pages))}
    assert sizes == {(210, 297)}
    assert [f"NameGuest{n}Ticket" in words for n, words in enumerate(texts(document), start=1)] == [True] * 40


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")',
        "*a* _b_ `c` $d$",
        "= Heading",
        "<label> @ref // comment /* no */",
        '\\ #import "@preview/x:1.0.0" ]',
        '"; #read("/etc/passwd")',
        "{{name}} %s ${x}",
        "https://example.org",
    ],
)
def test_markup_in_a_name_prints_as_it_stands(fonts: Path, name: str) -> None:
    document = ticket_pdf([page(name, organisation=name, validity=name)], fonts=fonts, now=NOW)
    assert texts(document)[0].count(squeezed(name)) == 3


def test_control_characters_and_direction_overrides_do_not_reach_the_page(fonts: Path) -> None:
    document = ticket_pdf([page("A\0\x1b\nB\u202eC\u2028\x85D")], fonts=fonts, now=NOW)
    assert accessible(document)
    assert "ABCD" in texts(document)[0]


def test_longest_texts_stay_on_one_page_and_leave_the_symbol_alone(fonts: Path) -> None:
    long = "Wolfeschlegelsteinhausenbergerdorff " * 5
    crowded = page(
        "x" * 200,
        reading=long,
        organisation=long,
        convention=long,
        ticket_type=long,
        dates=(long,) * 5,
        validity=long,
        events=(EventLine(long, long, long),) * 60,
        help=(long * 3,) * 20,
        footer=long * 3,
    )
    document = ticket_pdf([crowded, PLAIN], fonts=fonts, now=NOW)
    assert len(pypdfium2.PdfDocument(document)) == 2
    assert [symbol.text for symbol in symbols(document)] == [CODE, CODE]
    assert "x" * 200 in texts(document)[0]
    assert max(right_edges(document, "x")) < 105 - 12


def right_edges(document: bytes, letter: str) -> list[float]:
    """Return where each of these letters of the first page ends, in mm from the left."""
    page = pypdfium2.PdfDocument(document)[0].get_textpage()
    words = page.get_text_range()
    places = [i for i in range(page.count_chars()) if page.get_text_range(i, 1) == letter]
    assert len(places) == words.count(letter)
    return [page.get_charbox(i)[2] / POINTS_PER_MM for i in places]


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (6, 6), (12, 12), (15, 15), (16, 15), (40, 15)])
def test_covered_events_shrink_and_then_are_counted(fonts: Path, count: int, expected: int) -> None:
    events = tuple(EventLine(f"Event {n:02}.", "Sat 28 November, 10:00–18:00", "Hall") for n in range(count))
    printed = texts(ticket_pdf([page("Li Na", events=events)], fonts=fonts, now=NOW))[0]
    assert len(re.findall(r"Event\d\d\.", printed)) == expected
    assert re.findall(r"\+\d+", printed) == ([f"+{count - expected}"] if count > expected else [])


def test_unknown_script_costs_the_mark_but_never_the_ticket(fonts: Path) -> None:
    document = ticket_pdf([page("ߒߞߏ ꦗꦮ"), page("林")], fonts=fonts, now=NOW)
    assert not accessible(document)
    assert [symbol.text for symbol in symbols(document)] == [CODE, CODE]


def test_what_is_said_of_a_ticket_in_small_letters_and_why_it_opens_nothing_yet(fonts: Path) -> None:
    unpaid = page("Li Na", facts=("Child", "¥3,300, including ¥300 tax"), state="Not paid yet")
    document = ticket_pdf([unpaid], fonts=fonts, now=NOW)
    assert "Child·¥3,300,including¥300tax" in texts(document)[0]
    assert texts(document)[0].count("Notpaidyet") == 1
    assert [symbol.text for symbol in symbols(document)] == [CODE]


@pytest.mark.parametrize(("language", "word"), [("en", "Canceled"), ("ja", "キャンセル済み"), ("en", "x" * 90)])
def test_ticket_without_a_code_says_so_right_across_and_draws_none(fonts: Path, language: str, word: str) -> None:
    document = ticket_pdf([page("Li Na", language, code="", state=word)], fonts=fonts, now=NOW)
    assert symbols(document) == []
    assert accessible(document)
    assert len(pypdfium2.PdfDocument(document)) == 1
    middle = pypdfium2.PdfDocument(document)[0].render(scale=1, crop=(150, 250, 150, 250)).to_pil().convert("RGB")
    red, green, _blue = np.moveaxis(np.asarray(middle).astype(int), 2, 0)
    assert (red - green > 30).sum() > 100


def test_document_is_tagged_titled_and_in_its_language(fonts: Path) -> None:
    raw = pypdfium2.PdfDocument(ticket_pdf([page("林", "ja")], fonts=fonts, now=NOW))
    assert raw.is_tagged()
    assert raw.get_metadata_value("Title") == "Yokohama Convention 2026 – Citywide pass"
    assert [item.get_title() for item in raw.get_toc()][:1] == ["林"]


def test_same_input_gives_the_same_bytes(fonts: Path) -> None:
    first, second = (ticket_pdf([PLAIN], fonts=fonts, now=NOW) for _ in range(2))
    assert first == second
    assert b"D:20261120" in first


def test_languages_of_one_document_keep_their_own_han_forms(fonts: Path) -> None:
    same = [page("骨直今", language) for language in ("ja", "zh-Hans", "ko")]
    document = pypdfium2.PdfDocument(ticket_pdf(same, fonts=fonts, now=NOW))
    drawn = {document[i].render(scale=2, crop=(0, 560, 297, 72)).to_pil().tobytes() for i in range(3)}
    assert len(drawn) == 3


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("髙橋﨑", "ja", "ja"),
        ("髙橋﨑", "zh-Hans", "zh-Hans"),
        ("张伟", "ja", "zh-Hans"),
        ("张伟", "en", "zh-Hans"),
        ("邱姵珊", "ja", "zh-Hant"),
        ("邱姵珊", "zh-Hans", "zh-Hans"),
        ("김민수", "en", "ko"),
        ("김민수", "ja", "ko"),
        ("李娜", "zh-Hans", "zh-Hans"),
        ("李娜", "en", "ja"),
        ("山田タロウ", "ko", "ko"),
        ("Łukasz", "ja", "ja"),
        ("", "ko", "ko"),
        ("김张ｶ", "en", "en"),
    ],
)
def test_family_of_a_name(name: str, language: str, expected: str) -> None:
    assert pdf.language_of_name(name, language) == expected


def test_no_page_and_no_code_are_refused(fonts: Path) -> None:
    with pytest.raises(ValueError, match="page"):
        ticket_pdf([], fonts=fonts, now=NOW)
    with pytest.raises(ValueError, match="represented"):
        ticket_pdf([page("Li Na", code=CODE.lower())], fonts=fonts, now=NOW)
