"""Receiving: what a webhook delivery changes."""
