"""Alerts: what somebody should know although nobody is looking."""
