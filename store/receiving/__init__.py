"""Receiving: deliveries as they arrived, and what their messages change."""
