"""What stops a command with one sentence a person can act on instead of a trace."""


class Problem(Exception):
    """Says what is wrong and what to do about it; the command ends with exit code 2."""
