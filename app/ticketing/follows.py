"""What ticketing does when the programme changes, and what it tells the programme; filled in when put together."""

from app.core.i18n import gettext_lazy
from app.events.dependants import CAPACITY_CHANGED, FORGET, TICKETS_OF, WITHDRAWN
from app.events.history import DONE
from app.ticketing.registering import offers
from app.ticketing.setting_up import quotas, ticket_types

if quotas.follow_capacity not in CAPACITY_CHANGED:
    CAPACITY_CHANGED.append(quotas.follow_capacity)
    TICKETS_OF.append(quotas.tickets_of)
    WITHDRAWN.append(ticket_types.follow_withdrawal)
    FORGET.append(offers.forget)

DONE |= {
    "voucher.make": gettext_lazy("Vouchers made"),
    "voucher.export": gettext_lazy("Vouchers downloaded"),
}
