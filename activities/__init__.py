"""Thin Temporal activities."""
