"""Reports of mails that came back, as servers write them."""

from collections.abc import Iterator

import pytest

from app.core import bounces
from app.core.bounces import Bounce
from app.core.settings import settings

TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"
POSTFIX = """\
Return-Path: <>
Delivered-To: bounces+{token}@example.jp
From: MAILER-DAEMON@mx.example.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+{token}@example.jp
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp
X-Postfix-Queue-ID: 4ABC

Final-Recipient: rfc822; li.na@example.org
Original-Recipient: rfc822;li.na@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

Subject: Your ticket

--b--
"""


@pytest.fixture(autouse=True)
def _address(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("APP_BOUNCE_ADDRESS", "bounces@example.jp")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def report(*, token: str = TOKEN, action: str = "failed", status: str = "5.1.1") -> bytes:
    return POSTFIX.format(token=token, action=action, status=status).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_address_that_is_wrong_for_good(end: str) -> None:
    assert bounces.read(report().replace(b"\n", end.encode())) == Bounce(TOKEN, "5.1.1")


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.1"), ("failed", "4.4.7"), ("delivered", "2.1.5"), ("relayed", "2.0.0"), ("delayed", "5.1.1")],
)
def test_everything_else_is_passed_over(action: str, status: str) -> None:
    assert bounces.read(report(action=action, status=status)) is None


def test_status_may_have_a_comment() -> None:
    assert bounces.read(report(status="5.2.1 (mailbox disabled)")) == Bounce(TOKEN, "5.2.1")


def test_recipient_that_the_server_names_counts() -> None:
    bare = report().replace(b"bounces+" + TOKEN.encode(), b"postmaster")
    assert bounces.read(bare) is None
    assert bounces.read(bare, recipient=f"BOUNCES+{TOKEN.upper()}@EXAMPLE.JP") == Bounce(TOKEN, "5.1.1")


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\n\nI am away.\n",
        report(token="").replace(b"bounces+@", b"bounces@"),
        report().replace(b"example.jp", b"example.net"),
        report().replace(b"message/delivery-status", b"text/plain"),
        report().replace(b"multipart/report", b"text/plain"),
    ],
)
def test_what_is_no_report_of_ours(other: bytes) -> None:
    assert bounces.read(other) is None


def test_without_an_address_nothing_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_BOUNCE_ADDRESS", "")
    settings.cache_clear()
    assert bounces.read(report()) is None
