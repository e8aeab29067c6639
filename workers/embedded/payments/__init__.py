"""A stand-in for Stripe, for machines without a key: it speaks Stripe's wire format, and no money moves.

What it answers follows the objects of the API version that the pinned SDK speaks; what it lacks it refuses by name.
"""
