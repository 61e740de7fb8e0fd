"""What ticketing does when the programme changes, and what it tells the programme; filled in when put together."""

from app.events.dependants import CAPACITY_CHANGED, FORGET, TICKETS_OF, WITHDRAWN
from app.ticketing import offers, quotas, ticket_types

if quotas.follow_capacity not in CAPACITY_CHANGED:
    CAPACITY_CHANGED.append(quotas.follow_capacity)
    TICKETS_OF.append(quotas.tickets_of)
    WITHDRAWN.append(ticket_types.follow_withdrawal)
    FORGET.append(offers.forget)
