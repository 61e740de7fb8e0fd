"""Partner cities: their calendars in, ours out."""
