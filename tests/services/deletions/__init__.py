"""What somebody deleted: taken back whole, or gone whole."""
