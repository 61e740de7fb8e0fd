"""One table: which roles may use which route. Start-up fails for a route without a line, or a line without a route."""

from collections.abc import Iterable

from app.people.roles import ROLES, Asker

PUBLIC: frozenset[Asker] = frozenset({"anonymous", *ROLES})
"""Everybody, signed in or not; what a link opens is proved by the link."""


def _roles(*names: Asker) -> frozenset[Asker]:
    return frozenset({*names, "admin"})


GATE = _roles("staff", "lead")
OFFICE = _roles("officer")
SIGNED_IN: frozenset[Asker] = frozenset(ROLES)

POLICY: dict[str, frozenset[Asker]] = {
    "GET /health/live": PUBLIC,
    "GET /health/ready": PUBLIC,
    "GET /metrics": OFFICE,
    "GET /schema": PUBLIC,
    "GET /schema/openapi.json": PUBLIC,
    "GET /schema/{path}": PUBLIC,
    "GET /static/{file_path}": PUBLIC,
    "GET /robots.txt": PUBLIC,
    "GET /sitemap.xml": PUBLIC,
    "GET /.well-known/security.txt": PUBLIC,
    # programme
    "GET /{convention}/picture.png": PUBLIC,
    "GET /{convention}/events/{event}/picture.png": PUBLIC,
    "GET /": PUBLIC,
    "GET /{convention}": PUBLIC,
    "GET /{convention}/events/{event}": PUBLIC,
    "GET /{convention}/sessions/{session}": PUBLIC,
    "GET /api/v1/conventions/{convention}": PUBLIC,
    "GET /api/v1/conventions/{convention}/events": PUBLIC,
    "GET /api/v1/events/{event}": PUBLIC,
    "GET /calendars/{name}": PUBLIC,
    "GET /calendars/{convention}/{name}": PUBLIC,
    # registration and tickets
    "GET /api/v1/conventions/{convention}/ticket-types": PUBLIC,
    "POST /api/v1/conventions/{convention}/registrations": PUBLIC,
    "GET /api/v1/registrations/{token}": PUBLIC,
    "GET /{convention}/register": PUBLIC,
    "POST /{convention}/register": PUBLIC,
    "GET /registrations/{token}": PUBLIC,
    "GET /tickets/{token}": PUBLIC,
    "GET /tickets/{token}/qr.svg": PUBLIC,
    "GET /tickets/{token}/ticket.pdf": PUBLIC,
    "GET /tickets/{token}/calendar.ics": PUBLIC,
    # gates
    "POST /api/v1/scans": GATE,
    "GET /api/v1/gates/{gate}/status": GATE | OFFICE,
    "GET /gate": GATE,
    "GET /gate/{gate}": GATE,
    "POST /gate/{gate}": GATE,
    # online
    "GET /join/{token}": PUBLIC,
    "POST /join/{token}": PUBLIC,
    "GET /room/{token}": PUBLIC,
    "POST /api/v1/join/{token}": PUBLIC,
    "POST /api/v1/presence/beats": PUBLIC,
    "POST /api/v1/presence/leave": PUBLIC,
    # KPI
    "GET /api/v1/kpi/overseas-participants": PUBLIC,
    "GET /api/v1/kpi/overseas-participants/people": OFFICE,
    "GET /api/v1/kpi/overseas-participants/explain": OFFICE,
    "GET /office": OFFICE,
    "GET /office/kpi": OFFICE,
    "GET /office/jobs": OFFICE,
    "POST /office/jobs/{job}/again": OFFICE,
    # doors
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "GET /sign-in/{token}": PUBLIC,
    "POST /sign-in/{token}": PUBLIC,
    "POST /sign-out": SIGNED_IN,
    "GET /start": SIGNED_IN,
}


class PolicyGap(Exception):
    """A route without a line in the policy, or the other way round."""


def check_policy(routes: Iterable[str]) -> None:
    """Compare the application's routes (`METHOD /path`) with the table, or raise `PolicyGap` naming them."""
    found = set(routes)
    missing, stale = sorted(found - set(POLICY)), sorted(set(POLICY) - found)
    if missing:
        raise PolicyGap(f"Routes without a policy: {', '.join(missing)}; add them to app/people/policy.py.")
    if stale:
        raise PolicyGap(f"Policies without a route: {', '.join(stale)}; remove them from app/people/policy.py.")
