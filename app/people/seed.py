"""Publish the texts of the demo, so that a registration has something to agree to."""

import datetime as dt
from uuid import NAMESPACE_URL, uuid5

import msgspec

from app.core.db import fetch
from app.people import consents
from app.people.demo_texts import TEXTS


async def seed_consents(*, now: dt.datetime) -> None:
    """Insert and publish what is missing of the demo's texts; a purpose that has a text keeps its own."""
    for texts in TEXTS:
        await fetch(
            "INSERT INTO consent_text (id, purpose, version, required, title, body, created_at, published_at)"
            " SELECT $1, $2::text, $3, $4, $5, $6, $7, $7"
            " WHERE NOT EXISTS (SELECT FROM consent_text WHERE purpose = $2::text) ON CONFLICT DO NOTHING",
            uuid5(NAMESPACE_URL, f"consent-text/{texts.version}"),
            texts.purpose,
            texts.version,
            texts.required,
            msgspec.json.encode(texts.title).decode(),
            msgspec.json.encode(texts.body).decode(),
            now,
        )
    consents.forget()
