"""How a campaign gets on: its speed, what is left of the day, and why it stands still."""
