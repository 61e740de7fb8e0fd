"""Whether this process lives, and whether it can serve."""

from litestar import Response, get

from app.core.db import fetch_one


@get("/health/live", include_in_schema=False)
async def live() -> dict[str, str]:
    """Answer 200 while the process runs."""
    return {"status": "live"}


@get("/health/ready", include_in_schema=False)
async def ready() -> Response[dict[str, str]]:
    """Answer 200 while the database answers, else 503. Redis is not needed to serve."""
    try:
        await fetch_one("SELECT 1")
    except Exception as error:  # noqa: BLE001  # whatever keeps the database from answering
        return Response({"status": "not ready", "database": type(error).__name__}, status_code=503)
    return Response({"status": "ready", "database": "ok"})
