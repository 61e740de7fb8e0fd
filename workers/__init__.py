"""The worker: it does what the outbox promises, woken by a queue it can do without."""
