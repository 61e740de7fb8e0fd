"""Setting up: awards, their categories, rounds, rubrics and panels, and who the judges are."""
