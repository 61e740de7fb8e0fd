"""Persons and their erasable details, sign-in, roles, devices, consent."""
