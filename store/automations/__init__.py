"""Rows of automations: designs, triggers, runs and what comes for them."""
