"""Pictures from words: what a painter is asked and what it answers."""
