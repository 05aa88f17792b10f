"""Reproduced beside published, for people to read."""
