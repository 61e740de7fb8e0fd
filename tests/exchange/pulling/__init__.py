"""Reading sources from real servers on loopback."""
