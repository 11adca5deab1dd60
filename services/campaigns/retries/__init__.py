"""Retry failed recipients: who, and in which campaign."""
