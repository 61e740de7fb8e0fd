"""Lists of guests that organisers bring: read, looked through line by line, and taken in when they say so."""
