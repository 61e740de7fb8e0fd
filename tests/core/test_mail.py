"""Mail: as it goes over the wire."""

import email
from email.policy import default

import pytest

from app.core.mail import Attachment, Mail, compose
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
