"""What a cell for a phone number contains, and which numbers that could be."""
