"""Durable workflows and how routes act on them."""
