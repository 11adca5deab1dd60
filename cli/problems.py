"""An error that ends a command with one actionable sentence instead of a trace."""


class Problem(Exception):
    """Says what is wrong and what to do about it; the command ends with exit code 2."""
