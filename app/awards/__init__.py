"""Green-innovation awards: the rules of judging, as functions of the scores."""
