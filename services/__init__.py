"""Use cases over a database session."""
