"""The released result of a round as JSON, its bundle byte for byte, and the script that recomputes it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from app.awards.releasing import recompute, released
from app.awards.schemas import Result
from app.core.web.request import Request
from app.events.conditional import answer

ROUND = "/api/v1/awards/{award:str}/rounds/{round_id:uuid}"
OPEN = {"access-control-allow-origin": "*"}
"""Anybody's page may read what is released."""
SCRIPT = Path(recompute.__file__).read_bytes()


@get(
    f"{ROUND}/results",
    tags=["Awards"],
    responses={200: ResponseSpec(Result, description="The released result; 404 before the release.")},
)
async def show_results(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Answer who has won, 404 until that is released."""
    found = await released.of_round(award, round_id)
    body = msgspec.json.encode(found.result)
    return answer(request, body, media_type="application/json", headers=OPEN)


@get(f"{ROUND}/bundle", tags=["Awards"], media_type="application/json")
async def show_bundle(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Answer the sealed bundle: its SHA-256 is the digest of the result."""
    found = await released.of_round(award, round_id)
    headers = {**OPEN, "content-disposition": f'attachment; filename="{_name(award, round_id)}"'}
    body = await released.bundle_of(found.id)
    return answer(request, body, media_type="application/json", etag=f'"{found.digest.hex()}"', headers=headers)


@get(f"{ROUND}/bundle.sha256", tags=["Awards"], media_type="text/plain")
async def show_digest(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Answer the digest of the bundle as `sha256sum --check` reads it."""
    found = await released.of_round(award, round_id)
    words = f"{found.digest.hex()}  {_name(award, round_id)}\n"
    return answer(request, words.encode(), media_type="text/plain", headers=OPEN)


@get(f"{ROUND}/recompute.py", tags=["Awards"], media_type="text/x-python")
async def show_script(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Answer the script that recomputes a bundle with nothing but Python, numpy and scipy."""
    await released.of_round(award, round_id)
    headers = {**OPEN, "content-disposition": 'attachment; filename="recompute.py"'}
    return answer(request, SCRIPT, media_type="text/x-python", headers=headers)


def _name(award: str, round_id: UUID) -> str:
    return f"{award}-{str(round_id)[:8]}.json"


HANDLERS: list[Any] = [show_results, show_bundle, show_digest, show_script]
