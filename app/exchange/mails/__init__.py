"""Mails about calendars of partner cities."""
