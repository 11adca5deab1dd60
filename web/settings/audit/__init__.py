"""The audit log: its page and file, and its entries in words."""
