"""Deletions: undone as a whole, or carried out as a whole."""
