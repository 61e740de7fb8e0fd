"""The measure for the measures: the smallest Litestar application under the same granian, answering what it is sent."""

import sys
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from litestar import Litestar, post
from litestar.params import JSONBody

from workers import leash


@post("/echo", status_code=200)
async def echo(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """Answer the body, decoded and encoded again."""
    return data


def application() -> Litestar:
    """Build what granian runs."""
    return Litestar([echo], openapi_config=None, logging_config=None)


def serve(*, port: int, workers: int) -> None:
    """Serve with the options of `machi serve`."""
    leash.follow()
    Server(
        "tests.bench.echo:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        factory=True,
        log_level=LogLevels.warning,
        workers_kill_timeout=3,
    ).serve()


if __name__ == "__main__":
    serve(port=int(sys.argv[1]), workers=int(sys.argv[2]))
