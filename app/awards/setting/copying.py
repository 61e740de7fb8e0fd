"""The set-up of an award taken over into the next one: categories, drafts of rounds and rubrics, a year later."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from app.core.db import fetch, fetch_one

_APART = """
SELECT (SELECT c.first_day FROM award a JOIN convention c ON c.id = a.convention WHERE a.id = $2)
     - (SELECT c.first_day FROM award a JOIN convention c ON c.id = a.convention WHERE a.id = $1) AS days
"""
_RUBRICS = """
SELECT DISTINCT ON (name) id, name, body, digest FROM rubric WHERE award = $1 ORDER BY name, version DESC
"""
_VERSIONS = "SELECT id, name FROM rubric WHERE award = $1"
MOMENTS = ("opens_at", "closes_at", "vote_opens_at", "vote_closes_at")
_FRESH = {"state": "draft", "rules": None, "opened_at": None, "revision": 0}


async def copy(model: UUID, made: UUID, *, now: dt.datetime) -> None:
    """Copy what `model` is set up with into the empty award `made`; entries, judges and panels stay behind.

    Every window is moved by the days between the two conventions, and opens at the same hour of its zone.
    """
    row = await fetch_one(_APART, model, made)
    days = dt.timedelta(days=row["days"] if row else 0)
    latest = await _copy_rubrics(model, made, now)
    for category in await fetch("SELECT * FROM award_category WHERE award = $1 ORDER BY position, slug", model):
        below = uuid4()
        await _insert("award_category", category, days, id=below, award=made, next_number=1, revision=0)
        for one in await fetch("SELECT * FROM award_round WHERE category = $1 ORDER BY position", category["id"]):
            rubric = latest.get(one["rubric"])
            await _insert("award_round", one, days, id=uuid4(), category=below, rubric=rubric, **_FRESH)


async def _copy_rubrics(model: UUID, made: UUID, now: dt.datetime) -> dict[UUID | None, UUID]:
    """Copy the latest version of each rubric; return which copy stands for each version of the model's."""
    names: dict[str, UUID] = {}
    for row in await fetch(_RUBRICS, model):
        names[row["name"]] = uuid4()
        await fetch(
            "INSERT INTO rubric (id, award, name, version, body, digest, created_at)"
            " VALUES ($1, $2, $3, 1, $4, $5, $6)",
            names[row["name"]],
            made,
            row["name"],
            row["body"],
            row["digest"],
            now,
        )
    return {row["id"]: names[row["name"]] for row in await fetch(_VERSIONS, model)}


async def _insert(table: str, row: asyncpg.Record, days: dt.timedelta, **other: Any) -> None:
    values = {**dict(row), **other}
    moved = {name: later(values[name], values["zone"], days) for name in MOMENTS if values.get(name)}
    values |= moved
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await fetch(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())


def later(moment: dt.datetime, zone: str, days: dt.timedelta) -> dt.datetime:
    """Return the moment so many days later at which the clocks of the zone show the same time."""
    return (moment.astimezone(ZoneInfo(zone)) + days).astimezone(dt.UTC)
