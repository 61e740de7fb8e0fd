"""Mail: as it goes over the wire."""

import asyncio
import email
import os
from email.policy import default
from pathlib import Path

import pytest

from app.core import jobs, smtp
from app.core.mail import NOWHERE, Attachment, Mail, compose, is_mailable, send
from app.core.sandbox.catcher import catcher, message, messages
from app.core.settings import settings
from tests.clock import NOW


def a_mail(**changes: object) -> Mail:
    values = {
        "to": "li.na@example.org",
        "to_name": "李 娜",
        "subject": "チケット",
        "plain": "本文 1\n",
        "html": "<p>本文 1</p>",
        "language": "ja",
        "reference": "ticket.7",
    }
    return Mail(**{**values, **changes})  # type: ignore[arg-type]


def wire(mail: Mail) -> email.message.EmailMessage:
    """Return the message as a mail program reads it from the bytes."""
    raw = compose(mail, NOW).as_bytes()
    raw.decode("ascii")
    assert max(map(len, raw.splitlines())) <= 998
    return email.message_from_bytes(raw, policy=default)


def test_message_carries_both_forms() -> None:
    found = wire(a_mail())
    assert found["subject"] == "チケット"
    assert found["to"].addresses[0].display_name == "李 娜"
    assert found["date"].datetime == NOW
    assert found["auto-submitted"] == "auto-generated"
    assert found["content-language"] == "ja"
    plain, html = found.iter_parts()
    assert (plain.get_content_type(), plain.get_content()) == ("text/plain", "本文 1\r\n")
    assert html.get_content_type() == "text/html"


async def test_nothing_is_sent_to_people_who_gave_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no mail server here: whoever tried to reach one would raise."""
    monkeypatch.setenv("APP_MAIL_URL", "smtp://127.0.0.1:9")
    settings.cache_clear()
    await send(a_mail(to=f"7@{NOWHERE}"), NOW)
    with pytest.raises(jobs.Away):
        await send(a_mail(), NOW)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("field", ["to_name", "subject"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\x0b", "\x0c", "\x85"])
def test_newline_in_a_header_opens_no_header(field: str, end: str) -> None:
    found = wire(a_mail(**{field: f"Taro{end}Bcc: victim@example.org{end}{end}<script>"}))
    assert found["bcc"] is None
    (address,) = found["to"].addresses
    assert address.addr_spec == "li.na@example.org"


@pytest.mark.parametrize("name", ['Taro "Boss" <x@example.org>', "a, b", "(comment)", "a@b.example", "=?utf-8?q?x?="])
def test_name_stays_a_name(name: str) -> None:
    found = wire(a_mail(to_name=name))
    (address,) = found["to"].addresses
    assert address.addr_spec == "li.na@example.org"


def test_international_domain_is_written_as_servers_know_it() -> None:
    assert wire(a_mail(to="taro@例え.jp"))["to"].addresses[0].addr_spec == "taro@xn--r8jz45g.jp"


def test_message_id_is_that_of_the_purpose() -> None:
    first, second = compose(a_mail(), NOW), compose(a_mail(), NOW)
    assert first["message-id"] == second["message-id"] == "<ticket.7@test>"
    assert compose(a_mail(reference="ticket.8"), NOW)["message-id"] == "<ticket.8@test>"


def test_way_out_of_news_stays_one_address() -> None:
    way_out = f"https://tickets.yokohama.example.jp:8443/withdraw/{'aB3-_' * 30}"
    raw = compose(a_mail(unsubscribe=way_out), NOW).as_bytes()
    assert f"\r\nList-Unsubscribe: <{way_out}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"List-Unsubscribe" not in compose(a_mail(), NOW).as_bytes()


def test_attachments_keep_their_kind() -> None:
    files = (
        Attachment("ticket.pdf", "application/pdf", b"%PDF-1.7"),
        Attachment("予定.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n", {"method": "PUBLISH"}),
    )
    pdf, ics = wire(a_mail(attachments=files)).iter_attachments()
    assert (pdf.get_content_type(), pdf.get_filename(), pdf.get_content()) == (
        "application/pdf",
        "ticket.pdf",
        b"%PDF-1.7",
    )
    assert (ics.get_content_type(), ics.get_filename()) == ("text/calendar", "予定.ics")
    assert ics["content-type"].params["method"] == "PUBLISH"


@pytest.mark.parametrize(
    "address",
    [
        "a..b@docomo.ne.jp",
        "a.@docomo.ne.jp",
        ".a@docomo.ne.jp",
        "o'hara+x@example.org",
        "taro@例え.jp",
        "a@ß.de",
        f"{'a' * 64}@{'b' * 63}.jp",
    ],
)
def test_address_that_can_be_mailed(address: str) -> None:
    assert is_mailable(address)
    compose(a_mail(to=address), NOW).as_bytes().decode("ascii")


@pytest.mark.parametrize(
    "address",
    [
        "a@x..com",
        "a@.x.com",
        "a@x.com.",
        "a@x.com。",
        f"a@{'b' * 64}.jp",
        f"a@{'例' * 60}.jp",
        f"a@{'.'.join(['b' * 60] * 5)}",
        f"{'a' * 65}@example.org",
        "a@-x.com",
        "a@☕.jp",
        "a@xn--zz.jp",
        "a@x y.jp",
        "太郎@example.jp",
        'a"b@example.org',
        "@example.org",
        "example.org",
        "a@",
        "",
    ],
)
def test_address_that_cannot_be_mailed(address: str) -> None:
    assert not is_mailable(address)


def test_sharp_s_is_a_domain_of_its_own() -> None:
    assert b"<a@xn--zca.de>" in compose(a_mail(to="a@ß.de"), NOW).as_bytes()


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("a.@docomo.ne.jp", '"a."@docomo.ne.jp'),
        (".a@docomo.ne.jp", '".a"@docomo.ne.jp'),
        ("taro@例え.jp", "taro@xn--r8jz45g.jp"),
        ("li.na@example.org", "li.na@example.org"),
    ],
)
async def test_mail_arrives_at_every_address_we_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, recipient: str
) -> None:
    async with catcher(tmp_path) as server:
        monkeypatch.setitem(os.environ, "APP_MAIL_URL", server.url)
        settings.cache_clear()
        await send(a_mail(to=to, to_name='林 "T", x'), NOW)
        await smtp.close()
    settings.cache_clear()
    (kept,) = messages(tmp_path)
    assert message(tmp_path, kept.id).recipients == recipient.replace('"', ""), "the catcher keeps no quotes"
    (file,) = (tmp_path / "mail").glob("*.eml")
    assert f"<{recipient}>" in file.read_text()


async def test_envelope_names_odd_dots_in_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"550 no\r\n" if line.startswith(b"RCPT") else b"250 yes\r\n")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setitem(os.environ, "APP_MAIL_URL", f"smtp://127.0.0.1:{port}")
        settings.cache_clear()
        with pytest.raises(smtp.AddressRefused):
            await send(a_mail(to="a..b@docomo.ne.jp"), NOW)
    settings.cache_clear()
    assert b'RCPT TO:<"a..b"@docomo.ne.jp>\r\n' in heard
