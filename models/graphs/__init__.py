"""The graph of a pipeline as data: its shape, its node types, and what is wrong with one. Pure: it reaches nothing."""
