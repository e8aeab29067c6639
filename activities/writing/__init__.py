"""Texts for people: what an engine of texts is, and those that need no network."""
