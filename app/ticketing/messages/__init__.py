"""What organisers write to the guests of an event: to those with tickets of their own, and to nobody else's."""
