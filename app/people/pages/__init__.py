"""Pages of people; each module offers its `HANDLERS`."""

from app.people.pages import (
    account,
    accounts,
    consents,
    devices,
    doors,
    invitations,
    linking,
    office,
    office_privacy,
    openid,
    own_data,
    privacy,
    proofs,
    start,
    tokens,
)

HANDLERS = [
    *account.HANDLERS,
    *accounts.HANDLERS,
    *consents.HANDLERS,
    *devices.HANDLERS,
    *doors.HANDLERS,
    *invitations.HANDLERS,
    *linking.HANDLERS,
    *office.HANDLERS,
    *office_privacy.HANDLERS,
    *openid.HANDLERS,
    *own_data.HANDLERS,
    *privacy.HANDLERS,
    *proofs.HANDLERS,
    *start.HANDLERS,
    *tokens.HANDLERS,
]
