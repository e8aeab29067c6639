"""What a spreadsheet would run if it were written into a cell as it is."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet, whoever wrote it (OWASP, "CSV Injection")."""


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet computes: with an apostrophe before what would begin a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
