"""Online participation: rooms, and the presence measured in them."""
