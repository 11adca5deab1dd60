"""Receiving: deliveries as they came, and what their messages change."""
