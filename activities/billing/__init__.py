"""Payments: the door to the provider, and what follows from what it says."""
