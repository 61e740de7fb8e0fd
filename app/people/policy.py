"""One table: which roles may use which route. Start-up fails for a route without a line, or a line without a route."""

from collections.abc import Iterable

from app.people.roles import ROLES, Asker

PUBLIC: frozenset[Asker] = frozenset({"anonymous", *ROLES})
"""Everybody, signed in or not; what a link opens is proved by the link."""


def _roles(*names: Asker) -> frozenset[Asker]:
    return frozenset({*names, "admin"})


GATE = _roles("staff", "lead")
OFFICE = _roles("officer")
CONSOLE = _roles("organiser", "officer")
SIGNED_IN: frozenset[Asker] = frozenset(ROLES)
ANSWERABLE = _roles("organiser", "secretary", "lead")
WORKING: frozenset[Asker] = SIGNED_IN - {"attendee"}
ENROLLERS = _roles("officer", "organiser", "lead")
INVITERS = _roles("officer", "organiser", "secretary", "lead")

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
    "GET /search": PUBLIC,
    "GET /accessibility": PUBLIC,
    "POST /appearance": PUBLIC,
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
    "GET /my": SIGNED_IN,
    # tickets at the console
    "GET /console/events/{event}/tickets": CONSOLE,
    "GET /console/events/{event}/tickets/new": CONSOLE,
    "POST /console/events/{event}/tickets/new": CONSOLE,
    "GET /console/events/{event}/tickets/{ticket_type}": CONSOLE,
    "POST /console/events/{event}/tickets/{ticket_type}": CONSOLE,
    "POST /console/events/{event}/tickets/{ticket_type}/sale": CONSOLE,
    "POST /console/events/{event}/tickets/{ticket_type}/copy": CONSOLE,
    "POST /console/events/{event}/tickets/{ticket_type}/move": CONSOLE,
    "GET /console/events/{event}/tickets/{ticket_type}/remove": CONSOLE,
    "POST /console/events/{event}/tickets/{ticket_type}/remove": CONSOLE,
    "GET /console/events/{event}/quotas/new": CONSOLE,
    "POST /console/events/{event}/quotas/new": CONSOLE,
    "GET /console/events/{event}/quotas/{quota}": CONSOLE,
    "POST /console/events/{event}/quotas/{quota}": CONSOLE,
    "POST /console/events/{event}/quotas/{quota}/remove": CONSOLE,
    "GET /console/events/{event}/guests": CONSOLE,
    "POST /console/events/{event}/guests/export": CONSOLE,
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
    "GET /office/audit": OFFICE,
    # the organiser's console
    "GET /console": CONSOLE,
    "GET /console/events/new": CONSOLE,
    "POST /console/events/new": CONSOLE,
    "GET /console/events/{event}": CONSOLE,
    "GET /console/events/{event}/details": CONSOLE,
    "POST /console/events/{event}/details": CONSOLE,
    "GET /console/events/{event}/texts": CONSOLE,
    "POST /console/events/{event}/texts": CONSOLE,
    "POST /console/events/{event}/publish": CONSOLE,
    "POST /console/events/{event}/unpublish": CONSOLE,
    "GET /console/events/{event}/cancel": CONSOLE,
    "POST /console/events/{event}/cancel": CONSOLE,
    "POST /console/events/{event}/reinstate": CONSOLE,
    "GET /console/events/{event}/delete": CONSOLE,
    "POST /console/events/{event}/delete": CONSOLE,
    "GET /console/events/{event}/history": CONSOLE,
    "GET /console/events/{event}/sessions": CONSOLE,
    "GET /console/events/{event}/sessions/new": CONSOLE,
    "POST /console/events/{event}/sessions/new": CONSOLE,
    "GET /console/events/{event}/sessions/{session}": CONSOLE,
    "POST /console/events/{event}/sessions/{session}": CONSOLE,
    "GET /console/events/{event}/sessions/{session}/cancel": CONSOLE,
    "POST /console/events/{event}/sessions/{session}/cancel": CONSOLE,
    "POST /console/events/{event}/sessions/{session}/reinstate": CONSOLE,
    "GET /console/events/{event}/sessions/{session}/delete": CONSOLE,
    "POST /console/events/{event}/sessions/{session}/delete": CONSOLE,
    "GET /console/events/{event}/places": CONSOLE,
    "GET /console/events/{event}/places/venues/new": CONSOLE,
    "POST /console/events/{event}/places/venues/new": CONSOLE,
    "GET /console/events/{event}/places/venues/{venue}": CONSOLE,
    "POST /console/events/{event}/places/venues/{venue}": CONSOLE,
    "GET /console/events/{event}/places/venues/{venue}/delete": CONSOLE,
    "POST /console/events/{event}/places/venues/{venue}/delete": CONSOLE,
    "GET /console/events/{event}/places/gates/new": CONSOLE,
    "POST /console/events/{event}/places/gates/new": CONSOLE,
    "GET /console/events/{event}/places/gates/{gate}": CONSOLE,
    "POST /console/events/{event}/places/gates/{gate}": CONSOLE,
    "GET /console/events/{event}/places/gates/{gate}/delete": CONSOLE,
    "POST /console/events/{event}/places/gates/{gate}/delete": CONSOLE,
    "GET /console/events/{event}/preview": CONSOLE,
    "GET /console/events/{event}/preview/sessions/{session}": CONSOLE,
    # the office's conventions and organisers
    "GET /office/conventions": OFFICE,
    "GET /office/conventions/new": OFFICE,
    "POST /office/conventions/new": OFFICE,
    "GET /office/conventions/{convention}": OFFICE,
    "POST /office/conventions/{convention}": OFFICE,
    "POST /office/conventions/{convention}/publish": OFFICE,
    "POST /office/conventions/{convention}/unpublish": OFFICE,
    "POST /office/conventions/{convention}/events/{event}/move": OFFICE,
    "GET /office/conventions/{convention}/venues/new": OFFICE,
    "POST /office/conventions/{convention}/venues/new": OFFICE,
    "GET /office/conventions/{convention}/venues/{venue}": OFFICE,
    "POST /office/conventions/{convention}/venues/{venue}": OFFICE,
    "GET /office/conventions/{convention}/venues/{venue}/delete": OFFICE,
    "POST /office/conventions/{convention}/venues/{venue}/delete": OFFICE,
    "GET /office/organisers": OFFICE,
    "GET /office/organisers/new": OFFICE,
    "POST /office/organisers/new": OFFICE,
    "GET /office/organisers/{organiser}": OFFICE,
    "POST /office/organisers/{organiser}": OFFICE,
    # doors
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "GET /sign-in/{token}": PUBLIC,
    "POST /sign-in/{token}": PUBLIC,
    "POST /sign-in/passkey/options": PUBLIC,
    "POST /sign-in/passkey": PUBLIC,
    "GET /sign-in/openid": PUBLIC,
    "GET /sign-in/openid/back": PUBLIC,
    "POST /sign-out": SIGNED_IN,
    "GET /start": SIGNED_IN,
    # one's own account
    "GET /account": SIGNED_IN,
    "GET /account/role": SIGNED_IN,
    "POST /account/role": SIGNED_IN,
    "POST /account/sessions/{session}/end": SIGNED_IN,
    "POST /account/sessions/end-others": SIGNED_IN,
    "GET /account/strengthen": SIGNED_IN,
    "GET /account/prove": SIGNED_IN,
    "POST /account/prove/options": SIGNED_IN,
    "POST /account/prove/passkey": SIGNED_IN,
    "POST /account/prove/code": SIGNED_IN,
    "GET /account/passkeys/new": SIGNED_IN,
    "POST /account/passkeys/options": SIGNED_IN,
    "POST /account/passkeys": SIGNED_IN,
    "GET /account/passkeys/{passkey}": SIGNED_IN,
    "POST /account/passkeys/{passkey}/name": SIGNED_IN,
    "POST /account/passkeys/{passkey}/remove": SIGNED_IN,
    "GET /account/authenticator": SIGNED_IN,
    "POST /account/authenticator": SIGNED_IN,
    "POST /account/authenticator/confirm": SIGNED_IN,
    "POST /account/authenticator/remove": SIGNED_IN,
    # people with roles
    "GET /office/people": OFFICE,
    "GET /office/people/{account}": OFFICE,
    "POST /office/people/{account}": OFFICE,
    "GET /office/people/{account}/suspend": OFFICE,
    "POST /office/people/{account}/suspend": OFFICE,
    "POST /office/people/{account}/reinstate": OFFICE,
    "POST /office/people/{account}/sign-out": OFFICE,
    "GET /console/staff": ANSWERABLE,
    "GET /console/staff/{account}": ANSWERABLE,
    "POST /console/staff/{account}": ANSWERABLE,
    "GET /console/staff/{account}/suspend": ANSWERABLE,
    "POST /console/staff/{account}/suspend": ANSWERABLE,
    "POST /console/staff/{account}/reinstate": ANSWERABLE,
    "POST /console/staff/{account}/sign-out": ANSWERABLE,
    # privacy
    "GET /privacy": PUBLIC,
    "GET /withdraw/{token}": PUBLIC,
    "POST /withdraw/{token}": PUBLIC,
    "GET /office/privacy": OFFICE,
    "POST /office/privacy": OFFICE,
    "POST /office/privacy/erase": OFFICE,
    "GET /office/privacy/register": OFFICE,
    "GET /office/privacy/register.csv": OFFICE,
    "GET /office/privacy/affected": OFFICE,
    "POST /office/privacy/affected": OFFICE,
    "GET /office/retention": OFFICE,
    "POST /office/retention": OFFICE,
    "GET /office/consents": OFFICE,
    "GET /office/consents/new": OFFICE,
    "POST /office/consents/new": OFFICE,
    "GET /office/consents/{text}": OFFICE,
    "GET /office/consents/{text}/edit": OFFICE,
    "POST /office/consents/{text}/edit": OFFICE,
    "POST /office/consents/{text}/publish": OFFICE,
    "POST /office/consents/{text}/retire": OFFICE,
    "POST /office/consents/{text}/discard": OFFICE,
    "GET /account/data": SIGNED_IN,
    "GET /account/data/export.zip": SIGNED_IN,
    "GET /account/data/{person}/correct": SIGNED_IN,
    "POST /account/data/{person}/correct": SIGNED_IN,
    "POST /account/data/consents/{consent}/withdraw": SIGNED_IN,
    "GET /account/data/erase": SIGNED_IN,
    "POST /account/data/erase": SIGNED_IN,
    # API tokens
    "GET /account/tokens": WORKING,
    "POST /account/tokens": WORKING,
    "POST /account/tokens/{token}/revoke": WORKING,
    # phones at the gates
    "GET /console/devices": ENROLLERS,
    "GET /console/devices/new": ENROLLERS,
    "POST /console/devices/new": ENROLLERS,
    "POST /console/devices/codes/{code}/withdraw": ENROLLERS,
    "GET /console/devices/{device}": ENROLLERS,
    "POST /console/devices/{device}": ENROLLERS,
    "GET /console/devices/{device}/revoke": ENROLLERS,
    "POST /console/devices/{device}/revoke": ENROLLERS,
    "GET /gate/enrol": PUBLIC,
    "POST /gate/enrol": PUBLIC,
    "POST /gate/enter": GATE,
    "POST /api/v1/devices": PUBLIC,
    # invitations
    "GET /console/invitations": INVITERS,
    "GET /console/invitations/new/{role}": INVITERS,
    "POST /console/invitations/new/{role}": INVITERS,
    "POST /console/invitations/{invitation}/again": INVITERS,
    "POST /console/invitations/{invitation}/withdraw": INVITERS,
    "GET /invitations/{token}": PUBLIC,
    "POST /invitations/{token}": PUBLIC,
}

