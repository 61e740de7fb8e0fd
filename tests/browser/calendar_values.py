"""What stands for the parameters of our calendars: a venue, an organiser, a partner city, the links of two readers."""

from uuid import UUID, uuid4

from app.core.signing import new_token, token_digest
from tests.browser import planting
from tests.browser.planting import Demo


async def values(demo: Demo, calendar: str) -> dict[str, dict[str, str]]:
    """Give the demo's partner city a token, and return what stands for each part; `calendar` is that of a ticket."""
    home, partner = {"convention": demo["convention"]}, demo["partners"][0]
    venue = await planting.first(demo, "SELECT slug FROM venue WHERE organiser IS NULL LIMIT 1")
    organiser = await planting.first(demo, "SELECT o.slug FROM organiser o JOIN event e ON e.organiser = o.id LIMIT 1")
    return {
        "/calendars/{convention}/venues": home | {"name": f"{venue}.ics"},
        "/calendars/{convention}/organisers": home | {"name": f"{organiser}.ics"},
        "/calendars/{convention}/partners": home | {"name": f"{partner['slug']}.ics"},
        "/calendars/partners": {"name": f"{await _token(demo, partner['source'])}.ics"},
        "/calendars/private": {"name": calendar},
    }


async def _token(demo: Demo, source: str) -> str:
    made = new_token()
    await planting.first(
        demo,
        "INSERT INTO feed_token (id, agreement, digest, label, created_at)"
        " SELECT $1, agreement, $2, 'Walker', now() FROM source WHERE id = $3 RETURNING id",
        *(uuid4(), token_digest(made), UUID(source)),
    )
    return made
