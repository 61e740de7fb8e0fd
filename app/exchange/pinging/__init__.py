"""Signed pings: a partner says that its calendar has changed, and we say it of ours."""
