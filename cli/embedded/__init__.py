"""PostgreSQL and Temporal from their Python wheels, for a machine that has neither."""
