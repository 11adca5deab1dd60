"""The audit log: its page and file, and what is recorded in words."""
