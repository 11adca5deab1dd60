"""Sending: claim in one transaction, call WhatsApp, record in another."""
