"""Registering: what can be had, the form and its questions, and writing it all or nothing."""
