"""The JSON API of automations: designs, publishing, runs, and what the team sees of them."""