AFTER_REVOKING: frozenset[str] = frozenset({"POST /api/v1/scans", "POST /sign-out"})
"""Closed routes that a revoked phone may still use: it hands in what it holds."""

STEP_UP: frozenset[str] = frozenset(
    {
        "GET /account/passkeys/{passkey}",
        "POST /account/passkeys/{passkey}/name",
        "POST /account/passkeys/{passkey}/remove",
        "POST /account/authenticator/remove",
        "GET /account/data/export.zip",
        "GET /account/data/erase",
        "GET /office/privacy",
        "POST /office/privacy",
        "POST /office/privacy/erase",
        "GET /office/privacy/affected",
        "POST /office/privacy/affected",
        "GET /office/retention",
        "POST /office/retention",
        "POST /office/consents/{text}/publish",
        "POST /office/consents/{text}/retire",
        "POST /account/data/erase",
        "POST /console/events/{event}/guests/export",
        "GET /console/invitations/new/{role}",
        "POST /console/invitations/new/{role}",
        "GET /account/tokens",
        "POST /account/tokens",
        "POST /account/tokens/{token}/revoke",
        "GET /office/people/{account}",
        "POST /office/people/{account}",
        "GET /office/people/{account}/suspend",
        "POST /office/people/{account}/suspend",
        "POST /office/people/{account}/reinstate",
        "POST /office/people/{account}/sign-out",
        "GET /console/staff/{account}",
        "POST /console/staff/{account}",
        "GET /console/staff/{account}/suspend",
        "POST /console/staff/{account}/suspend",
        "POST /console/staff/{account}/reinstate",
        "POST /console/staff/{account}/sign-out",
    }
)
"""Routes for which a signed-in browser must have proved its person within a quarter of an hour; of forms also the GET,
so that nothing is typed in vain."""

STRONG_STEP_UP: frozenset[str] = frozenset(
    {
        "GET /console/devices/new",
        "POST /console/devices/new",
        "POST /console/invitations/{invitation}/again",
    }
)
"""The same for roles that need strong sessions only: a lead at the gate, who has nothing but a mailbox, enrols phones
all day."""

CEREMONY: frozenset[str] = frozenset(
    {
        "POST /sign-out",
        "GET /account/role",
        "POST /account/role",
        "GET /account/strengthen",
        "GET /account/prove",
        "POST /account/prove/options",
        "POST /account/prove/passkey",
        "POST /account/prove/code",
        "GET /account/passkeys/new",
        "POST /account/passkeys/options",
        "POST /account/passkeys",
        "GET /account/authenticator",
        "POST /account/authenticator",
        "POST /account/authenticator/confirm",
    }
)
"""Routes of a sign-in that goes on: open to sessions that are still too weak for their role."""


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
