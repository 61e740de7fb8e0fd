"""The planting of the exchange's tests."""

from app.core.db import fetch_one
from app.exchange import terms
from app.exchange.agreeing import reach
from tests.clock import NOW
from tests.exchange import planting


async def test_planted_rows_are_whole_and_their_agreement_is_valid(rollback: None) -> None:
    """A source opens to its address, hangs on a valid agreement, and told an event."""
    partner, agreement, source = await planting.city("fukuoka", url="https://fukuoka.example/cal.ics", secret="key")
    event = await planting.event(source)

    found = await reach.any_source(source)
    assert (found.partner, found.agreement, found.partner_slug) == (partner, agreement, "fukuoka")
    assert (found.url, found.secret) == ("https://fukuoka.example/cal.ics", "key")
    assert b"fukuoka" not in found.url_sealed
    assert terms.state(await reach.agreement_of(source), NOW) == "valid"
    assert [one.id for one in await reach.valid_agreements(NOW)] == [agreement]
    assert await fetch_one("SELECT 1 FROM exchanged_event WHERE id = $1 AND source = $2", event, source)
