"""The ticket mail, read as the guest's mail program reads it."""

import io

import httpx
import pypdfium2
import pytest
import zxingcpp

from app.core import jobs
from app.core.db import fetch
from app.core.settings import settings
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox
from tests.ticketing.wishes import member, register, wish


async def test_mail_brings_code_pdf_and_calendar(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    ticket = (await register(http, wish(member(name="髙橋﨑"), language="ja"))).json()["tickets"][0]

    assert await jobs.drain(clock) == 1

    (message,) = mailbox()
    assert message["to"].addresses[0].addr_spec == "li.na@example.org"
    assert message["message-id"] == f"<ticket-{ticket['id']}-0-confirmation@test>"
    assert message["content-language"] == "ja"
    assert "髙橋﨑" in message["subject"]
    plain, page = (part.get_content() for kind in ("plain", "html") if (part := message.get_body((kind,))))
    assert ticket["code"] in plain
    assert ticket["page_url"] in plain
    assert ticket["page_url"] in page
    pdf, ics = message.iter_attachments()
    picture = pypdfium2.PdfDocument(io.BytesIO(pdf.get_content()))[0].render(scale=2).to_pil()
    assert zxingcpp.read_barcodes(picture)[0].text == ticket["code"]
    assert (ics.get_content_type(), ics.get_param("method")) == ("text/calendar", "PUBLISH")
    assert ics.get_content().count("BEGIN:VEVENT") == 8


async def test_mail_sent_again_is_the_same_message(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    await register(http, wish())
    await jobs.drain(clock)
    await fetch("UPDATE job SET done_at = NULL")
    await jobs.drain(clock)

    first, second = mailbox()
    assert first["message-id"] == second["message-id"]


async def test_mail_waits_while_the_mail_server_is_away(
    http: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(http, wish())
    monkeypatch.setenv("APP_MAIL_URL", "smtp://127.0.0.1:1")
    settings.cache_clear()

    assert await jobs.drain(clock) == 0

    assert await value("SELECT tries FROM job WHERE done_at IS NULL AND given_up_at IS NULL") == 1
    monkeypatch.undo()
    settings.cache_clear()


async def test_canceled_ticket_is_not_mailed(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    await register(http, wish())
    await fetch("UPDATE ticket SET state = 'canceled'")

    assert await jobs.drain(clock) == 1
    assert mailbox() == []
