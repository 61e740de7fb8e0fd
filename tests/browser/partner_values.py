"""What stands for the parameters of the pages about partner cities: the demo's city, its agreement, list and report."""

from uuid import UUID

from tests.browser import planting
from tests.browser.planting import Demo

NOT_HERE = {"GET /api/v1/partners/{partner}/events/{uid}"}
"""The demo's partner city hands in a list, and pushes nothing."""


async def values(demo: Demo) -> dict[str, dict[str, str]]:
    """Return what stands for each part of the pages about the demo's partner city."""
    found = demo["partners"][0]
    source = UUID(found["source"])
    own = {
        "partner": found["slug"],
        "source": found["source"],
        "agreement": await planting.first(demo, "SELECT agreement FROM source WHERE id = $1", source),
        "reading": await planting.first(demo, "SELECT id FROM pull WHERE source = $1 LIMIT 1", source),
        "uid": "nothing-was-pushed",
        "card": await planting.first(demo, "SELECT card FROM exchanged_event WHERE source = $1 LIMIT 1", source),
    }
    return {"/office/partners": own, "/partner": own, "/api/v1/partners": own, "/api/v1/cards": own}
