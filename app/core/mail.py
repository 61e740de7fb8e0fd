"""Outgoing mail: plain and HTML, attachments, one stable Message-ID per purpose."""

import asyncio
import datetime as dt
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from app.core.settings import settings

TIMEOUT = 20
"""Seconds a mail server may take before the job is put off."""


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes along; `content_type` as `application/pdf`, parameters such as `method` apart."""

    name: str
    content_type: str
    data: bytes
    parameters: dict[str, str] = {}


class Mail(msgspec.Struct, frozen=True):
    """One message to one person. `reference` names its purpose: the same purpose has the same Message-ID."""

    to: str
    to_name: str
    subject: str
    plain: str
    html: str
    language: str
    reference: str
    attachments: tuple[Attachment, ...] = ()


def compose(mail: Mail, now: dt.datetime) -> EmailMessage:
    """Build the message as it goes over the wire."""
    host = settings().host
    message = EmailMessage(policy=SMTP.clone(utf8=False, cte_type="7bit"))
    message["From"] = Address("Machigurumi", addr_spec=settings().mail_from)
    message["To"] = Address(_display(mail.to_name), addr_spec=_ascii(mail.to))
    message["Subject"] = _display(mail.subject)
    message["Message-ID"] = f"<{mail.reference}@{host}>"
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.plain, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    for file in mail.attachments:
        main, sub = file.content_type.split("/")
        if main == "text":
            message.add_attachment(
                file.data.decode(), subtype=sub, filename=file.name, cte="base64", params=file.parameters
            )
        else:
            message.add_attachment(file.data, main, sub, filename=file.name, params=file.parameters)
    message["Content-Language"] = mail.language  # last: turning into a multipart takes content headers along
    return message


def _ascii(address: str) -> str:
    """Write an international domain as mail servers know it."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _display(words: str) -> str:
    """One line whatever a name holds: a header must not be opened by a newline."""
    return " ".join(words.split())


async def send(mail: Mail, now: dt.datetime) -> None:
    """Hand one message to the mail server of `APP_MAIL_URL`, or raise what the server said."""
    message = await asyncio.to_thread(compose, mail, now)
    server = urlsplit(settings().mail_url)
    await aiosmtplib.send(
        message,
        hostname=server.hostname,
        port=server.port or 25,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        start_tls=None if server.scheme == "smtp" else False,
        timeout=TIMEOUT,
    )
