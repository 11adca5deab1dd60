"""The webhook log for programs."""
