"""Outgoing mail: plain and HTML, attachments, one stable Message-ID per purpose."""

import asyncio
import datetime as dt
import re
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

import idna
import msgspec

from app.core import smtp
from app.core.settings import settings

LONGEST = 254
"""Characters of an address in the envelope (RFC 5321, 4.5.3.1.3, without its angle brackets)."""
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
"""What may stand before the @, as in `app.core.validation.Address`."""


class _Link(UnstructuredHeader, BaseHeader):
    """A header that holds an address: folding would turn a long one into encoded words, which no program follows."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header as one line."""
        return f"{self.name}: {self}{policy.linesep}"


class _Headers(HeaderRegistry):
    """The classes of headers, each made once: made for every header of every mail they are a third of its cost."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        found = self.made.get(name)
        if found is None:
            found = self.made[name] = super().__getitem__(name)
        return found


_HEADERS = _Headers()
_HEADERS.map_to_type("list-unsubscribe", _Link)
_POLICY = SMTP.clone(utf8=False, cte_type="7bit", header_factory=_HEADERS)


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes along; `content_type` as `application/pdf`, parameters such as `method` apart."""

    name: str
    content_type: str
    data: bytes
    parameters: dict[str, str] = {}


class Mail(msgspec.Struct, frozen=True):
    """One message to one person. `reference` names its purpose: the same purpose has the same Message-ID.

    `bounce` is the token in the envelope by which a report of failure is known; `unsubscribe` the address of the
    button that ends such mail, which takes a POST (RFC 8058).
    """

    to: str
    to_name: str
    subject: str
    plain: str
    html: str
    language: str
    reference: str
    attachments: tuple[Attachment, ...] = ()
    bounce: str = ""
    unsubscribe: str = ""


def compose(mail: Mail, now: dt.datetime) -> EmailMessage:
    """Build the message as it goes over the wire."""
    host = settings().host
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("Machigurumi", addr_spec=settings().mail_from)
    message["To"] = _mailbox(mail.to, mail.to_name)
    message["Subject"] = _display(mail.subject)
    message["Message-ID"] = f"<{mail.reference}@{host}>"
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
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


def sender(mail: Mail) -> str:
    """Return the address in the envelope, to which servers report that a mail could not be delivered."""
    bounces = settings().bounce_address
    local, _, host = bounces.rpartition("@")
    return f"{local}+{mail.bounce}@{host}" if bounces and mail.bounce else bounces or settings().mail_from


NOWHERE = "no-address.invalid"
"""Domain of the addresses that stand for people who gave none. No server bears such a name (RFC 6761)."""


async def send(mail: Mail, now: dt.datetime) -> None:
    """Hand one message to the mail server of `APP_MAIL_URL`; nothing is done for an address that is `NOWHERE`.

    Raises `smtp.AddressRefused`, `jobs.Away` when the server cannot be reached, or what else the server said.
    """
    if mail.to.endswith(f"@{NOWHERE}"):
        return
    message = await asyncio.to_thread(lambda: compose(mail, now).as_bytes())
    # Read from the header the recipient would lose its quotes.
    await smtp.hand_over(message, sender=sender(mail), recipient=_mailbox(mail.to).addr_spec)
