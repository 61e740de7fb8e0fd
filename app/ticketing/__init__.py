"""Ticket types, quotas, registrations, tickets, codes, documents."""
