"""The guests of an event, for its organiser: holders of its own ticket types by name, all others as numbers.

Whoever comes with a ticket of the city's, or of another organiser's, is counted and not named; the city's guests are
known to officers.
"""
