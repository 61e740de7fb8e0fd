"""The mail catcher, spoken to over SMTP."""

import datetime as dt
import socket
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from app.core.sandbox import places
from app.core.sandbox.catcher import catcher, message, messages
from app.core.sandbox.errors import SandboxNotWritable, SandboxPortTaken

NOW = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)


def a_mail(body: str = "ようこそ\n.\n..dots\n") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "入場券", "tickets@machigurumi.example", "taro@example.jp"
    mail["Bcc"] = "hanako@example.jp"
    mail.set_content(body)
    return mail


async def test_sent_mail_is_kept_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        async with catcher(tmp_path, clock=lambda: NOW) as server:
            await aiosmtplib.send(a_mail(), hostname="127.0.0.1", port=server.port)
    listed = messages(tmp_path)
    assert [one.subject for one in listed] == ["入場券", "入場券"]
    found = message(tmp_path, listed[0].id)
    assert found.text == "ようこそ\n.\n..dots\n"
    assert found.recipients == "taro@example.jp, hanako@example.jp"
    assert found.date == NOW
    assert server.url == f"smtp://127.0.0.1:{server.port}"


async def test_mail_to_an_address_of_any_script(tmp_path: Path) -> None:
    async with catcher(tmp_path) as server, aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port) as client:
        await client.sendmail(
            "a@example.org", ["太郎@例え.jp"], b"Subject: x\r\n\r\n", mail_options=["SMTPUTF8", "BODY=8BITMIME"]
        )
    assert messages(tmp_path)[0].to == "太郎@例え.jp"


async def test_mail_that_cannot_be_kept_is_refused_for_now(tmp_path: Path) -> None:
    async with catcher(tmp_path) as server:
        (tmp_path / "mail").rmdir()
        (tmp_path / "mail").write_text("in the way")
        with pytest.raises(aiosmtplib.SMTPDataError) as caught:
            await aiosmtplib.send(a_mail(), hostname="127.0.0.1", port=server.port)
    assert caught.value.code == 451


async def test_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", places.free_port())) as other:
        port = other.getsockname()[1]
        with pytest.raises(SandboxPortTaken, match=str(port)):
            async with catcher(tmp_path, port=port):
                pass


async def test_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("")
    with pytest.raises(SandboxNotWritable):
        async with catcher(tmp_path):
            pass
