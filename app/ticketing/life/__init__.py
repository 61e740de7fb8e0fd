"""What happens to tickets after they were issued; the table of what may happen stands in `states.py`."""
