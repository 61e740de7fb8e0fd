"""Signed pings of partners: their calendar has changed."""

from typing import Annotated, Any

from litestar import post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter

from app.core.web.request import Request
from app.exchange.pinging import hearing
from app.exchange.pinging.signature import SIGNATURE, TIMESTAMP

LARGEST = 16 * 1024
"""Bytes; what a ping says is not even read."""
Timestamp = Annotated[
    str, HeaderParameter(name=TIMESTAMP, required=False, description="Seconds since 1970, within five minutes of now.")
]
Signature = Annotated[
    str,
    HeaderParameter(
        name=SIGNATURE,
        required=False,
        description='"v1=" and HMAC-SHA256 of timestamp, "." and body under the key of the source, in hexadecimal.',
    ),
]


@post(
    "/api/v1/sources/{source:str}/ping",
    tags=["partners"],
    status_code=202,
    request_max_body_size=LARGEST,
    responses={413: ResponseSpec(None, description="The body is larger than the limit.")},
)
async def ping(request: Request, source: FromPath[str], timestamp: Timestamp = "", signature: Signature = "") -> None:
    """Say that your calendar has changed: it is read at once. The body may say anything, as long as it is signed.

    404 for a source that is not there and for a signature that is not right alike.
    """
    body = await request.body()
    await hearing.hear(source=source, timestamp=timestamp, signature_given=signature, body=body, now=request.now)


HANDLERS: list[Any] = [ping]
