"""One event, told by several cities: what joins them, who is believed, and where they differ."""
