"""Figures of quality where truth can be made, beside what one would use instead. See ``bench/QUALITY.md``."""
