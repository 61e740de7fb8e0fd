"""Conventions, events, sessions, venues, gates; the programme and its public calendars."""
