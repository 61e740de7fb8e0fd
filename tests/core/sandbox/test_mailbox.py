"""Reading mail, good and hostile."""

import datetime as dt
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import NotFound
from app.core.sandbox.mailbox import Attachment, decoded, message, messages, store, view

NOW = dt.datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=dt.UTC)
KEY = "20261120T010203456789Z-00000000"
PDF = b"%PDF-1.7\n\x00\xff"
ICS = "BEGIN:VCALENDAR\r\nSUMMARY:まちぐるみ\r\nEND:VCALENDAR\r\n"


def ticket_mail(charset: str) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "入場券のご案内 – Citywide pass" if charset == "utf-8" else "入場券のご案内"
    mail["From"] = "まちぐるみ <tickets@machigurumi.example>"
    mail["To"] = "山田太郎 <taro@example.jp>"
    mail["Date"] = "Fri, 20 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = "<1@machigurumi.example>"
    mail.set_content("ようこそ\nhttps://machigurumi.example/t/1\n", charset=charset)
    mail.add_alternative("<p>ようこそ</p>", subtype="html", charset=charset)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="入場券.pdf")
    mail.add_attachment(ICS, subtype="calendar", filename="ticket.ics", params={"method": "PUBLISH"})
    return mail.as_bytes()


def keep(directory: Path, content: bytes, *, now: dt.datetime = NOW) -> str:
    return store(directory, content=content, sender="a@example.org", recipients=["taro@example.jp"], now=now)


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_ticket_mail_is_read_whole(tmp_path: Path, charset: str) -> None:
    found = message(tmp_path, keep(tmp_path, ticket_mail(charset)))
    assert found.subject.startswith("入場券のご案内")
    assert found.sender == "まちぐるみ <tickets@machigurumi.example>"
    assert found.to == "山田太郎 <taro@example.jp>"
    assert found.recipients == "taro@example.jp"
    assert found.message_id == "<1@machigurumi.example>"
    assert found.date == NOW
    assert found.sent == dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
    assert found.text == "ようこそ\nhttps://machigurumi.example/t/1\n"
    assert found.html == "<p>ようこそ</p>\n"
    pdf, ics = found.attachments
    assert pdf == Attachment(name="入場券.pdf", type="application/pdf", content=PDF)
    assert (ics.name, ics.type) == ("ticket.ics", "text/calendar")
    assert "まちぐるみ" in ics.content.decode()


def test_subject_in_iso_2022_jp_words() -> None:
    raw = "=?ISO-2022-JP?B?GyRCJF4kQRsoQg==?=\r\n =?ISO-2022-JP?B?GyRCJDAkayRfGyhC?= 2026"
    assert decoded(raw) == "まちぐるみ 2026"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Subject: \xe3\x81\xbe\xe3\x81\xa1\r\n\r\n", "まち"),
        (b"Subject: \x1b$B$^$A\x1b(B\r\n\r\n", "まち"),
        (b"Subject: caf\xe9\r\n\r\n", "café"),
        (b"Subject: =?no-such?Q?caf=C3=A9?=\r\n\r\n", "café"),
        (b"Subject: =?utf-8?B?x?=\r\n\r\n", "=?utf-8?B?x?="),
        (b"Subject: a\r\n b\tc\x00\x1b[31md\r\n\r\n", "a b c [31md"),
        (b"Subject: \xe2\x80\xaeevil\r\n\r\n", "evil"),
        (b"Subject:\r\n\r\n", ""),
        (b"", ""),
    ],
)
def test_subject_is_readable_whatever_its_bytes(raw: bytes, expected: str) -> None:
    assert view(KEY, raw).subject == expected


HOSTILE = {
    "no header": b"\r\n\r\n\x00\xff\xfe",
    "unknown charset": b"Content-Type: text/plain; charset=no-such\r\n\r\ncaf\xc3\xa9",
    "wrong charset": b"Content-Type: text/plain; charset=us-ascii\r\n\r\n\x82\xdc",
    "charset with a zero": b'Content-Type: text/plain; charset="utf-8\x00"\r\n\r\nx',
    "bytes codec": b"Content-Type: text/plain; charset=hex\r\n\r\nzz",
    "broken base64": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!=a",
    "broken address": b'From: <<<@@>>, "\r\nTo: =?\r\nDate: yesterday, 99 Foo -99999\r\n\r\nx',
    "date far away": b"Date: Fri, 31 Dec 9999 23:59:59 -2359\r\n\r\nx",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\nx",
    "boundary never comes": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--c\r\n",
    "file name climbs": (
        b"Content-Type: application/pdf\r\n"
        b'Content-Disposition: attachment; filename="../../..\\\\..\\\\etc/passwd\\x00.pdf"\r\n\r\nx'
    ),
    "file name in pieces": (
        b"Content-Type: a/b\r\nContent-Disposition: attachment; filename*0*=no-such'%ff; filename*9*=x\r\n\r\nx"
    ),
    "type breaks headers": b"Content-Type: text/x\r\n\ty;\r\n\r\nx",
    "nested deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000)
    ),
    "mail in a mail": b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_shown(tmp_path: Path, name: str) -> None:
    key = keep(tmp_path, HOSTILE[name])
    assert [one.id for one in messages(tmp_path)] == [key]
    found = message(tmp_path, key)
    msgspec.json.encode(found)
    for file in found.attachments:
        assert not set("/\\\x00\r\n") & set(file.name)
        assert ".." not in file.name


@given(st.binary(max_size=400), st.sampled_from(sorted(HOSTILE)))
def test_any_bytes_are_shown(content: bytes, name: str) -> None:
    msgspec.json.encode(view(KEY, HOSTILE[name][:300] + content))
    msgspec.json.encode(view(KEY, content + HOSTILE[name][:300]))


def test_newest_come_first_and_within_the_limit(tmp_path: Path) -> None:
    keys = [keep(tmp_path, b"Subject: %d\r\n\r\n" % i, now=NOW + dt.timedelta(seconds=i)) for i in range(5)]
    assert [one.id for one in messages(tmp_path, limit=3)] == keys[:1:-1]
    assert [one.subject for one in messages(tmp_path, limit=1)] == ["4"]


def test_list_narrows_to_a_recipient(tmp_path: Path) -> None:
    keep(tmp_path, b"To: Jiro <jiro@example.jp>\r\n\r\n")
    assert len(messages(tmp_path, to="JIRO@example")) == 1
    assert len(messages(tmp_path, to="taro@example.jp")) == 1
    assert messages(tmp_path, to="hanako") == []


def test_half_written_and_foreign_files_are_not_mail(tmp_path: Path) -> None:
    keep(tmp_path, b"x")
    (tmp_path / "mail" / f".{KEY}.new").write_text("")
    (tmp_path / "mail" / "notes.eml").write_text("")
    assert len(messages(tmp_path)) == 1


def test_no_mail_yet(tmp_path: Path) -> None:
    assert messages(tmp_path) == []


def test_envelope_cannot_smuggle_headers(tmp_path: Path) -> None:
    key = store(tmp_path, content=b"Subject: a\r\n\r\n", sender="a\r\nSubject: b", recipients=["c\nX: d"], now=NOW)
    assert message(tmp_path, key).subject == "a"


@pytest.mark.parametrize("key", ["", "..", "../secret", "x" * 5000, KEY + "\n", KEY + "/..", KEY[:-1] + "Z", KEY])
def test_unknown_ids_find_nothing(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.eml").write_text("secret")
    (tmp_path / "mail").mkdir()
    with pytest.raises(NotFound):
        message(tmp_path, key)
