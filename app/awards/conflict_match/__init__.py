"""Do two names of persons or organisations mean the same, or belong together? Pure: names in, ties out."""
