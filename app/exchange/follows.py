"""What else has to happen when our calendars change: partners who asked for it are told."""

from app.exchange.pinging import promising
from app.exchange.publishing import log

if promising.promise not in log.FOLLOW:
    log.FOLLOW.append(promising.promise)
