"""The desk beside the door: finding a guest by name, registering walk-ins, printing a badge."""
