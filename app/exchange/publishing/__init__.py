"""What we publish: a log of it with stored bytes, and the calendars, lists and change feeds joined from them."""
