"""The same event from two cities: what joins, what must not."""
