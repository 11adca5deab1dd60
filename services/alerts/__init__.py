"""Alerts: found by looking at the installation, shown to whom they concern, and told by e-mail."""
