"""Batches: rows are read, bound to a tool or pipeline, priced, worked on, reported and packed."""
