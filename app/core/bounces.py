"""Reports of mail servers that a mail could not be delivered (RFC 3464, RFC 6522): pure."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message

import msgspec

from app.core.settings import settings

LARGEST = 1_000_000
"""Bytes of a report that are read; what matters stands at its beginning."""
_STATUS = re.compile(r"5\.\d{1,3}\.\d{1,3}")
_RECIPIENTS = ("delivered-to", "x-original-to", "to")
"""Headers in which the address stands that the report was sent to."""


class Bounce(msgspec.Struct, frozen=True):
    """A mail that came back for good: the token of its envelope, and the status as in RFC 3463, such as 5.1.1."""

    token: str
    status: str


def read(report: bytes, *, recipient: str = "") -> Bounce | None:
    """Return what a report says, or None for one about a delay, a delivery, or no mail of ours.

    `recipient` is the address it came to, where the mail server tells; else the headers are asked.
    """
    message = email.message_from_bytes(report[:LARGEST], policy=email.policy.compat32)
    token, status = _token(message, recipient), _status(message)
    return Bounce(token, status) if token and status else None


def _token(message: Message, recipient: str) -> str:
    local, _, host = settings().bounce_address.rpartition("@")
    ours = re.compile(rf"\b{re.escape(local)}\+([a-z2-7]+)@{re.escape(host)}\b", re.IGNORECASE)
    said = [recipient, *(str(value) for name in _RECIPIENTS for value in message.get_all(name, []))]
    found = ours.search("\n".join(said)) if local else None
    return found[1].lower() if found else ""


def _status(message: Message) -> str:
    """Return the status of the recipient that failed for good, or nothing; a report of ours has one recipient."""
    for fields in _recipients(message):
        found = _STATUS.match(str(fields.get("status", "")).strip())
        if str(fields.get("action", "")).strip().lower() == "failed" and found:
            return found[0]
    return ""


def _recipients(message: Message) -> Iterator[Message]:
    """Yield the groups of fields of a delivery report; the first is about the mail as a whole."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (group for group in part.get_payload() if isinstance(group, Message))
