"""A campaign's progress: its speed, the rest of the daily limit, and why it stands still."""
