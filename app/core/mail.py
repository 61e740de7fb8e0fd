"""Outgoing mail: plain and HTML, attachments, one stable Message-ID per purpose."""

import asyncio
import datetime as dt
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
import idna
import msgspec

from app.core.settings import settings

LONGEST = 254
"""Characters of an address in the envelope (RFC 5321, 4.5.3.1.3, without its angle brackets)."""
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
"""What may stand before the @, as in `app.core.validation.Address`."""
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
    message["To"] = _mailbox(mail.to, mail.to_name)
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


class _Mailbox(Address):
    """An address as it stands in headers and envelope; `Address` leaves odd dots unquoted, which servers refuse."""

    @property
    def addr_spec(self) -> str:
        """`"a..b"@docomo.ne.jp`: dots at an end or in a row need quotes (RFC 5321, 4.1.2)."""
        local = f'"{self.username}"' if "" in self.username.split(".") else self.username
        return f"{local}@{self.domain}"


def _mailbox(address: str, name: str = "") -> _Mailbox:
    """Return `address` as servers know it, or raise `UnicodeError` when none can: `idna.IDNAError` is one.

    Domains follow IDNA 2008, where `ß.de` is not `ss.de`; wide and capital letters are mapped as browsers do (UTS 46).
    """
    local, _, domain = address.rpartition("@")
    encoded = idna.encode(domain, uts46=not domain.isascii()).decode()
    if encoded.endswith(".") or not _LOCAL.fullmatch(local) or len(local) + 1 + len(encoded) > LONGEST:
        raise UnicodeError("No mail server knows this address.")
    return _Mailbox(_display(name), username=local, domain=encoded)


def is_mailable(address: str) -> bool:
    """Whether a mail to `address` can be written and handed over; whether it arrives nobody knows before."""
    try:
        _mailbox(address)
    except UnicodeError:
        return False
    return True


def _display(words: str) -> str:
    """One line whatever a name holds: a header must not be opened by a newline."""
    return " ".join(words.split())


async def send(mail: Mail, now: dt.datetime) -> None:
    """Hand one message to the mail server of `APP_MAIL_URL`, or raise what the server said."""
    message = await asyncio.to_thread(compose, mail, now)
    server = urlsplit(settings().mail_url)
    await aiosmtplib.send(
        message,
        recipients=[_mailbox(mail.to).addr_spec],  # read from the header it would lose its quotes
        hostname=server.hostname,
        port=server.port or 25,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        start_tls=None if server.scheme == "smtp" else False,
        timeout=TIMEOUT,
    )
