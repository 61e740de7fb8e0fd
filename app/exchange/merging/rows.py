"""Events of sources as rows: `schemas.Incoming` into columns, and back. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from app.exchange.schemas import Incoming, Position, Words

COLUMNS: Mapping[str, str] = {
    "uid": "text",
    "recurrence_id": "text",
    "sequence": "bigint",
    "last_modified": "timestamptz",
    "stamp": "timestamptz",
    "digest": "bytea",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "first_day": "date",
    "last_day": "date",
    "zone": "text",
    "title": "text",
    "place": "text",
    "latitude": "float8",
    "longitude": "float8",
    "url": "text",
    "origin": "text",
    "status": "text",
    "access": "text",
    "body": "jsonb",
}
"""The columns of `exchanged_event` that say what a source told, and their types."""
SELECTED = ", ".join(f"e.{name}" for name in COLUMNS)
"""What `incoming` needs of a row of `exchanged_event e`."""
LONGEST_UID = 255
"""Letters; longer names are told apart by a digest, as an index takes no more than 2,704 bytes."""
LONGEST_INSTANCE = 64
_TEXTS = ("title", "place", "url", "origin", "zone")
_PLAIN = ("sequence", "last_modified", "stamp", "digest", "starts_at", "ends_at", "first_day", "last_day", "status")
_encode = msgspec.json.Encoder().encode


class Body(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of an event that no column has."""

    made_uid: bool = False
    title_language: str = ""
    titles: Words = {}
    description: str = ""
    address: str = ""
    organiser: str = ""
    price: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    categories: tuple[str, ...] = ()
    called_off: bool = False
    recurrence: tuple[str, ...] = ()
    others: Words = {}
    number: int = 0


_BODY = Body.__struct_fields__
_decode = msgspec.json.Decoder(Body).decode


def key(event: Incoming) -> tuple[str, str]:
    """Return what tells an event from the others of its source: UID and RECURRENCE-ID, as they are stored."""
    return stored_uid(event.uid), _short(event.recurrence_id, LONGEST_INSTANCE)


def stored_uid(uid: str) -> str:
    """Return a UID as it is stored."""
    return _short(uid, LONGEST_UID)


def _short(name: str, longest: int) -> str:
    clean: str = _cleaned(name)
    if clean == name and len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]
    return f"{clean[: longest - 33]}~{digest}"


def values(event: Incoming) -> tuple[Any, ...]:
    """Return what the `COLUMNS` hold of an event, in their order."""
    uid, instance = key(event)
    try:
        body = _body(event)
    except UnicodeEncodeError:  # half a letter
        event = _storable(event)
        body = _body(event)
    if "\\u0000" in body or any("\0" in getattr(event, name) for name in _TEXTS):
        event = _storable(event)
        body = _body(event)
    at = event.position
    return (
        uid,
        instance,
        event.sequence,
        event.last_modified,
        event.stamp,
        event.digest,
        event.starts_at,
        event.ends_at,
        event.first_day,
        event.last_day,
        event.zone,
        event.title,
        event.place,
        at.latitude if at else None,
        at.longitude if at else None,
        event.url,
        event.origin,
        event.status,
        event.access,
        body,
    )


def _body(event: Incoming) -> str:
    for name in _TEXTS:
        getattr(event, name).encode()
    return _encode(Body(**{name: getattr(event, name) for name in _BODY})).decode()


def _storable(event: Incoming) -> Incoming:
    """Return an event without zeros and halves of letters, which PostgreSQL keeps in no text."""
    return msgspec.convert(_cleaned(msgspec.to_builtins(event)), Incoming)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="ignore").decode()
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(words) for name, words in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list | tuple) else value


def incoming(row: Mapping[str, Any]) -> Incoming:
    """Return the event of a row that has the `COLUMNS`."""
    body = _decode(row["body"])
    latitude, longitude = row["latitude"], row["longitude"]
    return Incoming(
        uid=row["uid"],
        recurrence_id=row["recurrence_id"],
        **{name: row[name] for name in _PLAIN},
        zone=row["zone"],
        title=row["title"],
        place=row["place"],
        position=None if latitude is None or longitude is None else Position(latitude, longitude),
        url=row["url"],
        origin=row["origin"],
        access=row["access"],
        **{name: getattr(body, name) for name in _BODY},
    )
