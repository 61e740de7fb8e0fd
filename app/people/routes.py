"""The JSON API of people: enrolling phones."""

from typing import Any

from litestar import post
from litestar.params import JSONBody

from app.core.web.request import Request
from app.people import devices
from app.people.devices import Enrol, Enrolled


@post("/api/v1/devices", status_code=201, tags=["gates"])
async def enrol_device(request: Request, data: JSONBody[Enrol]) -> Enrolled:
    """Enrol a phone by a code that was made for it at `/console/devices`; the code works once, within ten minutes.

    The answer holds the bearer token of the phone, the only time it can be seen.
    """
    return await devices.enrol(asked=data, now=request.now)


HANDLERS: list[Any] = [enrol_device]
