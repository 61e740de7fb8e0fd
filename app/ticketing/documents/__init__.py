"""What a guest keeps of a ticket: the page to print and the calendar file."""
