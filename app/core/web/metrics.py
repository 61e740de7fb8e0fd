"""Numbers for Prometheus. With several web processes `PROMETHEUS_MULTIPROC_DIR` adds them up."""

import os

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.core import jobs
from app.core.web.request import Request

REQUESTS = Counter("machi_requests_total", "HTTP answers.", ["method", "route", "status"])
SECONDS = Histogram(
    "machi_request_seconds",
    "Time to answer.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


@get("/metrics", include_in_schema=False, media_type="text/plain")
async def metrics(request: Request) -> Response[bytes]:
    """Answer in Prometheus' text format, with the state of the outbox as it is now."""
    state = await jobs.backlog(request.now)
    now = CollectorRegistry()
    Gauge("machi_jobs_waiting", "Promised work not yet done.", registry=now).set(state.waiting)
    Gauge("machi_jobs_given_up", "Promised work that needs a person.", registry=now).set(state.given_up)
    Gauge("machi_jobs_oldest_seconds", "Age of the oldest due work.", registry=now).set(state.oldest_seconds)
    counted = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        body = generate_latest(counted)
    else:
        body = generate_latest()
    return Response(body + generate_latest(now), media_type=CONTENT_TYPE_LATEST)
